/**
 * Which metrics are kept as measures: the usual ones, and those that configuration names. Asked of
 * D1 at most every half minute per isolate; while it cannot be read, what was known goes on. A sandbox remembers
 * nothing: its clock may be set.
 */
import type { DirectoryEnv } from '../../agents/store';
import { StaleCache } from '../../durable/cache';
import { type SandboxEnv, sandboxOf } from '../../durable/sandbox';
import type { KeptEvent } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { systemNow } from '../../runtime/clock';
import { USUAL_METRICS } from './measure';
import { measureFacts } from './store';

/** Names metrics that a room wants, e.g. the interaction metrics of plans. */
export type MetricNames = (db: D1Database) => Promise<readonly string[]>;

/** The rows of recorded metrics among the usual ones and those that these name. */
export function measuresOf(
  names: readonly MetricNames[],
): (env: DirectoryEnv & SandboxEnv, kept: readonly KeptEvent[]) => Promise<Row[]> {
  const wanted = new StaleCache<'all', ReadonlySet<string>>();
  return async (env, kept) => {
    const load = async (): Promise<ReadonlySet<string>> => {
      const named = await Promise.all(names.map((read) => read(env.DB)));
      return new Set([...USUAL_METRICS, ...named.flat()]);
    };
    const isSandbox = sandboxOf(env) !== null;
    const metrics = isSandbox ? await load() : await wanted.get('all', systemNow(), load);
    return measureFacts(env, kept, metrics);
  };
}
