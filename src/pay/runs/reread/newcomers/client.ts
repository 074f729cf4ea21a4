/**
 * Whoever has no line of a paid period: no facts when it was calculated and not active, or entered
 * in the directory since. Decides what the period is worth to them now, by the rule of lines: to
 * who does not belong to the plan in it, or has no facts of it, nothing. Leaves out who was erased,
 * and whose line would be blocked: a further version lists them, and pins the rates of its own time.
 * Reads only.
 */
import { readAgentsAt } from '../../../../agents/store';
import { linesOf } from '../../calculate/client';
import { placeOf } from '../../run';
import type { RunSetting } from '../../setting';

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
  // What a plan pays for no facts at all it owes for no month before somebody came.
  const lines = await linesOf(db, setting, rows, seal, (_, hasFacts) => hasFacts);
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
