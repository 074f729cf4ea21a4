/**
 * Reconciles a run: reads what the HRIS holds of the period, page by page, and walks our lines page
 * by page against it. Reads only. A list of the other side that is longer than its bound is said to
 * be incomplete, and nothing is called missing then.
 */
import { readAgentIds } from '../../../agents/store';
import { askDestination } from '../../../delivery/ask/client';
import type { Failure } from '../../../kernel/failure';
import { ok, type Result } from '../../../kernel/result';
import { printAmount } from '../../../kernel/units';
import type { PayEnv } from '../client';
import { look, readOutlet } from '../dispatch/client';
import { payKey, type Sums } from '../dispatch/payload';
import type { LineState } from '../run';
import type { RunSetting } from '../setting';
import { readLinePage } from '../store';
import {
  compareLine,
  type Difference,
  type Held,
  heldLines,
  missingThere,
  pagesOf,
  unknownHere,
  unmatched,
} from './reconciliation';

const MOST_PAGES = 400;
const MOST_HELD = 200_000;
/** Differences that are listed; all are counted. */
const MOST_LISTED = 500;
const LINES_A_PAGE = 500;

export interface Reconciliation {
  readonly counts: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
  /** False where the other side's list was too long to be read whole. */
  readonly complete: boolean;
}

export async function reconcile(
  env: PayEnv,
  setting: RunSetting,
  now: number,
): Promise<Result<Reconciliation, Failure>> {
  const theirs = await readTheirs(env, setting, now);
  if (!theirs.ok) return theirs;
  const { held, complete } = theirs.value;
  const counts: Record<string, number> = {};
  const differences: Difference[] = [];
  const add = (difference: Difference): void => {
    counts[difference.kind] = (counts[difference.kind] ?? 0) + 1;
    if (differences.length < MOST_LISTED) differences.push(difference);
  };
  const print = (currency: string) => (amount: bigint) => printAmount(amount, currency);
  const forgotten: Ours[] = [];
  let cursor = '';
  for (;;) {
    const lines = await readLinePage(env.DB, setting.name, cursor, LINES_A_PAGE);
    const last = lines.at(-1);
    if (last === undefined) break;
    cursor = last.agentKey;
    for (const line of await oursOf(env, setting, lines, now)) {
      counts[line.state] = (counts[line.state] ?? 0) + 1;
      if (!line.sent) continue;
      if (line.agentId === null) {
        forgotten.push(line);
        continue;
      }
      const difference = compareLine(line, held, print(line.currency));
      const isGuess = difference?.kind === 'MISSING_THERE' && !complete;
      if (difference !== null && !isGuess) add(difference);
    }
  }
  for (const line of unmatched(forgotten, held)) {
    if (complete) add(missingThere(line, print(line.currency)));
  }
  for (const line of held.values()) add(unknownHere(line));
  return ok({ counts, differences, complete });
}

async function readTheirs(
  env: PayEnv,
  { run, plan }: RunSetting,
  now: number,
): Promise<Result<{ readonly held: Map<string, Held>; readonly complete: boolean }, Failure>> {
  const held = new Map<string, Held>();
  const named = { prefix: plan.keyPrefix, period: run.period, number: run.number };
  let pages = 1;
  for (let page = 1; page <= pages; page += 1) {
    if (page > MOST_PAGES || held.size > MOST_HELD) return ok({ held, complete: false });
    const fields = {
      pay_period_start: run.firstDay,
      pay_period_end: run.lastDay,
      ...(page > 1 && { page }),
    };
    const answer = await askDestination(env, run.destination, 'payroll-lines', fields, now);
    if (!answer.ok) return answer;
    for (const line of heldLines(answer.value, named)) held.set(line.key, line);
    pages = Math.max(pages, pagesOf(answer.value));
  }
  return ok({ held, complete: true });
}

interface Ours {
  readonly key: string;
  readonly agentId: string | null;
  readonly state: LineState;
  readonly currency: string;
  readonly amount: bigint;
  readonly sent: boolean;
}

const netOf = (sums: Sums | null): bigint =>
  sums === null ? 0n : sums.pay + sums.adjustment - sums.clawback;

async function oursOf(
  env: PayEnv,
  setting: RunSetting,
  lines: Awaited<ReturnType<typeof readLinePage>>,
  now: number,
): Promise<Ours[]> {
  const outlet = await readOutlet(env, setting, now);
  if (outlet === null) return [];
  const [sendings, names] = await Promise.all([
    look(env, setting, outlet, lines),
    readAgentIds(
      env.DB,
      lines.map(({ agentKey }) => agentKey),
    ),
  ]);
  const { plan, run } = setting;
  return lines.flatMap(({ agentKey, payUnit }): Ours[] => {
    const sending = sendings.get(agentKey);
    if (sending === undefined) return [];
    const agentId = names.get(agentKey) ?? null;
    const wasSent = sending.rows.length === 0 && sending.delivery !== null;
    // Sent and without an answer: nobody knows yet what the other side made of it.
    const state = wasSent && sending.state === 'SENT' ? 'UNCERTAIN' : sending.state;
    return [
      {
        key: payKey(plan.keyPrefix, run, agentId ?? ''),
        agentId,
        state: !wasSent && sending.rows.length > 0 ? 'HELD' : state,
        currency: payUnit,
        // What was refused or given up comes to nothing, whatever it said.
        amount: state === 'REJECTED' ? 0n : netOf(sending.sums),
        sent: wasSent,
      },
    ];
  });
}
