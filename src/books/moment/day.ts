/**
 * Days and instants as they are asked for. Refuses days before instants are counted, and those of the last year
 * that four digits can write: the day after each must have a place among ids.
 */

import * as z from 'zod';
import { instantText } from '../../http/fields';
import { isDay } from '../../kernel/instant';

const dayText = z.string().refine(isDay, 'a day that exists, YYYY-MM-DD');

export const asOfField = instantText
  .optional()
  .meta({ description: 'What was recorded at that instant: the seals written until then.' });

export const effectiveField = dayText.optional().meta({
  description: "Entries of business days up to this one, in the organisation's zone.",
});
