/**
 * Days as they are asked for. Refuses days before instants are counted, and those of the last year
 * that four digits can write: the day after each must have a place among ids.
 */

import { parseDay } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';

const LAST = dayNumber('9998-12-31');

export function isAskable(text: string): boolean {
  const days = parseDay(text);
  return days !== null && days >= 0 && days <= LAST;
}
