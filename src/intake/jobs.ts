/**
 * What cron and `/health` ask of intake: every source object sends what it holds, and says how much
 * waits and what the journal refused. Asks what is due, never what time it is.
 */
import type { Person } from '../agents/privacy/person';
import type { HealthCheck } from '../http/health';
import { log, messageOf } from '../runtime/log';
import { callSource, type IntakeEnv } from './client';
import type { SourceHealth } from './holding';
import { readOpenItems } from './quarantine/store';
import { countForeign } from './sources/client';
import { readSources } from './sources/store';

const PAGE = 100;
const MAX_SOURCES = 1000;
/** Sources that health asks: who looks at it needs no key. */
const MAX_ASKED = 50;
/** What waits longer than this is late: the hand-off and several alarms have passed. */
const LATE_AFTER_MS = 600_000;

async function sourceIds(env: IntakeEnv): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ids.length < MAX_SOURCES; ) {
    const page = await readSources(env.DB, after, PAGE);
    ids.push(...page.map(({ name }) => name));
    after = page.at(-1)?.name ?? null;
    if (page.length < PAGE) break;
  }
  return ids;
}

/** Makes every source object send what it holds: the net below its alarm. Safe at any time. */
export async function sweepSources(env: IntakeEnv, now: number): Promise<void> {
  for (const id of await sourceIds(env)) {
    try {
      const { pending } = await callSource(env, id, (source) => source.health());
      if (pending > 0) await callSource(env, id, (source) => source.due(now));
    } catch (thrown) {
      log('warn', 'intake.sweep-failed', { source: id, message: messageOf(thrown) });
    }
  }
}

/** Every source object sends what it holds and drops what names a person who was erased. */
export async function dropNamed(env: IntakeEnv, person: Person, now: number): Promise<void> {
  for (const id of await sourceIds(env)) {
    await callSource(env, id, (source) => source.dropNamed(person, now));
  }
}

/**
 * `stuck`: sources sealed under another SECRETS_KEY, so that nobody can be heard or found.
 * `parked`: rows the journal refused for good. `late`: something waits longer than ten minutes. Asks
 * the first fifty sources and says when there are more; cron comes by all of them.
 */
const sourcesHealth: HealthCheck<IntakeEnv> = {
  name: 'intake',
  async check(env, now) {
    const sources = await readSources(env.DB, null, MAX_ASKED + 1);
    const asked = sources.slice(0, MAX_ASKED);
    const foreign = await countForeign(env, asked);
    const ids = asked.map(({ name }) => name);
    const found = await Promise.all(ids.map((id) => callSource(env, id, (one) => one.health())));
    const sum = (of: (one: SourceHealth) => number): number =>
      found.reduce((all, one) => all + of(one), 0);
    const oldest = Math.min(...found.map(({ oldestHeldAt }) => oldestHeldAt ?? now), now);
    const parked = sum((one) => one.parked);
    const late = now - oldest > LATE_AFTER_MS;
    return {
      status: foreign > 0 ? 'stuck' : parked > 0 ? 'parked' : late ? 'late' : 'ok',
      detail: {
        sources: ids.length,
        moreSources: sources.length > ids.length,
        pending: sum((one) => one.pending),
        parked,
        sealedUnderAnotherKey: foreign,
        oldestPendingSeconds: Math.floor((now - oldest) / 1000),
      },
    };
  },
};

/** Quarantined items that one look goes through. */
const MOST_ITEMS = 2000;

/** Late while an item is open: it is kept, and somebody should look at it. */
export const quarantineHealth: HealthCheck<IntakeEnv> = {
  name: 'quarantine',
  async check({ DB }, now) {
    const { open, oldestAt, more } = await readOpenItems(DB, MOST_ITEMS);
    const oldestSeconds = Math.max(0, Math.floor((now - (oldestAt ?? now)) / 1000));
    return { status: open > 0 ? 'late' : 'ok', detail: { open, oldestSeconds, moreItems: more } };
  },
};

export const intakeHealth: readonly HealthCheck<IntakeEnv>[] = [sourcesHealth, quarantineHealth];
