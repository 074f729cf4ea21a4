/**
 * What cron and `/health` ask of pulls: every source that pulls looks at what came lately, and at the
 * month that ended until it was once walked to its end. Asks what is not done, never what time it is; what waits is not doubled.
 */
import { readOrganisation } from '../../access/store';
import type { Person } from '../../agents/privacy/person';
import type { HealthCheck } from '../../http/health';
import { localDay } from '../../kernel/zone';
import { log, messageOf } from '../../runtime/log';
import type { Source } from '../sources/source';
import { readSources } from '../sources/store';
import { callPulls, type PullsEnv, requestPulls } from './client';
import { latelyOf, monthOf, type Wish } from './pull';
import { endedEarly } from './run';
import { readGap } from './store';

const PAGE = 100;
const MAX_SOURCES = 1000;
const HOUR_MS = 3_600_000;
/** What is under way longer than this is late. */
const LATE_AFTER_MS = 6 * HOUR_MS;

interface Pulling {
  readonly id: string;
  readonly kinds: NonNullable<Source['pull']>['kinds'];
}

async function pullingSources(db: D1Database, most: number): Promise<Pulling[]> {
  const found: Pulling[] = [];
  let after: string | null = null;
  for (let read = PAGE; read === PAGE && found.length < most; ) {
    const page = await readSources(db, after, PAGE);
    for (const { name, content } of page) {
      const kinds = content.enabled ? (content.pull?.kinds ?? []) : [];
      if (kinds.length > 0) found.push({ id: name, kinds });
    }
    after = page.at(-1)?.name ?? null;
    read = page.length;
  }
  return found;
}

/** Hourly. Pulls are named by the hour, so firing twice asks for the same. I7, P1. */
export async function pullSources(env: PullsEnv, now: number): Promise<void> {
  const { timeZone } = await readOrganisation(env.DB);
  const today = localDay(now, timeZone);
  const asOf = now - (now % HOUR_MS);
  for (const { id, kinds } of await pullingSources(env.DB, MAX_SOURCES)) {
    try {
      const wishes: Wish[] = kinds.map((kind) => latelyOf(kind, today));
      for (const month of kinds.map((kind) => monthOf(kind, today))) {
        const gap = await readGap(env.DB, id, month);
        if (gap === null || endedEarly(gap)) wishes.push(month);
      }
      await requestPulls(env, id, wishes, { asOf, now });
    } catch (thrown) {
      log('warn', 'pulls.not-requested', { source: id, message: messageOf(thrown) });
    }
  }
}

/** Every five minutes: pulls whose alarm was lost go on. */
export async function sweepPulls(env: PullsEnv, now: number): Promise<void> {
  for (const { id } of await pullingSources(env.DB, MAX_SOURCES)) {
    try {
      const runs = await callPulls(env, id, (pulls) => pulls.status());
      if (runs.length > 0) await callPulls(env, id, (pulls) => pulls.poke(now));
    } catch (thrown) {
      log('warn', 'pulls.sweep-failed', { source: id, message: messageOf(thrown) });
    }
  }
}

/** Pulls that name a person who was erased begin anew, without them. */
export async function dropPulled(env: PullsEnv, person: Person, now: number): Promise<void> {
  for (const { id } of await pullingSources(env.DB, MAX_SOURCES)) {
    await callPulls(env, id, (pulls) => pulls.dropNamed(person, now));
  }
}

const MAX_ASKED = 20;

/** `late`: a pull is under way for more than six hours. Asks the first twenty sources that pull. */
export const pullsHealth: HealthCheck<PullsEnv> = {
  name: 'pulls',
  async check(env, now) {
    const sources = (await pullingSources(env.DB, MAX_ASKED)).slice(0, MAX_ASKED);
    const asked = sources.map(({ id }) => callPulls(env, id, (pulls) => pulls.status()));
    const runs = (await Promise.all(asked)).flat();
    const oldest = Math.min(now, ...runs.map(({ asOf }) => asOf));
    return {
      status: now - oldest > LATE_AFTER_MS ? 'late' : 'ok',
      detail: {
        sources: sources.length,
        waiting: runs.length,
        oldestSeconds: Math.floor((now - oldest) / 1000),
      },
    };
  },
};
