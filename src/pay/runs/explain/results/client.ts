/**
 * The results of a line's period as explain names them: those that it counted, and those that are
 * there as of the run's seal and did not count, each with the reason. Reads only; what was erased is
 * null.
 */
import { readResultItems, readResultsOfPeriod } from '../../../../quality/store';
import { minimumsOf } from '../../../calculation/steps';
import type { Line } from '../../lines/line';
import { spanOf } from '../../run';
import type { RunSetting } from '../../setting';

type Shown = Readonly<Record<string, unknown>>;

export async function explainResults(
  db: D1Database,
  setting: RunSetting,
  agentKey: string,
  line: Line,
): Promise<{ readonly results: readonly Shown[]; readonly resultsNotCounted: readonly Shown[] }> {
  const ids = line.results.map((id) => `${agentKey}.${id}`);
  const all = await readResultsOfPeriod(db, [agentKey], spanOf(setting.run), setting.seal);
  const others = (all.get(agentKey) ?? []).filter(({ rowId }) => !ids.includes(rowId));
  const items = await readResultItems(db, [...ids, ...others.map(({ rowId }) => rowId)]);
  const shown = (rowId: string) => ({ rowId, result: items.get(rowId) ?? null });
  return {
    results: ids.map(shown),
    resultsNotCounted: others.map(({ rowId, scorecardVersion }) => ({
      ...shown(rowId),
      why: whyNot(setting, line, scorecardVersion),
    })),
  };
}

/** Why a result of a scorecard version did not count for a line. */
function whyNot({ plan, pinned }: RunSetting, line: Line, version: string | null): string {
  if (line.reason === 'NOT_A_MEMBER') return 'the agent was not of the plan';
  if (version === null) return 'it names no scorecard version';
  if (!pinned.has(version)) return `the run did not pin ${version}`;
  const group = plan.scorecards.find(({ version_ids }) => version_ids.includes(version));
  const type = line.types.find((one) => one.type === group?.type);
  if (type === undefined) return `the plan does not list ${version}`;
  const has = `${type.evaluations} ${type.evaluations === 1 ? 'evaluation' : 'evaluations'}`;
  const instead = type.state === 'NEUTRAL' ? 'a neutral score counts' : 'the type is left out';
  return `${type.type} has ${has} and needs ${minimumsOf(plan, type)}: ${instead}`;
}
