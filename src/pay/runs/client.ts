/**
 * How others reach the runs of a plan and period. A call that is lost is no loss: cron finds every
 * run that is not where its last row says it should be, and calls again.
 */
import type { DeliveryEnv } from '../../delivery/client';
import { callObject, type Objects } from '../../durable/client';
import { log, messageOf } from '../../runtime/log';
import type { PayRunObject } from './object';
import { parseRunName, runObjectName } from './run';

export interface PayEnv extends DeliveryEnv {
  readonly PAY_RUNS: Objects<Pick<PayRunObject, 'calculate' | 'dispatch' | 'poke' | 'progress'>>;
}

const objectOf = (env: PayEnv, name: string) =>
  env.PAY_RUNS.getByName(runObjectName(parseRunName(name) ?? { planId: name, period: '' }));

/** Has a run calculated, or going on with it; never throws. */
export const calculateRun = (env: PayEnv, name: string, now: number): Promise<void> =>
  quietly(name, () =>
    callObject(
      () => objectOf(env, name),
      (object) => object.calculate(name, now),
    ),
  );

/** Has a run sent out, or what is left of it looked at; never throws. */
export const dispatchRun = (env: PayEnv, name: string, now: number): Promise<void> =>
  quietly(name, () =>
    callObject(
      () => objectOf(env, name),
      (object) => object.dispatch(name, now),
    ),
  );

/** Has a run's object do what is due; never throws. */
export const pokeRun = (env: PayEnv, name: string, now: number): Promise<void> =>
  quietly(name, () =>
    callObject(
      () => objectOf(env, name),
      (object) => object.poke(now),
    ),
  );

/** How far a run has come; null where nothing is to be done for it or nobody can be asked. */
export async function progressOf(
  env: PayEnv,
  name: string,
): Promise<Awaited<ReturnType<PayRunObject['progress']>>> {
  try {
    return await objectOf(env, name).progress(name);
  } catch (thrown) {
    log('warn', 'pay.run-silent', { run: name, message: messageOf(thrown) });
    return null;
  }
}

async function quietly(name: string, call: () => Promise<void>): Promise<void> {
  try {
    await call();
  } catch (thrown) {
    log('warn', 'pay.run-not-reached', { run: name, message: messageOf(thrown) });
  }
}
