/**
 * Fields that events of several types share: ids of a platform, plain decimals, scores. Decides the
 * form in which they are kept; refuses what is no id, no decimal of at most six places, no score.
 */
import * as z from 'zod';
import { parseDecimal, printDecimal } from '../kernel/decimal';

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u;

/** True for what may be an id: 1 to 200 printable characters without blanks at its ends. */
export const isIdText = (text: string): boolean => PRINTABLE.test(text) && text.trim() === text;

/** An id of a platform: 1 to 200 printable characters; a whole number is its digits. */
export const idField = z
  .union([z.string(), z.int().nonnegative().transform(String)])
  .refine(isIdText, {
    message: 'an id is 1 to 200 printable characters without blanks at its ends',
  });

export const textField = z
  .string()
  .max(200)
  .regex(/^[^\p{Cc}]*$/u);

/** A decimal as the number it is where a number holds it exactly, else as its text. */
function plain(value: unknown): number | string | null {
  const decimal = parseDecimal(value);
  if (decimal === null) return null;
  const text = printDecimal(decimal);
  return String(Number(text)) === text ? Number(text) : text;
}

export const decimalField = z.unknown().transform((value, context): number | string => {
  const number = plain(value);
  if (number !== null) return number;
  context.addIssue({ code: 'custom', message: 'a plain decimal of at most 6 places' });
  return z.NEVER;
});

/** A score: a plain decimal of 0 to 100. */
export const scoreField = decimalField.refine(
  (value) => {
    const decimal = parseDecimal(value);
    return decimal !== null && !decimal.lessThan(0) && !decimal.greaterThan(100);
  },
  { message: 'a score is a decimal of 0 to 100' },
);
