/**
 * INV-14: whatever an object still owes has an alarm that will reach it. Looked at when the faults
 * end and before anything heals: cron is a net, and a net under a hole hides the hole. Of
 * some kinds of object it is known what they owe, whatever they say themselves; of all others that
 * keep times at which they are due, that one of them stands. Objects that only answer owe nothing.
 */
import { runInDurableObject } from 'cloudflare:test';
import type { DestinationState } from '../../src/delivery/sending/state';
import type { PlatformState } from '../../src/goals/platform/state';
import type { GoalState } from '../../src/goals/tracking/state';
import type { SessionState } from '../../src/points/coaching/state';
import { database } from '../worker/database';
import type { Place } from '../worker/io';
import type { History } from './history';

/** What of D1 says that something was done. */
interface Done {
  /** By session: up to when its events were decided, UTC ms. */
  readonly upto: ReadonlyMap<string, number>;
  readonly outcomes: ReadonlySet<string>;
}

async function readDone(): Promise<Done> {
  const [decisions, outcomes] = await database().batch<Record<string, string | number>>([
    database().prepare('SELECT session, max(upto) AS upto FROM decisions GROUP BY session'),
    database().prepare('SELECT delivery FROM delivery_outcomes'),
  ]);
  return {
    upto: new Map(
      decisions?.results.map(({ session, upto }) => [String(session), Number(upto)] as const),
    ),
    outcomes: new Set(outcomes?.results.map(({ delivery }) => String(delivery))),
  };
}

/** What an object owes, in words; null: nothing. */
type Owes<S> = (state: S, done: Done, now: number) => string | null;

const session: Owes<SessionState> = ({ session: key, events }, { upto }) => {
  const open = events.filter(({ receivedAt }) => receivedAt > (upto.get(key) ?? 0));
  return open.length > 0 ? `${open.length} events are not decided` : null;
};

const destination: Owes<DestinationState> = (state, { outcomes }) => {
  const unwritten = state.reached.filter(({ delivery }) => !outcomes.has(delivery));
  if (unwritten.length > 0) return `${unwritten.length} outcomes are not written`;
  // What is parked waits for a person or for the probe.
  if (state.breaker.openedAt !== null) return null;
  const waiting = state.front.length + state.queued + (state.wave?.items.length ?? 0);
  return waiting > 0 ? `${waiting} deliveries wait` : null;
};

const goal: Owes<GoalState> = ({ periods }, _, now) => {
  const late = Object.entries(periods).find(
    ([, { isOwed, until, lock, frozen, parked }]) =>
      parked === undefined && ((isOwed && until <= now && lock === null) || frozen !== null),
  );
  return late === undefined ? null : `${late[0]} is not locked or not settled`;
};

const reported: Owes<PlatformState> = ({ periods }) => {
  const open = Object.entries(periods).find(
    ([, { askAt, settleAt, frozen, parked }]) =>
      parked === undefined && (askAt !== null || settleAt !== null || frozen !== null),
  );
  return open === undefined ? null : `${open[0]} is to be asked about or settled`;
};

/** What a source holds is not in its state: an event under a key of its own, until the log has it. */
const HELD = 'held:';

interface Timed {
  readonly due?: Readonly<Record<string, number>>;
}

/** What an object says of itself that it has to do. */
function ownWord(state: Timed | undefined, held: number): string | null {
  if (held > 0) return `${held} rows are held`;
  const times = Object.keys(state?.due ?? {});
  return times.length > 0 ? `${times.join(', ')} stands in its state` : null;
}

const OWES: Partial<Record<Place, Owes<never>>> = {
  session,
  destination,
  goal,
  'platform-goal': reported,
};

/** Everything that owes something and that no alarm will reach. */
export async function unarmed({ machine, world }: History): Promise<string[]> {
  const done = await readDone();
  const wrong: string[] = [];
  for (const [place, name] of machine.objects()) {
    const owes = OWES[place] as Owes<unknown> | undefined;
    const { alarm, state, held } = await runInDurableObject(
      machine.stub(place, name),
      async (_, { storage }) => ({
        alarm: await storage.getAlarm(),
        state: storage.kv.get<Timed>('state'),
        held: place === 'source' ? [...storage.kv.list({ prefix: HELD })].length : 0,
      }),
    );
    const known = owes === undefined || state === undefined ? null : owes(state, done, world.now);
    const owed = owes === undefined ? ownWord(state, held) : known;
    // An alarm that a crash cut short is fired again by the runtime, which here is the machine.
    const comesBack = alarm !== null || world.board.alarms.has(`${place} ${name}`);
    if (owed !== null && !comesBack) wrong.push(`INV-14 ${place} ${name}: ${owed}, and no alarm`);
  }
  return wrong;
}
