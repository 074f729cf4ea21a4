/**
 * What only a share of the histories with a season has, each drawn from a stream of its own, so that
 * the others stay as they were: agents on leave, before the season ends and around its reset.
 */
import { dayOfNumber } from '../../../oracle/seasons';
import { Chance, unitOf } from '../../chance';
import type { Further, PlannedLeave } from './plan';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export interface Frame {
  readonly seed: number;
  readonly agents: readonly string[];
  readonly startAt: number;
  readonly ends: number;
  /** The season's last day, by number. */
  readonly last: number;
  readonly graceDays: number;
}

/** The stream of one of these things, or null where a history has none of it. */
function streamOf(seed: number, name: string, share: number): Chance | null {
  if (unitOf(`${seed} season ${name}`) >= share) return null;
  return new Chance(Math.floor(unitOf(`${seed} season ${name} drawn`) * 2 ** 32));
}

/** A span of days, over the end of the season or before it. */
function drawSpan(chance: Chance, last: number): PlannedLeave['absences'][number] {
  const from = last + chance.between(-20, 6);
  return { from: dayOfNumber(from), to: dayOfNumber(from + chance.between(0, 2)) };
}

/** So long that a grace lasts until after the history: it must not end while nobody looks. */
function drawLong(chance: Chance, last: number): PlannedLeave['absences'][number] {
  const from = last + chance.between(-3, 3);
  return { from: dayOfNumber(from), to: dayOfNumber(from + 40) };
}

function drawLeaves({ seed, agents, startAt, ends, last }: Frame): PlannedLeave[] {
  const chance = streamOf(seed, 'absences', 0.35);
  if (chance === null) return [];
  const leaves = agents.flatMap((agent): PlannedLeave[] => {
    if (chance.happens(0.3)) return [];
    const spans = chance.happens(0.2)
      ? [drawLong(chance, last)]
      : Array.from({ length: chance.between(1, 2) }, () => drawSpan(chance, last));
    const at = chance.pick([startAt, ends - 2 * HOUR, ends + chance.between(1, 300) * 60_000]);
    const first = { agent, at, absences: spans };
    // Back earlier than was thought, or away for longer.
    const kept = chance.pick([[], spans.slice(0, 1), [...spans, drawSpan(chance, last)]]);
    const again = chance.happens(0.4)
      ? [{ agent, at: at + chance.between(1, 20) * HOUR, absences: kept }]
      : [];
    return [first, ...again];
  });
  return leaves.toSorted((a, b) => a.at - b.at);
}

export const drawFurther = (frame: Frame): Further => ({
  leaves: drawLeaves(frame),
  leavesUntil:
    frame.graceDays === 0 ? Number.MAX_SAFE_INTEGER : frame.ends + frame.graceDays * DAY - 2 * HOUR,
});
