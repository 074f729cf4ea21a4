/**
 * Whoever has no line of a paid period: no facts when it was calculated and not active, or entered
 * in the directory since. Decides what the period is worth to them now, by the rule of lines: to
 * who does not belong to the plan in it, or has no facts of it, nothing; and what keeps somebody from
 * being paid at all, of which whoever subscribes is told once. Leaves out who was erased. Refuses to
 * go on while the journal does not answer.
 */
import { readAgentIds, readAgentsAt } from '../../../../agents/store';
import type { DeliveryEnv } from '../../../../delivery/client';
import { noticeRow } from '../../../../delivery/notice';
import { keyedHash } from '../../../../kernel/hash';
import { tellOnce } from '../../../notices/client';
import { linesOf } from '../../calculate/client';
import type { Root } from '../../history/history';
import { type Line, lineId } from '../../lines/line';
import { placeOf, runObjectName } from '../../run';
import type { RunSetting } from '../../setting';

export interface Newcomer {
  /** Smallest part of `unit`. */
  readonly worth: bigint;
  readonly unit: string;
  readonly rate: string | null;
  readonly facts: string;
  /** What keeps it from being paid; null: nothing. */
  readonly unpaid: Unpaid | null;
}

export interface Unpaid {
  readonly obstacle: NonNullable<Line['blocked']> | 'CURRENCY_CHANGED';
  /** Names it within an agent and obstacle: told once for each. */
  readonly cause: string;
  readonly why: string;
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
  const nothing = { worth: 0n, unit: setting.plan.currency, rate: null, facts: '', unpaid: null };
  return new Map(
    rows.map(({ agentKey }): [string, Newcomer] => {
      const line = byKey.get(agentKey);
      return [agentKey, line === undefined ? nothing : newcomerOf(line)];
    }),
  );
}

function newcomerOf(line: Line): Newcomer {
  const { payAmount, payUnit: unit, rate, facts, blocked, amount, actuals, steps } = line;
  // Where time counts twice nobody knows the amount; nothing is nothing in every currency.
  const isUnpaid = blocked === 'OVERLAPPING_ACTUALS' || (blocked !== null && amount !== '0');
  const unpaid = !isUnpaid
    ? null
    : {
        obstacle: blocked,
        cause: blocked === 'OVERLAPPING_ACTUALS' ? actuals : unit,
        why: (steps.at(-1) ?? '').replace(/^8\. /, ''),
      };
  return { worth: BigInt(payAmount), unit, rate, facts, unpaid };
}

/** Why somebody is not paid what was found, against what was found for them before. */
export function unpaidOf({ worth, unit, unpaid }: Newcomer, root: Root | null): Unpaid | null {
  if (unpaid !== null || worth === 0n || root === null || unit === root.unit) return unpaid;
  const why = `not paid: ${root.unit} was found to be due for the period, and the agent is paid in ${unit} now`;
  return { obstacle: 'CURRENCY_CHANGED', cause: unit, why };
}

const UNPAID_NOTICE = 'pay.newcomer.unpaid';

/** `unpaid`: at most 500 agents. False when the journal must be asked again. */
export async function tellUnpaid(
  env: DeliveryEnv,
  { name, run }: RunSetting,
  unpaid: ReadonlyMap<string, Unpaid>,
  now: number,
): Promise<boolean> {
  if (unpaid.size === 0) return true;
  const names = await readAgentIds(env.DB, [...unpaid.keys()]);
  // Of the period, not of a version of it: each further one finds the same again.
  const period = runObjectName(run);
  const rows = [...unpaid].map(([agentKey, { obstacle, cause, why }]) =>
    noticeRow({
      kind: UNPAID_NOTICE,
      subject: `pay-line:${lineId(period, agentKey)}`,
      cause: `${obstacle} ${cause}`,
      at: now,
      content: {
        agentId: names.get(agentKey) ?? null,
        planId: run.planId,
        period: run.period,
        runId: name,
        obstacle,
        why,
      },
      salt: keyedHash(
        env.SECRETS_KEY,
        `pay-unpaid ${period}/${agentKey} ${obstacle} ${cause}`,
      ).slice(0, 32),
    }),
  );
  return tellOnce(env, UNPAID_NOTICE, rows, now);
}
