/**
 * Draws a whole history from a seed: which systems are in it, what senders say and when, what goes
 * wrong. Swarm: every kind of trouble has a probability of its own in each seed, and many of them
 * are zero, because a mean of everything hides what only one of them shows.
 */
import type { Mode, Place } from '../worker/io';
import { causesOfMail } from './causes';
import { Chance, chanceOf } from './chance';
import { drawFaults, OBJECT_MODES, WORKER_MODES, WRITER_MODES } from './faults';
import { leansOf, turnOf } from './foci';
import type { Plan, PlannedEvent, PlannedPerson, SourceId, Timed } from './plan';
import { drawTroubles, platformTroubles, type Trouble } from './platform';
import type { Frame } from './system';
import { SYSTEMS } from './systems';
import { UTC, zoneOf } from './zones';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Ahead of every machine's clock, so that no real alarm fires by itself. */
const EPOCH = Date.UTC(2031, 2, 3);
const SPAN_DAYS = 7;
const MOST_OPERATIONS = 60;

/** When a sender's message arrives after what it tells of. */
function latency(chance: Chance): number {
  const kind = chance.unit();
  if (kind < 0.6) return chance.between(0, 5) * SECOND;
  if (kind < 0.85) return chance.between(5, 90) * SECOND;
  if (kind < 0.95) return chance.between(1, 300) * MINUTE;
  return chance.between(3 * 24, 6 * 24) * HOUR;
}

/** Who says what when: late, again, in arrays, in bursts, and sometimes something else. */
function drawMail(chance: Chance, events: readonly PlannedEvent[]): Timed[] {
  const again = chance.pick([0, 0.2, 0.5]);
  const burst = chance.pick([0, 0, 0.1]);
  const array = chance.pick([0, 0, 0.3]);
  const contradict = chance.pick([0, 0, 0.15]);
  const left = events.map((event) => ({ event, at: event.occurredAt + latency(chance) }));
  const timed: Timed[] = [];
  for (let first = left.shift(); first !== undefined; first = left.shift()) {
    const { event, at } = first;
    const keys = [event.key];
    const mate = left.findIndex((other) => other.event.source === event.source);
    if (mate >= 0 && chance.happens(array)) {
      keys.push(...left.splice(mate, 1).map((other) => other.event.key));
    }
    const say = (when: number, copies: number): void => {
      timed.push({ at: when, operation: deliver(keys, copies) });
    };
    say(at, chance.happens(burst) ? 20 : 1);
    if (chance.happens(again)) say(at + latency(chance), 1);
    if (chance.happens(contradict)) {
      const operation = { system: 'mail', kind: 'contradict', key: event.key };
      timed.push({ at: at + latency(chance) + SECOND, operation });
    }
  }
  return timed;
}

const deliver = (keys: readonly string[], copies: number) => ({
  system: 'mail',
  kind: 'deliver',
  keys,
  copies,
});

const UNUSABLE = [
  '{"eventType":"performance.coaching.completed",',
  '{"eventType":"coaching.of.another.kind","eventId":"odd-1"}',
  '{"eventType":"performance.coaching.completed","eventId":"odd-2","mentorId":"mentor-1"}',
  '{"eventType":"qa.score.updated","eventId":"odd-3","coachingSessionId":"x","currentScore":"high"}',
  '"just text"',
  '',
];
const SENDERS: readonly SourceId[] = ['platform', 'quality', 'lms'];

function mailTroubles(chance: Chance, events: readonly PlannedEvent[]): readonly Trouble[] {
  const system = 'mail';
  return [
    () => ({
      system,
      kind: 'unusable',
      source: chance.pick(SENDERS),
      text: chance.pick(UNUSABLE),
    }),
    () => ({ system, kind: 'bad-signature', key: chance.pick(events).key }),
    () => ({ system, kind: 'rotate', source: chance.pick(SENDERS) }),
  ];
}

/** Whatever has I/O, with the faults it is drawn from. */
export function modesOfPlaces(): Partial<Record<Place, readonly Mode[]>> {
  const common = { worker: WORKER_MODES, source: OBJECT_MODES, journal: WRITER_MODES };
  return Object.assign({ ...common }, ...SYSTEMS.map(({ places }) => places));
}

/** The history of a seed. */
export function draw(seed: number): Plan {
  const chance = new Chance(seed);
  const startAt = EPOCH + chance.between(0, 300) * DAY + chance.between(0, 86_399) * SECOND;
  const endAt = startAt + SPAN_DAYS * DAY;
  const zone = zoneOf(seed, startAt);
  const people: PlannedPerson[] = [];
  const events: PlannedEvent[] = [];
  const happening: Timed[] = [];
  const parts: Record<string, unknown> = {};
  const playing = SYSTEMS.filter(({ partakes }) => partakes(seed));
  const turns = new Map(playing.map(({ name, partakes }) => [name, turnOf(seed, partakes)]));
  const foci = leansOf(seed, modesOfPlaces(), turns);
  const leansOn: Frame['leansOn'] = (place, call) =>
    foci.some((focus) => focus.place === place && focus.call === call);
  const causes = [...causesOfMail({ seed, startAt, endAt, leansOn })];
  for (const { name, draw: drawOwn } of playing) {
    const own = chanceOf(`${seed} ${name}`);
    const known = [...people];
    const drawn = drawOwn({ seed, chance: own, startAt, endAt, zone, people: known, leansOn });
    parts[name] = drawn.part;
    people.push(...drawn.people);
    events.push(...drawn.events);
    happening.push(...drawn.operations);
    causes.push(...(drawn.causes ?? []));
  }
  happening.push(...drawMail(chance, events));
  const kinds = [
    ...platformTroubles(chance),
    ...(events.length > 0 ? mailTroubles(chance, events) : []),
  ];
  const room = MOST_OPERATIONS - happening.length;
  const troubles = drawTroubles(chance, kinds, room, happening, [startAt, endAt]);
  const byTime = (a: Timed, b: Timed): number => a.at - b.at;
  const operations = [...happening, ...troubles].toSorted(byTime).slice(0, MOST_OPERATIONS);
  return {
    seed,
    ...(zone !== UTC && { zone }),
    startAt,
    people,
    parts,
    events,
    operations: [...operations, ...causes].toSorted(byTime),
    faults: drawFaults(chance, modesOfPlaces(), foci),
  };
}
