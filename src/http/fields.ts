/**
 * Fields that many bodies share. Decides what plain text and an instant look like on the wire;
 * refuses text that has no UTF-8 form or holds control characters, and instants without a zone.
 */
import * as z from 'zod';
import { parseInstant } from '../kernel/instant';

/** One line of readable text, 1 to `max` characters, kept as it is. */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(isPlain, 'one line of text without control characters')
    .refine((text) => text.trim() !== '', 'text that is not blank');

function isPlain(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}|[\u2028\u2029]/u.test(text);
}

/** RFC 3339 text with a zone, read as UTC milliseconds. */
export const instantText = z
  .string()
  .transform((text, context) => {
    const instant = parseInstant(text);
    if (instant !== null) return instant;
    context.addIssue({ code: 'custom', message: 'an RFC 3339 instant with a zone' });
    return z.NEVER;
  })
  .meta({ type: 'string', format: 'date-time' });
