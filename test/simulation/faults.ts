/**
 * Which faults fit which call, and which one a plan draws at a point. Drawn from the point's name,
 * so that the same point fails in the same way in every run of a seed.
 */
import type { IoPoint, Mode, Place } from '../worker/io';
import { type Chance, unitOf } from './chance';
import type { FaultTable, Focus, Plan } from './plan';
import { PAY_POINTS, REPORTED_POINTS, SEASON_POINTS } from './points';

/** A settlement makes a dozen calls: at a tenth each, most attempts still fail somewhere. */
const LEVELS = [0, 0, 0, 0.01, 0.03, 0.1];
/** At a point that a history leans on, the first few times that somebody comes by. */
const FOCUS_CALLS = 5;
/** An object that failed as often as this has shown what it can; more is only time. */
const MOST_CALLS = 40;

export const WORKER_MODES: readonly Mode[] = ['throw', 'delay'];
export const OBJECT_MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort', 'delay'];
export const WRITER_MODES: readonly Mode[] = [...OBJECT_MODES, 'ghost', 'twice'];

/** Only what writes to D1 can haunt or be made twice; everything can be late or lost. */
export function fits(mode: Mode, call: string, phase: string): boolean {
  if (mode === 'ghost' || mode === 'twice') return phase === 'before' && call === 'DB.write';
  return true;
}

function drawModes(chance: Chance, modes: readonly Mode[]): Partial<Record<Mode, number>> {
  const quiet = chance.happens(0.3);
  return Object.fromEntries(modes.map((mode) => [mode, quiet ? 0 : chance.pick(LEVELS)]));
}

export type Modes = Readonly<Partial<Record<Place, readonly Mode[]>>>;

/** Places of objects that came later: drawn after all others, so that those stay as they were. */
const LATE_PLACES: ReadonlySet<string> = new Set(
  [...SEASON_POINTS, ...PAY_POINTS, ...REPORTED_POINTS].map(([place]) => place),
);

/** The faults of a history that leans on some of them. */
export function drawFaults(chance: Chance, modes: Modes, foci: readonly Focus[]): FaultTable {
  const all = Object.entries(modes);
  const early = all.filter(([place]) => place === 'worker' || !LATE_PLACES.has(place));
  const late = all.filter((entry) => !early.includes(entry));
  const drawn = early.map(([place, own]) => [place, drawModes(chance, own)] as const);
  const lateAlarms = chance.pick([0, 0, 0.3, 0.8]);
  drawn.push(...late.map(([place, own]) => [place, drawModes(chance, own)] as const));
  return { places: Object.fromEntries(drawn), foci, lateAlarms };
}

/** The fault of a plan at a point, or null; the same for the same point in every run. */
export function drawnFault(
  { seed, faults }: Plan,
  { place, actor, call, phase, nth }: IoPoint,
): Mode | null {
  for (const focus of faults.foci) {
    if (focus.place !== place || focus.call !== call || focus.phase !== phase) continue;
    const early = nth <= FOCUS_CALLS || place === 'journal';
    const isStruck = unitOf(`${seed} focus ${focus.mode} ${actor} ${nth}`) < focus.chance;
    if (early && isStruck) return focus.mode;
  }
  if (nth > MOST_CALLS && place !== 'journal') return null;
  let left = unitOf(`${seed} ${place} ${actor} ${call} ${phase} ${nth}`);
  for (const [mode, chance] of Object.entries(faults.places[place] ?? {})) {
    if (left < chance && fits(mode as Mode, call, phase)) return mode as Mode;
    left -= chance;
  }
  return null;
}
