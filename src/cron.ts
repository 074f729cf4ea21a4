/**
 * What the three triggers of `wrangler.toml` run. Each job asks what is due and not done, never
 * what time it is, so firing twice or missing a firing changes nothing in the end; each stands
 * alone, so one that fails stops no other. Refuses triggers it does not know, with a log line.
 */
import { moment, type SandboxEnv } from './durable/sandbox';
import { log, messageOf } from './runtime/log';

/** Sweeps and pokes; what is due in any time zone; retention and anchors. */
export const CRONS = ['*/5 * * * *', '7 * * * *', '23 2 * * *'] as const;

export type Cron = (typeof CRONS)[number];

/** One piece of work of one feature. `now` is UTC milliseconds. */
export interface Job<E> {
  readonly name: string;
  run(env: E, now: number): Promise<unknown>;
}

/** The jobs of each trigger in the order in which they run. */
export type Jobs<E> = Readonly<Record<Cron, readonly Job<E>[]>>;

export interface CronReport {
  /** Jobs that ended well. */
  readonly done: number;
  /** Names of those that threw; they come again with the next firing. */
  readonly failed: readonly string[];
}

const isCron = (text: string): text is Cron => (CRONS as readonly string[]).includes(text);

/** Runs every job of a trigger, one after the other; never throws. */
export async function runCron<E>(
  cron: string,
  env: E,
  now: number,
  jobs: Jobs<E>,
): Promise<CronReport> {
  if (!isCron(cron)) {
    log('error', 'cron.unknown', { cron });
    return { done: 0, failed: [] };
  }
  const failed: string[] = [];
  for (const job of jobs[cron]) {
    try {
      await job.run(env, now);
    } catch (thrown) {
      failed.push(job.name);
      log('error', 'cron.job.failed', { cron, job: job.name, message: messageOf(thrown) });
    }
  }
  const done = jobs[cron].length - failed.length;
  log('info', 'cron.done', { cron, done, failed: failed.length });
  return { done, failed };
}

/** The Worker's `scheduled` handler: the trigger's own time, or the sandbox's where one is set. */
export const scheduledBy =
  <E extends SandboxEnv>(jobs: Jobs<E>) =>
  async (
    controller: Pick<ScheduledController, 'cron' | 'scheduledTime'>,
    env: E,
  ): Promise<void> => {
    const { now, set } = await moment(env);
    await runCron(controller.cron, env, set ? now : controller.scheduledTime, jobs);
  };
