/**
 * What only a share of the histories with a season has, each drawn from a stream of its own, so that
 * the others stay as they were: agents on leave, before the season ends and around its reset; a
 * compliance minimum, with values just below and above it that are told early, late and corrected; the
 * inbound volume around a tenth of its peak as the first window opens; cold storage that fails; more agents than one batch.
 */
import { dayOfNumber } from '../../../oracle/seasons';
import { Chance, unitOf } from '../../chance';
import type { Operation, Timed } from '../../plan';
import { drawCrowd, NO_CROWD } from './crowd';
import type { Further, Minimum, PlannedLeave, PlannedMeasures } from './plan';
import { PEAK } from './volume';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Frame {
  readonly seed: number;
  readonly agents: readonly string[];
  readonly startAt: number;
  readonly endAt: number;
  readonly ends: number;
  /** The season's last day, by number. */
  readonly last: number;
  readonly graceDays: number;
  /** When the first window after the end opens. */
  readonly opens: number;
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
    const at = chance.pick([startAt, ends - 2 * HOUR, ends + chance.between(1, 300) * MINUTE]);
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

/**
 * Leave within grace that is written after the wave that ended it. Some lasts until after the history
 * and opens grace again; some is over by then, or nearly, and may open it for another wave to end.
 */
function drawLate({ seed, agents, endAt, opens, last, graceDays }: Frame): PlannedLeave[] {
  const chance = streamOf(seed, 'leave after grace', 0.6);
  const first = opens + graceDays * DAY + HOUR;
  if (chance === null || graceDays === 0 || first > endAt - 6 * HOUR) return [];
  return agents.flatMap((agent): PlannedLeave[] => {
    if (chance.happens(0.4)) return [];
    const at = Math.min(endAt - 6 * HOUR, first + chance.between(0, 20) * HOUR);
    const from = last + chance.between(1, graceDays);
    const to = from + chance.pick([40, 40, chance.between(0, 3)]);
    return [
      { agent, at, absences: [{ from: dayOfNumber(from), to: dayOfNumber(to) }], late: true },
    ];
  });
}

const MINIMUM: Minimum = { metric: 'csat', atLeast: 4_000_000, minimumCount: 3 };
const LOW = [1_000_000, 3_000_000, 3_999_999];
const HIGH = [4_000_000, 4_500_000, 5_000_000];

type Value = PlannedMeasures['values'][number];

/** Enough of one kind, or one too few, which fails nobody. */
function drawValues(chance: Chance, name: string, latest: number): Value[] {
  const choices = chance.pick([LOW, LOW, HIGH]);
  const many = MINIMUM.minimumCount + chance.pick([-1, 0, 0, 2]);
  return Array.from({ length: many }, (_, nth) => ({
    interaction: `${name}-${nth}`,
    revision: 0,
    value: chance.pick(choices),
    occurredAt: latest - chance.between(1, 20) * HOUR,
  }));
}

/** What was wrong at first: each interaction once more, with a value of the other kind. */
const corrected = (chance: Chance, values: readonly Value[]): Value[] =>
  values.map((one) => ({
    ...one,
    revision: 1,
    value: chance.pick(one.value < MINIMUM.atLeast ? HIGH : LOW),
  }));

function drawMeasures({ seed, agents, startAt, ends }: Frame): PlannedMeasures[] | null {
  const chance = streamOf(seed, 'compliance', 0.35);
  if (chance === null) return null;
  const told = agents.flatMap((agent): PlannedMeasures[] => {
    if (chance.happens(0.2)) return [];
    const at = chance.pick([startAt, startAt, ends - HOUR, ends + chance.between(1, 200) * MINUTE]);
    const old = drawValues(chance, `old-${agent}`, Math.min(at, ends - 1));
    const later = ends + chance.between(4, 90) * HOUR;
    const fresh = drawValues(chance, `new-${agent}`, later);
    const again = at + chance.between(1, 60) * HOUR;
    return [
      { agent, at, values: old },
      ...(chance.happens(0.3) ? [{ agent, at: again, values: corrected(chance, old) }] : []),
      ...(chance.happens(0.5) ? [{ agent, at: later, values: fresh }] : []),
    ];
  });
  return told.toSorted((a, b) => a.at - b.at);
}

/** The peak, then what counts for the first window, then perhaps that it is over. */
function drawVolume({ seed, startAt, ends, opens }: Frame): Timed[] {
  const chance = streamOf(seed, 'volume', 0.35);
  // A window that is open as the season ends would be the first.
  if (chance === null || opens < ends + 10 * MINUTE || opens > ends + 12 * HOUR) return [];
  const tell = (at: number, value: number): Timed => ({
    at,
    operation: { system: 'seasons', kind: 'volume', value } as Operation,
  });
  const value = chance.pick([PEAK / 10, PEAK / 10 + 1, PEAK / 10 + 1, PEAK / 2]);
  const over = chance.happens(0.3) ? [tell(opens + 3 * MINUTE, 1)] : [];
  return [tell(startAt + HOUR, PEAK), tell(opens - 5 * MINUTE, value), ...over];
}

function drawVault(seed: number): number | null {
  const chance = streamOf(seed, 'vault', 0.6);
  return chance === null ? null : chance.pick([0.3, 0.6]);
}

export interface DrawnFurther {
  readonly further: Further;
  readonly operations: readonly Timed[];
}

export function drawFurther(frame: Frame): DrawnFurther {
  const { seed, startAt, ends, graceDays } = frame;
  const crowd = streamOf(seed, 'crowd', 0.1);
  const measures = drawMeasures(frame);
  const operations = drawVolume(frame);
  const further = {
    leaves: [...drawLeaves(frame), ...drawLate(frame)],
    leavesUntil: graceDays === 0 ? Number.MAX_SAFE_INTEGER : ends + graceDays * DAY - 2 * HOUR,
    minimum: measures === null ? null : MINIMUM,
    measures: measures ?? [],
    hasVolume: operations.length > 0,
    vault: drawVault(seed),
    crowd: crowd === null ? NO_CROWD : drawCrowd(crowd, seed, startAt),
  };
  return { further, operations };
}
