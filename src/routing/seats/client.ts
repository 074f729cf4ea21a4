/**
 * How others reach seats: one per agent, named by the agent's key. `tellSeats` takes
 * tier changes to them; it never throws, for what a seat missed it reads when its season ends, and the
 * nightly comparison finds it. Refuses nothing.
 */
import { callObject, type Objects } from '../../durable/client';
import type { LedgerEnv } from '../../ledger/client';
import { log, messageOf } from '../../runtime/log';
import type { SeatFacts } from '../../seasons/tier';
import type { SeatMethods } from './object';

export interface SeatsEnv extends LedgerEnv {
  /** One object per agent: what they may take, what is held, how loaded they are. */
  readonly SEATS: Objects<SeatMethods>;
}

/** Calls the seat of an agent with a fresh stub per attempt; throws what the last one threw. */
export const callSeat = <T>(
  env: SeatsEnv,
  agentKey: string,
  call: (seat: SeatMethods) => Promise<T>,
): Promise<T> => callObject(() => env.SEATS.getByName(agentKey), call);

/** Seats that are told or compared at one time. */
const SEATS_AT_ONCE = 16;

/** Does something for each of some seats, a few at a time; who throws stops no other. */
export async function eachSeat<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<number> {
  const waiting = [...items];
  let failed = 0;
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      try {
        await work(item);
      } catch (thrown) {
        failed += 1;
        log('warn', 'seat.unreachable', { message: messageOf(thrown) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(SEATS_AT_ONCE, waiting.length) }, worker));
  return failed;
}

/** Tells seats what became of their agents' tiers. Never throws. */
export async function tellSeats(
  env: SeatsEnv,
  changes: readonly SeatFacts[],
  now: number,
): Promise<void> {
  await eachSeat(changes, (facts) =>
    callSeat(env, facts.agentKey, (seat) => seat.tell(facts, now)),
  );
}

/** Has the seat of an agent who was erased forget everything; throws when it cannot. */
export const emptySeat = (env: SeatsEnv, agentKey: string, now: number): Promise<void> =>
  callSeat(env, agentKey, (seat) => seat.empty(now));
