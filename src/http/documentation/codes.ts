/**
 * What codes such as `P14` or `DEC-6` in descriptions stand for, for a reader who has only the
 * OpenAPI document or `/docs`. Decides nothing, refuses nothing.
 */

const AREAS: Readonly<Record<string, string>> = {
  I: 'intake',
  M: 'mentorship points',
  G: 'cooperative goals',
  P: 'variable pay',
  S: 'seasons, tiers and routing',
  L: 'the ledger',
  O: 'operation',
};

const letters = Object.entries(AREAS).map(([letter, area]) => `\`${letter}\` ${area}`);

/** One paragraph: every letter before a number, and where decisions are listed. */
export const CODES_EXPLAINED =
  'A code such as `P14` or `S3` in a description names the requirement that the route answers to: ' +
  `the letter is the area, the number counts within it. ${letters.join(', ')}. \`DEC-\` and a ` +
  'number is a decision that was taken where the platform guides contradict each other or leave a ' +
  'hole; the README lists the decisions worth knowing.';
