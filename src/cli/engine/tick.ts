/**
 * Fires the cron triggers of a Worker that nobody else fires: each minute those whose time has
 * come since the last look, once each, however long the machine slept. Fires nothing while the
 * sandbox's clock is set, for then moving the clock fires them.
 */
import { dateOf, systemNow } from '../../runtime/clock.ts';
import { lastFiring } from '../../sandbox/clock/schedule.ts';
import { type Engine, WORKER } from './engine.ts';

const MINUTE_MS = 60_000;

interface SandboxBindings {
  readonly SANDBOX_OBJECT?: { getByName(name: string): { now(): Promise<number | null> } };
}

/** Looks once a minute until the returned function is called. */
export function startTicking(engine: Engine): () => void {
  let looked = systemNow();
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const now = systemNow();
    const firings = engine.crons
      .map((cron) => ({ cron, at: lastFiring(cron, looked, now) }))
      .filter((firing): firing is { cron: string; at: number } => firing.at !== null);
    looked = now;
    try {
      if (firings.length > 0 && !(await isClockSet(engine))) await fire(engine, firings);
    } catch (thrown) {
      console.error(`a cron trigger could not be fired: ${String(thrown)}`);
    }
    timer = setTimeout(look, MINUTE_MS - (systemNow() % MINUTE_MS));
  };
  timer = setTimeout(look, MINUTE_MS - (looked % MINUTE_MS));
  return () => clearTimeout(timer);
}

async function fire(
  engine: Engine,
  firings: readonly { readonly cron: string; readonly at: number }[],
): Promise<void> {
  const worker = await engine.miniflare.getWorker(WORKER);
  for (const { cron, at } of firings) {
    await worker.scheduled({ cron, scheduledTime: dateOf(at) });
  }
}

async function isClockSet(engine: Engine): Promise<boolean> {
  const { SANDBOX_OBJECT: clock } = await engine.miniflare.getBindings<SandboxBindings>(WORKER);
  return clock !== undefined && (await clock.getByName('sandbox').now()) !== null;
}
