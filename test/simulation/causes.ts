/**
 * What makes a history come to the rare calls that belong to no system, where it leans on them. Drawn
 * from a stream of its own: histories that do not lean on them stay what they were.
 */
import { chanceOf } from './chance';
import type { Operation, Timed } from './plan';
import { firing } from './platform';
import type { Frame } from './system';

const MINUTE = 60_000;
const TIMES = 3;

export function causesOfMail({
  seed,
  startAt,
  endAt,
  leansOn,
}: Pick<Frame, 'seed' | 'startAt' | 'endAt' | 'leansOn'>): Timed[] {
  const chance = chanceOf(`${seed} causes`);
  const moments = Array.from({ length: TIMES }, () => chance.between(startAt + MINUTE, endAt));
  const source = chance.pick(['platform', 'quality', 'lms'] as const);
  const causes: Timed[] = [];
  // Something is held, and cron comes by before the alarm of whoever holds it.
  if (leansOn('worker', 'SOURCES.due')) {
    for (const [nth, at] of moments.entries()) {
      const text = `"just text, and held: ${nth}"`;
      causes.push({
        at,
        operation: { system: 'mail', kind: 'unusable', source, text } as Operation,
      });
      causes.push(firing(at, '*/5 * * * *', true));
    }
  }
  if (leansOn('worker', 'JOURNAL.clearBodies')) {
    causes.push(...moments.map((at) => firing(at, '23 2 * * *')));
  }
  return causes;
}
