/**
 * Whoever has no line of a paid period: no facts when it was calculated and not active, or entered
 * in the directory since. Decides what the period is worth to them now, by the rule of lines: to
 * who does not belong to the plan in it nothing. Leaves out who was erased, and whom the run has no
 * rate for: a further version pins the rates of its own time. Reads only.
 */
import { readAgentsAt, readDirectoryPage } from '../../../../agents/store';
import { linesOf } from '../../calculate/client';
import { isMember } from '../../members';
import { placeOf, spanOf } from '../../run';
import type { RunSetting } from '../../setting';
import { readLines } from '../../store';
import { readChangedAgents } from '../store';

export interface Newcomer {
  /** Smallest part of `unit`. */
  readonly worth: bigint;
  readonly unit: string;
  readonly rate: string | null;
  readonly facts: string;
}

/** What the period of a run is worth to some agents as of a seal; at most 500 agents a call. */
export async function readNewcomers(
  db: D1Database,
  setting: RunSetting,
  agentKeys: readonly string[],
  seal: number,
): Promise<Map<string, Newcomer>> {
  if (agentKeys.length === 0) return new Map();
  const { instant } = placeOf(setting.run);
  const rows = (await readAgentsAt(db, agentKeys, { instant, seal })).filter(
    ({ agent }) => agent !== null,
  );
  const lines = await linesOf(db, setting, rows, seal);
  const byKey = new Map(lines.map((line) => [line.agentKey, line]));
  return new Map(
    rows.flatMap(({ agentKey }): [string, Newcomer][] => {
      const line = byKey.get(agentKey);
      if (line === undefined) {
        return [[agentKey, { worth: 0n, unit: setting.plan.currency, rate: null, facts: '' }]];
      }
      const { payAmount, payUnit: unit, rate, facts, blocked } = line;
      return blocked === null ? [[agentKey, { worth: BigInt(payAmount), unit, rate, facts }]] : [];
    }),
  );
}

const AGENTS_A_PAGE = 500;

/**
 * Members without a line in a run of whom facts were sealed after its calculation, page by page:
 * nobody looks at them before it is sent out, and the walk has passed their facts by then.
 */
export async function* changedSince(
  db: D1Database,
  setting: RunSetting,
  seal: number,
): AsyncGenerator<string[]> {
  const { run, plan, name } = setting;
  const { instant } = placeOf(run);
  for (let after = ''; ; ) {
    const page = await readDirectoryPage(db, after, { instant, seal }, AGENTS_A_PAGE);
    const members = page.flatMap(({ agentKey, agent }) =>
      agent !== null && isMember(plan, agent) ? [agentKey] : [],
    );
    const lines = await readLines(db, name, members);
    const without = members.filter((agentKey) => !lines.has(agentKey));
    const changed =
      without.length === 0 ? [] : await readChangedAgents(db, without, spanOf(run), setting.seal);
    if (changed.length > 0) yield changed;
    after = page.at(-1)?.agentKey ?? after;
    if (page.length < AGENTS_A_PAGE) return;
  }
}
