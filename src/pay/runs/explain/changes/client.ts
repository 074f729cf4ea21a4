/**
 * Which facts changed between what was paid and a correction: both read again, each as of its own
 * seal. Reads only; of a person who was erased no evaluation has a name.
 */
import { readResultItems } from '../../../../quality/store';
import { actualsName, readFacts } from '../../../calculation/store';
import type { KnownDelta } from '../../../deltas/delta';
import { loadRun } from '../../calculate/client';
import { spanOf } from '../../run';
import { changesBetween } from '../words';

/** The changes behind a correction, in some words each; none where facts are not why it was found. */
export async function readChanges(
  db: D1Database,
  delta: KnownDelta,
  /** All corrections of the agent and plan, by id. */
  known: readonly KnownDelta[],
): Promise<string[]> {
  if (delta.kind !== 'FACTS') return [];
  const setting = await loadRun(db, delta.run);
  if (setting === null) return [];
  const { run, plan, pinned } = setting;
  const { agentKey, factsSeal } = delta;
  const earlier = known.findLast(
    ({ id, period, kind }) => period === delta.period && kind !== 'DISPUTE' && id < delta.id,
  );
  const read = async (seal: number) => {
    const facts = await readFacts(db, {
      agentKeys: [agentKey],
      period: run,
      span: spanOf(run),
      metric: plan.interaction_metric ?? null,
      seal,
    });
    const {
      results = [],
      interactions = null,
      actuals = actualsName([]),
    } = facts.get(agentKey) ?? {};
    return {
      results: results.filter(({ version }) => version !== null && pinned.has(version)),
      interactions,
      actuals,
    };
  };
  const [before, after] = await Promise.all([
    read(earlier?.factsSeal ?? setting.seal),
    read(factsSeal),
  ]);
  const now = new Set(after.results.map(({ id }) => id));
  const same = new Set(before.results.map(({ id }) => id).filter((id) => now.has(id)));
  const rows = [...before.results, ...after.results].filter(({ id }) => !same.has(id));
  const items = await readResultItems(
    db,
    rows.map(({ id }) => `${agentKey}.${id}`),
  );
  const named = (facts: typeof before) => ({
    ...facts,
    results: facts.results
      .filter(({ id }) => !same.has(id))
      .map(({ id, score }) => {
        const said = items.get(`${agentKey}.${id}`)?.id;
        return { id: said === undefined ? null : String(said), score };
      }),
  });
  return changesBetween(named(before), named(after));
}
