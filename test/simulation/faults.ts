/**
 * Which faults fit which call, and which one a plan draws at a point. Drawn from the point's name,
 * so that the same point fails in the same way in every run of a seed.
 */
import type { IoPoint, Mode, Place } from '../worker/io';
import { type Chance, unitOf } from './chance';
import type { FaultTable, Focus, Plan } from './plan';
import { POINTS } from './points';

/** A settlement makes a dozen calls: at a tenth each, most attempts still fail somewhere. */
const LEVELS = [0, 0, 0, 0.01, 0.03, 0.1];
/** At the point that a history leans on, the first few times that an object comes by. */
const FOCUS_LEVEL = 0.5;
const FOCUS_CALLS = 5;
/** An object that failed as often as this has shown what it can; more is only time. */
const MOST_CALLS = 40;

export const WORKER_MODES: readonly Mode[] = ['throw', 'delay'];
export const OBJECT_MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort', 'delay'];
export const WRITER_MODES: readonly Mode[] = [...OBJECT_MODES, 'ghost', 'twice'];

/** Only calls that write can haunt or be made twice; everything can be late or lost. */
export function fits(mode: Mode, call: string, phase: string): boolean {
  if (mode === 'ghost')
    return phase === 'before' && (call === 'DB.write' || call.endsWith('commit'));
  if (mode === 'twice') return phase === 'before' && call === 'DB.write';
  return true;
}

/** Every point that is known, in every way in which it can fail. */
export function fociOf(modes: (place: Place) => readonly Mode[]): Focus[] {
  return POINTS.flatMap(([place, call]) =>
    (['before', 'after'] as const).flatMap((phase) =>
      modes(place)
        .filter((mode) => fits(mode, call, phase))
        .map((mode) => ({ place, call, phase, mode })),
    ),
  );
}

function drawModes(chance: Chance, modes: readonly Mode[]): Partial<Record<Mode, number>> {
  const quiet = chance.happens(0.3);
  return Object.fromEntries(modes.map((mode) => [mode, quiet ? 0 : chance.pick(LEVELS)]));
}

/** The faults of a seed. Focus goes round by seed, so that a long range leaves no point out. */
export function drawFaults(
  seed: number,
  chance: Chance,
  modes: Readonly<Partial<Record<Place, readonly Mode[]>>>,
): FaultTable {
  const foci = fociOf((place) => modes[place] ?? []);
  const places = Object.fromEntries(
    Object.entries(modes).map(([place, own]) => [place, drawModes(chance, own)]),
  );
  const focus = seed % 2 === 0 ? null : (foci[((seed - 1) / 2) % foci.length] ?? null);
  return { places, focus, lateAlarms: chance.pick([0, 0, 0.3, 0.8]) };
}

/** The fault of a plan at a point, or null; the same for the same point in every run. */
export function drawnFault(
  { seed, faults }: Plan,
  { place, actor, call, phase, nth }: IoPoint,
): Mode | null {
  const { focus } = faults;
  if (focus?.place === place && focus.call === call && focus.phase === phase) {
    const early = nth <= FOCUS_CALLS || place === 'journal';
    if (early && unitOf(`${seed} focus ${actor} ${nth}`) < FOCUS_LEVEL) return focus.mode;
  }
  if (nth > MOST_CALLS && place !== 'journal') return null;
  let left = unitOf(`${seed} ${place} ${actor} ${call} ${phase} ${nth}`);
  for (const [mode, chance] of Object.entries(faults.places[place] ?? {})) {
    if (left < chance && fits(mode as Mode, call, phase)) return mode as Mode;
    left -= chance;
  }
  return null;
}
