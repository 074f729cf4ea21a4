/**
 * What a run of histories has seen: troubles, I/O points met, faults that struck them, changes of
 * state. Decides which of them a long run should have seen and has not.
 */
import { MODES, type Place, tally } from '../worker/io';
import { modesOfPlaces } from './draw';
import { waysOf } from './foci';
import { PLATFORM_TROUBLES } from './platform';
import { FOLLOW_UP_POINTS, OPERATORS_POINTS, POINTS, SELDOM_POINTS } from './points';
import { SYSTEMS } from './systems';
import { ZONE_KINDS } from './zones';

export interface Coverage {
  readonly troubles: Map<string, number>;
  readonly met: Map<string, number>;
  readonly fired: Map<string, number>;
  readonly transitions: Map<string, number>;
  /** Real milliseconds, and how many histories, by the systems that took part. */
  readonly ms: Map<string, number>;
  /** What systems count of themselves. */
  readonly counted: Map<string, number>;
}

export const newCoverage = (): Coverage => ({
  troubles: new Map(),
  met: new Map(),
  fired: new Map(),
  transitions: new Map(),
  ms: new Map(),
  counted: new Map(),
});

export function absorb(into: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [name, count] of from) tally(into, name, count);
}

const MAIL_TROUBLES = [
  'redelivery',
  'burst',
  'array',
  'reordering',
  'late event',
  'tie',
  'contradiction',
  'unusable body',
  'unknown agent',
  'bad signature',
  'rotate',
];

export const TROUBLES: readonly string[] = [
  ...MAIL_TROUBLES,
  ...PLATFORM_TROUBLES,
  ...ZONE_KINDS,
  ...SYSTEMS.flatMap(({ troubles }) => troubles),
];

const withoutPhase = (point: string): string => point.split(' ').slice(0, 2).join(' ');

/** What a long run should have seen and has not: each counter that is still at zero. */
export function gaps({ troubles, met, fired, transitions }: Coverage): string[] {
  const modes = modesOfPlaces();
  const points = new Set([...met.keys()].map(withoutPhase));
  const namesOf = (listed: typeof POINTS) =>
    new Set(listed.map(([place, call]) => `${place} ${call}`));
  const known = namesOf([...POINTS, ...OPERATORS_POINTS, ...FOLLOW_UP_POINTS]);
  const seldom = namesOf(SELDOM_POINTS);
  return [
    ...TROUBLES.filter((name) => !troubles.has(name)).map((name) => `no ${name}`),
    ...SYSTEMS.flatMap((system) =>
      system.transitions
        .filter((name) => !transitions.has(name))
        .map((name) => `${system.name} never went ${name}`),
    ),
    ...[...points]
      .filter((point) => !known.has(point) && !seldom.has(point))
      .map((point) => `points.ts lacks ${point}`),
    ...[...known].filter((point) => !points.has(point)).map((point) => `never met ${point}`),
    ...waysOf((place: Place) => modes[place] ?? [], POINTS)
      .map(({ place, call, phase, mode }) => `${place} ${call} ${phase} ${mode}`)
      .filter((name) => !fired.has(name))
      .map((name) => `never fired: ${name}`),
    ...MODES.filter((mode) => ![...fired.keys()].some((key) => key.endsWith(` ${mode}`))).map(
      (mode) => `no ${mode}`,
    ),
  ];
}
