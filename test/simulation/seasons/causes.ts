/** What makes a history come to the rare calls of seasons and routing, where it leans on them. */
import { chanceOf, unitOf } from '../chance';
import type { Operation, Timed } from '../plan';
import { firing } from '../platform';
import type { Frame } from '../system';
import { type PlannedEarning, POINT, type Scene } from './plan';
import type { PlatformHabits } from './platform';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const system = 'seasons';

/** True where the grace after the reset must end, and have its window, within the history. */
const endsGraceSoon = ({ leansOn }: Pick<Frame, 'leansOn'>): boolean =>
  leansOn('season', 'SEATS.tell');

export const graceOf = (frame: Pick<Frame, 'leansOn'>, days: number): number =>
  endsGraceSoon(frame) ? 1 : days;

/** A platform that keeps no reset from its end, where what follows the end is sought. */
export const calmed = (frame: Pick<Frame, 'leansOn'>, habits: PlatformHabits): PlatformHabits =>
  endsGraceSoon(frame) ? { fates: {}, storm: null, retryAfter: null } : habits;

/** In so many histories a person asks for the reset before cron has come. */
const ASKS_FIRST = 0.35;
const FIVE = '*/5 * * * *';
const HOURLY = '7 * * * *';

/** By the call that it brings about. */
const CAUSES: Readonly<Record<string, (scene: Scene, agent: string) => Timed[]>> = {
  'season SEATS.tell': ({ ends, opens }) => [
    firing(ends + 2 * MINUTE, FIVE),
    firing(ends + DAY + 10 * MINUTE, HOURLY),
    firing(ends + DAY + 80 * MINUTE, HOURLY),
    ...[1, 8, 30].map((minutes) => firing(opens + DAY + minutes * MINUTE, FIVE)),
    firing(opens + DAY + 3 * HOUR, FIVE),
  ],
  // Asked for and not done: its window is not open yet.
  'worker SEASONS.trigger': (scene) => [4, 20].map((later) => asked(scene, later * MINUTE)),
  'worker SEASONS.resume': ({ ends, opens }) => [
    firing(ends + MINUTE, FIVE),
    ...[11, 6, 1].map((minutes) => firing(opens - minutes * MINUTE, FIVE, true)),
  ],
  'worker SEASONS.poke': ({ ends }) => [0, 5, 10].map((at) => firing(ends + at * MINUTE, FIVE)),
  'worker SEATS.tell': ({ startAt, ends }) => [
    firing(startAt + 12 * MINUTE, FIVE),
    firing(startAt + 75 * MINUTE, FIVE),
    firing(ends - 20 * MINUTE, FIVE),
  ],
  'worker SEATS.release': ({ ends, opens }, agent) =>
    [ends - HOUR, ends + HOUR, opens + HOUR].map((at) => ({
      at: at + MINUTE,
      operation: { system, kind: 'release', agent, interaction: 'interaction-0' } as Operation,
    })),
  'worker SEATS.sample': loaded,
  'seat JOURNAL.commit': loaded,
  'worker SEATS.standing': selected,
  'worker QUEUES.pick': selected,
  'worker QUEUES.picked': (scene) =>
    selected(scene).flatMap(({ at, operation }) => [
      { at, operation },
      { at: at + MINUTE, operation: { ...operation, isOfStrangers: true } as Operation },
    ]),
};

/** A person asks for the reset; as the season ends, nobody else has. */
const asked = ({ ends }: Scene, later: number): Timed => ({
  at: ends + later,
  operation: { system, kind: 'trigger', times: 1 } as Operation,
  isAhead: true,
});

/** Interactions are taken while the agent has more than enough of them. */
function loaded({ startAt, ends, opens }: Scene, agent: string): Timed[] {
  return [startAt + HOUR, ends - 3 * HOUR, opens + 2 * HOUR].flatMap((at) =>
    [12, 12, 14, 3].map((concurrent, nth) => ({
      at: at + nth * MINUTE,
      operation: { system, kind: 'load', agent, concurrent } as Operation,
    })),
  );
}

function selected({ ends, opens }: Scene): Timed[] {
  return [ends - 2 * HOUR, ends + 15 * MINUTE, opens + 3 * HOUR].map((at, nth) => ({
    at,
    operation: { system, kind: 'select', selection: `selection-of-cause-${nth}` } as Operation,
  }));
}

export function causesOfSeasons(frame: Frame, scene: Scene) {
  const { seed, startAt, leansOn } = frame;
  const chance = chanceOf(`${seed} causes of seasons`);
  const agent = chance.pick(scene.agents);
  const operations = Object.entries(CAUSES).flatMap(([name, cause]) => {
    const [place = '', call = ''] = name.split(' ');
    return leansOn(place as 'worker', call) ? cause(scene, agent) : [];
  });
  if (unitOf(`${seed} a person asks first`) < ASKS_FIRST) operations.push(asked(scene, 1));
  // Who has a tier to lose is who is told.
  const earnings: PlannedEarning[] = [];
  if (endsGraceSoon(frame) || leansOn('worker', 'SEATS.tell')) {
    const cause = `service-${seed}-cause`;
    const occurredAt = startAt - DAY;
    earnings.push({ key: `${cause}+`, agent, amount: 200 * POINT, occurredAt, cause });
    const earn = { system, kind: 'earn', keys: [`${cause}+`] };
    operations.push({ at: startAt + 11 * MINUTE, operation: earn as Operation });
  }
  return { earnings, operations };
}
