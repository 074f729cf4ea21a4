/**
 * Which ways of failing a history leans on, so that over a long run each point fails in each way.
 * Every second history leans on one that its systems can meet; and each history, for each of its
 * systems, on some of those that are rare, in turn. Turns are counted within the histories of a
 * system: counted by seeds they would step in time with who takes part, and leave some out for ever.
 */
import type { Phase, Place } from '../worker/io';
import { unitOf } from './chance';
import { fits, type Modes } from './faults';
import type { Focus } from './plan';
import { POINTS_OF, RARE } from './points';
import type { System } from './system';

const PHASES: readonly Phase[] = ['before', 'after'];
const LEVEL = 0.5;
/** What is met once or twice in a history. */
const LEVEL_OF_RARE = 0.85;
/**
 * From one rare way to the next: two of one point in one history would stand in each other's way.
 * No list of rare ways is as long as a multiple of it.
 */
const STRIDE = 11;
/** After so many seeds the same systems take part again. */
const CYCLE = 48;

type Points = (typeof POINTS_OF)[string];

/** Every way in which some points can fail. */
export const waysOf = (
  modes: (place: Place) => readonly Focus['mode'][],
  points: Points,
): Omit<Focus, 'chance'>[] =>
  points.flatMap(([place, call]) =>
    PHASES.flatMap((phase) =>
      modes(place)
        .filter((mode) => fits(mode, call, phase))
        .map((mode) => ({ place, call, phase, mode })),
    ),
  );

/** How many seeds below this one a system takes part in. */
export function turnOf(seed: number, partakes: System['partakes']): number {
  const below = (end: number): number =>
    Array.from({ length: end }, (_, rest) => rest).filter(partakes).length;
  return Math.floor(seed / CYCLE) * below(CYCLE) + below(seed % CYCLE);
}

/** What a history leans on; `turns`: the turn of each system that takes part in it, by name. */
export function leansOf(
  seed: number,
  modes: Modes,
  turns: ReadonlyMap<string, number>,
): readonly Focus[] {
  const modesOf = (place: Place): readonly Focus['mode'][] => modes[place] ?? [];
  const names = ['', ...turns.keys()];
  const rare = names.flatMap((name) => {
    const turn = turns.get(name) ?? seed;
    return (RARE[name] ?? []).flatMap(({ leans, points }) => {
      const ways = waysOf(modesOf, points);
      const [from, to] = [Math.floor(turn * leans), Math.floor((turn + 1) * leans)];
      return Array.from(
        { length: to - from },
        (_, nth) => ways[((from + nth) * STRIDE) % ways.length],
      );
    });
  });
  const own = waysOf(
    modesOf,
    names.flatMap((name) => POINTS_OF[name] ?? []),
  );
  const common = seed % 2 === 1 ? own[Math.floor(unitOf(`${seed} leans on`) * own.length)] : null;
  return [
    ...rare.flatMap((way) => (way === undefined ? [] : [{ ...way, chance: LEVEL_OF_RARE }])),
    ...(common == null ? [] : [{ ...common, chance: LEVEL }]),
  ];
}
