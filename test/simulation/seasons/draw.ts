/**
 * What seasons draw for a history: a season that ends within the week in a zone whose clocks may
 * change, points that come before, during and after its reset, triggers at once, agents who join and
 * leave around the window, interactions that are routed all along.
 */
import {
  dayOfNumber,
  endsAt,
  localDayOf,
  numberOfDay,
  type OracleSeason,
  openingOf,
  startOf,
} from '../../oracle/seasons';
import type { Chance } from '../chance';
import type { Operation, PlannedEvent, PlannedPerson, Timed } from '../plan';
import type { Drawn, Frame } from '../system';
import { changesClocks } from '../zones';
import { calmed, causesOfSeasons, graceOf } from './causes';
import { drawFurther } from './further/draw';
import {
  firstOf,
  GROUP,
  OWN_CATEGORY,
  type PlannedEarning,
  POINT,
  type Scene,
  type SeasonsPart,
} from './plan';
import { drawPlatform } from './platform';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ZONES = [
  'America/New_York',
  'Europe/Berlin',
  'Pacific/Auckland',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
] as const;

/** One whose clocks change within the history where there is one, or none at all. */
function drawZone(chance: Chance, startAt: number): string {
  const changing = ZONES.filter((zone) => changesClocks(zone, startAt, 7));
  const later = ZONES.filter((zone) => changesClocks(zone, startAt, 21));
  if (changing.length > 0 && chance.happens(0.9)) return chance.pick(changing);
  if (later.length > 0 && chance.happens(0.6)) return chance.pick(later);
  return chance.pick(['Etc/UTC', 'Asia/Kolkata', ...ZONES]);
}

const AMOUNTS = [10, 25.5, 29.9999, 40, 60.0001, 100, 200].map((points) =>
  Math.round(points * POINT),
);

/** Moments around which everything crowds. */
const near = (chance: Chance, { ends, opens, startAt, endAt }: Scene): number => {
  const kind = chance.unit();
  if (kind < 0.3) return chance.between(startAt, ends);
  if (kind < 0.5) return ends + chance.between(-30, 30) * MINUTE;
  if (kind < 0.8) return opens + chance.between(-20, 40) * MINUTE;
  return chance.between(ends, endAt - DAY);
};

function drawEarnings(chance: Chance, scene: Scene, seed: number) {
  const earnings: PlannedEarning[] = [];
  const operations: Timed[] = [];
  const early: string[] = [];
  for (const [index, agent] of scene.agents.entries()) {
    const many = chance.pick([0, 1, 1, 2]);
    for (let nth = 0; nth < many; nth += 1) {
      const cause = `service-${seed}-${index}-${nth}`;
      const told = near(chance, scene);
      const isOld = nth === 0 && chance.happens(0.7);
      const occurredAt = isOld
        ? scene.startAt - chance.between(1, 20) * DAY
        : told - chance.pick([MINUTE, HOUR, DAY]);
      const amount = chance.pick(AMOUNTS);
      const earned = { key: `${cause}+`, agent, amount, occurredAt, cause };
      earnings.push(earned);
      if (isOld) early.push(earned.key);
      else operations.push({ at: told, operation: earn([earned.key]) });
      if (!chance.happens(0.3)) continue;
      const part = chance.happens(0.5) ? amount : Math.floor(amount / 3);
      const taken = { key: `${cause}-`, agent, amount: -part, occurredAt, cause };
      earnings.push(taken);
      const at = Math.max(told, scene.startAt + HOUR, near(chance, scene)) + MINUTE;
      operations.push({ at, operation: earn([taken.key]) });
    }
  }
  if (early.length > 0) {
    operations.push({ at: scene.startAt + 10 * MINUTE, operation: earn(early) });
  }
  return { earnings, operations };
}

const system = 'seasons';
const earn = (keys: readonly string[]) => ({ system, kind: 'earn', keys });
const cron = (at: number, which: string, times = 1): Timed => ({
  at,
  operation: { system, kind: 'cron', cron: which, times } as Operation,
});

const FIVE = '*/5 * * * *';
const HOURLY = '7 * * * *';

/** The firings that matter; some never come, and then the next one finds what is due. */
function drawCrons(chance: Chance, { ends, opens, startAt }: Scene, zone: string): Timed[] {
  const firings: Timed[] = [];
  const some = (odds: number, at: number, which: string): void => {
    if (chance.happens(odds)) firings.push(cron(at, which, chance.pick([1, 1, 1, 2])));
  };
  const last = numberOfDay(localDayOf(ends - 1, zone));
  for (const day of [last - 1, last, last + 1, last + 2]) {
    const at = startOf(dayOfNumber(day), zone) + chance.between(1, 50) * MINUTE;
    if (at > startAt) some(0.6, at, HOURLY);
  }
  some(0.7, ends - chance.between(1, 300) * MINUTE, FIVE);
  some(0.8, ends + chance.between(0, 10) * MINUTE, FIVE);
  some(0.6, ends + HOUR, HOURLY);
  for (const minutes of [1, 6, 20]) some(0.5, opens + minutes * MINUTE, FIVE);
  some(0.5, opens + DAY + 2 * MINUTE, FIVE);
  return firings;
}

function drawRouting(chance: Chance, scene: Scene, joins: readonly string[]): Timed[] {
  const { agents, ends, opens } = scene;
  const everyone = [...agents, ...joins];
  const times = [ends - HOUR, ends - 1, ends, ends + MINUTE, opens + MINUTE, opens + 30 * MINUTE];
  const asked = times.filter(() => chance.happens(0.6));
  const timed = asked.map((at, index): Timed => {
    // The same interaction again is held over the end of the season.
    const interaction = `interaction-${chance.happens(0.3) ? 0 : index}`;
    const who = everyone.filter(() => chance.happens(0.6));
    return { at, operation: { system, kind: 'decide', agents: who, interaction } as Operation };
  });
  const other = (at: number, operation: object): void => {
    timed.push({ at, operation: { system, ...operation } as Operation });
  };
  if (chance.happens(0.4))
    other(opens, { kind: 'release', agent: chance.pick(agents), interaction: 'interaction-0' });
  for (const at of [ends - 10 * MINUTE, ends + 10 * MINUTE]) {
    // Where both are asked for they are one selection, which answers the same again.
    if (chance.happens(0.4)) other(at, { kind: 'select', selection: 'selection-0' });
  }
  if (chance.happens(0.3))
    other(ends - 2 * MINUTE, { kind: 'load', agent: chance.pick(agents), concurrent: 12 });
  return timed;
}

/** The signed trigger, in the words of the document; each sender has a key of its own. */
function drawTriggers(chance: Chance, { ends }: Scene, seed: number): PlannedEvent[] {
  const many = chance.pick([0, 0, 1, 2]);
  return Array.from({ length: many }, (_, nth) => {
    const at = ends + chance.between(0, 180) * MINUTE;
    const eventId = `reset-${seed}-${nth}`;
    return {
      key: `season-trigger-${nth}`,
      source: chance.pick(['platform', 'quality', 'lms'] as const),
      eventId,
      type: 'SEASONAL_RESET_TRIGGER',
      subject: eventId,
      occurredAt: at,
      text: JSON.stringify({
        event_type: 'SEASONAL_RESET_TRIGGER',
        timestamp: new Date(at).toISOString(),
        target_groups: [GROUP],
        idempotency_key: eventId,
      }),
      contradiction: null,
      usable: true,
    };
  });
}

/** Who comes and goes around the window. */
function drawStaff(chance: Chance, { ends, opens, agents }: Scene) {
  const joins = chance.happens(0.4) ? ['season-joiner'] : [];
  const around = (): number =>
    chance.pick([
      ends - HOUR,
      ends + 10 * MINUTE,
      opens - MINUTE,
      opens + MINUTE,
      opens + 2 * HOUR,
    ]);
  const operations = joins.map(
    (agent): Timed => ({
      at: around(),
      operation: { system, kind: 'join', agent } as Operation,
    }),
  );
  if (chance.happens(0.3) && agents.length > 1) {
    const agent = chance.pick(agents.filter((one) => one.startsWith('season-')));
    if (agent !== undefined)
      operations.push({ at: around(), operation: { system, kind: 'leave', agent } as Operation });
  }
  return { joins, operations };
}

const MOST_AGENTS = 6;

export function drawSeasons(frame: Frame): Drawn<SeasonsPart> {
  const { seed, chance, startAt, endAt, people } = frame;
  const zone = drawZone(chance, startAt);
  const last = numberOfDay(localDayOf(startAt + chance.between(1, 3) * DAY, zone));
  const first = last - chance.between(30, 40);
  const dates = (id: string, from: number, until: number): OracleSeason => ({
    id,
    firstDay: dayOfNumber(from),
    lastDay: dayOfNumber(until),
    zone,
  });
  const season = dates(firstOf(seed), first, last);
  const isWritten = chance.happens(0.5);
  const successor = isWritten ? dates(`Season-${seed}-B`, last + 1, last + 60) : null;
  const next = successor ?? dates(`${season.id}-2`, last + 1, last + 1 + (last - first));
  const window = {
    start: chance.pick(['02:00', '02:30', '00:30', '23:50', '03:15']),
    minutes: chance.pick([1, 15, 15, 30, 60]),
  };
  const known = people.filter(({ groups }) => groups.includes(GROUP)).map(({ agentId }) => agentId);
  const room = Math.max(1, Math.min(3, MOST_AGENTS - known.length));
  const own = Array.from(
    { length: chance.between(1, room) },
    (_, index): PlannedPerson => ({
      agentId: `season-agent-${index + 1}`,
      groups: [GROUP],
      attributes: {},
    }),
  );
  const agents = [...own.map(({ agentId }) => agentId), ...known].slice(0, MOST_AGENTS);
  const ends = endsAt(season);
  const scene: Scene = {
    agents,
    ends,
    opens: openingOf(dayOfNumber(last + 1), window, zone),
    startAt,
    endAt,
  };
  const staff = drawStaff(chance, scene);
  const { earnings, operations } = drawEarnings(chance, scene, seed);
  const graceDays = graceOf(frame, chance.pick([0, 1, 3, 7, 14]));
  const drawn = drawFurther({ seed, last, graceDays, ...scene });
  const causes = causesOfSeasons(frame, scene);
  const triggers = chance.happens(0.4)
    ? [
        {
          at: ends + chance.between(0, 90) * MINUTE,
          operation: { system, kind: 'trigger', times: chance.pick([1, 2, 2]) } as Operation,
        },
      ]
    : [];
  const part: SeasonsPart = {
    zone,
    season,
    successor,
    next,
    window,
    graceDays,
    policy: graceDays > 0 && chance.happens(0.3) ? 'FROM_ARCHIVE' : 'FLOOR',
    factor: chance.pick(['0.95', '0.95', '0.9', '1']),
    forEverybody: chance.happens(0.5),
    preset: chance.pick(['seed', 'seed', 'genesys-cloud', 'cxone']),
    categories: known.length > 0 ? ['Mentorship', OWN_CATEGORY] : [OWN_CATEGORY],
    platform: calmed(frame, drawPlatform(chance, scene.opens)),
    earnings: [...drawn.further.crowd.earnings, ...earnings, ...causes.earnings],
    further: drawn.further,
  };
  return {
    part,
    people: own,
    events: drawTriggers(chance, scene, seed),
    operations: [
      ...operations,
      ...staff.operations,
      ...triggers,
      ...drawCrons(chance, scene, zone),
      ...drawRouting(chance, scene, staff.joins),
      ...drawn.operations,
    ],
    causes: causes.operations,
  };
}
