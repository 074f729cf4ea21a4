/**
 * Days and instants as they are asked for. Refuses days before instants are counted, and those of the last year
 * that four digits can write: the day after each must have a place among ids.
 */

import * as z from 'zod';
import { instantText } from '../../http/fields';
import { parseDay } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';

const LAST = dayNumber('9998-12-31');

export function isAskable(text: string): boolean {
  const days = parseDay(text);
  return days !== null && days >= 0 && days <= LAST;
}

const dayText = z.string().refine(isAskable, 'a day that exists, YYYY-MM-DD');

export const asOfField = instantText
  .optional()
  .meta({ description: 'What was recorded at that instant: the seals written until then.' });

export const effectiveField = dayText.optional().meta({
  description: "Entries of business days up to this one, in the organisation's zone.",
});
