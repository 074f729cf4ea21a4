/**
 * What the platform does to an installation: evictions, crashes, alarms at the wrong time, cron
 * twice or out of turn, D1 gone. Draws it and does it; whatever it does, it may change nothing in
 * the end.
 */
import type { Chance } from './chance';
import type { History } from './history';
import type { Operation, Timed } from './plan';

const SECOND = 1000;
const MINUTE = 60_000;
const CRONS = ['*/5 * * * *', '7 * * * *', '23 2 * * *'] as const;

export type PlatformOperation =
  | {
      readonly system: 'platform';
      readonly kind: 'evict' | 'abort' | 'alarm-early' | 'alarm-twice';
      /** Which of the objects that are there, counted round. */
      readonly victim: number;
    }
  | { readonly system: 'platform'; readonly kind: 'abort-all' | 'alarms' }
  | {
      readonly system: 'platform';
      readonly kind: 'cron';
      readonly cron: string;
      readonly times: number;
    }
  | { readonly system: 'platform'; readonly kind: 'd1-away'; readonly forMs: number };

export type Cron = (typeof CRONS)[number];

/** A firing of cron; `isAhead`: before alarms that were due by then. */
export const firing = (at: number, cron: Cron, isAhead = false): Timed => ({
  at,
  operation: { system: 'platform', kind: 'cron', cron, times: 1 } as Operation,
  ...(isAhead && { isAhead }),
});

/** Makes one more trouble of a kind that this history suffers. */
export type Trouble = () => Operation;

/** Which troubles of the platform there are. */
export function platformTroubles(chance: Chance): readonly Trouble[] {
  const system = 'platform';
  const victim = (): number => chance.between(0, 11);
  const kinds: readonly (() => PlatformOperation)[] = [
    () => ({ system, kind: 'evict', victim: victim() }),
    () => ({ system, kind: 'abort', victim: victim() }),
    () => ({ system, kind: 'abort-all' }),
    () => ({ system, kind: 'alarm-early', victim: victim() }),
    () => ({ system, kind: 'alarm-twice', victim: victim() }),
    () => ({ system, kind: 'alarms' }),
    () => ({ system, kind: 'cron', cron: chance.pick(CRONS), times: chance.pick([1, 1, 2]) }),
    () => ({
      system,
      kind: 'd1-away',
      forMs: chance.pick([5 * SECOND, 2 * MINUTE, 40 * MINUTE]),
    }),
  ];
  return kinds;
}

/** Up to so many troubles of some of the kinds, most of them near something that happens. */
export function drawTroubles(
  chance: Chance,
  kinds: readonly Trouble[],
  room: number,
  happening: readonly Timed[],
  [from, to]: readonly [from: number, to: number],
): Timed[] {
  const chosen = kinds.filter(() => chance.happens(0.35));
  if (chosen.length === 0) return [];
  const many = Math.min(Math.max(0, room), chance.between(0, 20));
  const moments = happening.map(({ at }) => at);
  return Array.from({ length: many }, () => {
    const near = moments.length > 0 && chance.happens(0.6);
    const at = near
      ? chance.pick(moments) + chance.between(0, 70) * SECOND
      : chance.between(from, to);
    return { at, operation: chance.pick(chosen)() };
  });
}

export const PLATFORM_TROUBLES = [
  'evict',
  'abort',
  'abort all',
  'alarm-early',
  'alarm-twice',
  'alarm late',
  'cron',
  'cron twice',
  'D1 away',
] as const;

export async function performOnPlatform(history: History, operation: Operation): Promise<void> {
  const own = operation as PlatformOperation;
  const { machine, world } = history;
  switch (own.kind) {
    case 'abort-all':
      history.trouble('abort all');
      return machine.abortAll();
    case 'alarms':
      return machine.runDue(world.now);
    case 'cron':
      history.trouble(own.times > 1 ? 'cron twice' : 'cron');
      for (let time = 0; time < own.times; time += 1) await machine.cron(own.cron);
      return;
    case 'd1-away':
      history.trouble('D1 away');
      history.takeD1Away(own.forMs);
      return;
    default:
      return strike(history, own.kind, own.victim);
  }
}

async function strike(
  history: History,
  kind: 'evict' | 'abort' | 'alarm-early' | 'alarm-twice',
  index: number,
): Promise<void> {
  const { machine } = history;
  const made = machine.objects();
  const victim = made[index % Math.max(1, made.length)];
  if (victim === undefined) return;
  history.trouble(kind);
  const [place, name] = victim;
  if (kind === 'evict') return machine.evict(place, name);
  if (kind === 'abort') return machine.abort(place, name);
  if (kind === 'alarm-early') return machine.fire(place, name);
  return machine.fireTwice(place, name);
}
