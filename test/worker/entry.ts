/**
 * The Worker under test: the deployed one with every I/O wrapped, so that a history can make it
 * fail anywhere. Without a board installed (`io.ts`) it behaves as deployed. Each object also gets
 * its storage counted, because rows written are the bill.
 */
import worker, * as deployed from '../../src/index';
import { currentBoard, objectsMade, type Place } from './io';
import { type Caller, countStorage, goOutside, wrapEnv } from './wrap';

export * from '../../src/index';

/** The header by which a test names a request; faults are drawn by that name. */
const ACTOR_HEADER = 'x-simulated-actor';

const nameOf = (state: DurableObjectState): string => state.id.name ?? state.id.toString();

const callerOf = (place: Place, state: DurableObjectState): Caller => ({
  place,
  actor: () => nameOf(state),
  state,
});

/** The class hands `this.ctx` to all of its code, so replacing that one property is enough. */
const counted = (object: object, state: DurableObjectState, place: Place): void => {
  Object.defineProperty(object, 'ctx', { value: countStorage(state, place) });
  objectsMade().set(state.id.toString(), place);
  currentBoard()?.objects.add(`${place} ${nameOf(state)}`);
  currentBoard()?.states.set(`${place} ${nameOf(state)}`, state);
};

type Constructed = new (state: DurableObjectState, env: never) => object;

/** A class of objects whose I/O asks the board. One line for each, below. */
function simulated<C extends Constructed>(place: Place, own: C): C {
  return new Proxy(own, {
    construct(whole, [state, env]: [DurableObjectState, object], target) {
      const wrapped = [state, wrapEnv(env, callerOf(place, state))];
      const made = Reflect.construct(whole, wrapped, target) as object;
      counted(made, state, place);
      return made;
    },
  });
}

export const CoachingSessionObject = simulated('session', deployed.CoachingSessionObject);
export const SourceObject = simulated('source', deployed.SourceObject);
export const JournalObject = simulated('journal', deployed.JournalObject);
export const BoardObject = simulated('board', deployed.BoardObject);
export const DestinationObject = simulated('destination', deployed.DestinationObject);
export const SubscriptionObject = simulated('subscription', deployed.SubscriptionObject);
export const SeatObject = simulated('seat', deployed.SeatObject);
export const RoutingQueueObject = simulated('queue', deployed.RoutingQueueObject);
export const PayRunObject = simulated('pay-run', deployed.PayRunObject);
export const PullObject = simulated('pull', deployed.PullObject);
export const SeasonObject = simulated('season', deployed.SeasonObject);
export const GoalObject = simulated('goal', deployed.GoalObject);
export const PlatformGoalObject = simulated('platform-goal', deployed.PlatformGoalObject);

goOutside();

type WorkerEnv = Parameters<typeof worker.fetch>[1];

const workerCaller = (name: string): Caller => ({
  place: 'worker',
  actor: () => name,
  state: null,
});

/** Counts the work that goes on after the answer, so that a test can wait for it. */
function watched(ctx: ExecutionContext): ExecutionContext {
  const board = currentBoard();
  if (board === undefined) return ctx;
  return new Proxy(ctx, {
    get(whole, key) {
      const value = Reflect.get(whole, key) as unknown;
      if (key !== 'waitUntil') return typeof value === 'function' ? value.bind(whole) : value;
      return (work: Promise<unknown>) => {
        board.background += 1;
        whole.waitUntil(
          work.finally(() => {
            board.background -= 1;
          }),
        );
      };
    },
  });
}

export default {
  fetch(request: Request, env: WorkerEnv, ctx: ExecutionContext) {
    const name = request.headers.get(ACTOR_HEADER) ?? 'request';
    return worker.fetch(request, wrapEnv(env, workerCaller(name)), watched(ctx));
  },
  scheduled(controller: ScheduledController, env: WorkerEnv) {
    const caller = workerCaller(`cron ${controller.cron}`);
    return worker.scheduled(controller, wrapEnv(env, caller));
  },
};
