/**
 * Reconciles a run: reads what the HRIS holds of the period, page by page, and walks our lines page
 * by page against it. Reads only. A list of the other side that is longer than its bound is said to
 * be incomplete, and nothing is called missing then. Refuses a run of more lines than one invocation
 * may ask D1 for.
 */
import { askDestination } from '../../../delivery/ask/client';
import type { Failure } from '../../../kernel/failure';
import { fail, ok, type Result } from '../../../kernel/result';
import type { PayEnv } from '../client';
import { lookAt } from '../dispatch/client';
import { payKey, type Sums } from '../dispatch/payload';
import {
  type Ahead,
  beginWalk,
  LINES_READ,
  MOST_QUERIES,
  readPages,
  type Walk,
} from '../lines/client';
import type { Line } from '../lines/line';
import type { RunSetting } from '../setting';
import { type Held, hasForm, heldLines, isOfPeriodAndCode, pagesOf } from './held';
import {
  compareForgotten,
  compareLine,
  type Difference,
  type HeldByKey,
  type OurLine,
  unknownHere,
} from './reconciliation';
import { readOtherForms, readSentEmployees } from './store';

/** How much of the other side's list is read, and how often D1 is asked for ours. */
export interface Bounds {
  readonly pages: number;
  readonly lines: number;
  readonly queries: number;
}
const MOST: Bounds = { pages: 400, lines: 200_000, queries: MOST_QUERIES };
/** The numbers in HR that 500 lines were sent with are one query more. */
const ASKED_FURTHER = 1;
/** Differences that are listed; all are counted. */
const MOST_LISTED = 500;

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
  bounds = MOST,
): Promise<Result<Reconciliation, Failure>> {
  const theirs = await readTheirs(env, setting, now, bounds);
  if (!theirs.ok) return theirs;
  const { held, others, complete } = theirs.value;
  const counts: Record<string, number> = {};
  const differences: Difference[] = [];
  const add = (found: readonly Difference[]): void => {
    // Of a list that was not read to its end nobody knows what is missing in it.
    for (const one of found.filter(({ kind }) => complete || kind !== 'MISSING_THERE')) {
      counts[one.kind] = (counts[one.kind] ?? 0) + 1;
      if (differences.length < MOST_LISTED) differences.push(one);
    }
  };
  const forgotten: Ours[] = [];
  const walk = await beginWalk(env, setting, now, ASKED_FURTHER);
  let left = bounds.queries - walk.asked;
  for (let position: string | null = ''; position !== null; left -= walk.askedByRead) {
    if (left < walk.askedByRead) return tooMany(bounds.queries, walk);
    const { pages, next } = await readPages(env.DB, setting.name, position);
    position = next;
    for (const lines of pages) {
      for (const line of await oursOf(env, setting, lines, walk)) {
        counts[line.state] = (counts[line.state] ?? 0) + 1;
        if (!line.sent) continue;
        if (line.agentId === null) forgotten.push(line);
        else add(compareLine(line, held));
      }
    }
  }
  add(compareForgotten(forgotten, held));
  add([...held.values()].flat().map(unknownHere));
  add((await strangersOf(env, setting, others)).map(unknownHere));
  return ok({ counts, differences, complete });
}

function tooMany(queries: number, { asked, askedByRead }: Walk): Result<never, Failure> {
  const lines = Math.floor((queries - asked) / askedByRead) * LINES_READ;
  const detail =
    `one request reconciles at most ${lines} lines of this run; compare its lines, page by page ` +
    'from /lines, with the list of the HRIS by their keys';
  return fail({ kind: 'conflict', detail });
}

interface Theirs {
  /** Those whose keys have the form of this run. */
  readonly held: HeldByKey;
  /** The others of its period and pay code. */
  readonly others: readonly Held[];
  readonly complete: boolean;
}

async function readTheirs(
  env: PayEnv,
  { run, plan }: RunSetting,
  now: number,
  bounds: Bounds,
): Promise<Result<Theirs, Failure>> {
  const held = new Map<string, Held[]>();
  const others: Held[] = [];
  const form = { prefix: plan.keyPrefix, period: run.period, number: run.number };
  const { firstDay, lastDay } = run;
  const paid = { firstDay, lastDay, earningCode: plan.earning_code ?? null };
  let pages = 1;
  let lines = 0;
  for (let page = 1; page <= pages; page += 1) {
    if (page > bounds.pages || lines > bounds.lines) {
      return ok({ held, others, complete: false });
    }
    const fields = {
      pay_period_start: firstDay,
      pay_period_end: lastDay,
      ...(page > 1 && { page }),
    };
    const answer = await askDestination(env, run.destination, 'payroll-lines', fields, now);
    if (!answer.ok) return answer;
    const found = heldLines(answer.value);
    lines += found.length;
    for (const line of found) {
      const { key } = line;
      if (key !== null && hasForm(key, form)) {
        const same = held.get(key) ?? [];
        same.push(line);
        held.set(key, same);
      } else if (isOfPeriodAndCode(line, paid)) {
        others.push(line);
      }
    }
    pages = Math.max(pages, pagesOf(answer.value));
  }
  return ok({ held, others, complete: true });
}

/** Lines without a key, and those of which no run that was sent out has the form. */
async function strangersOf(
  env: PayEnv,
  { run }: RunSetting,
  others: readonly Held[],
): Promise<Held[]> {
  if (others.length === 0) return [];
  const forms = await readOtherForms(env.DB, run);
  return others.filter(({ key }) => key === null || !forms.some((form) => hasForm(key, form)));
}

interface Ours extends OurLine {
  readonly sent: boolean;
}

const netOf = (sums: Sums | null): bigint =>
  sums === null ? 0n : sums.pay + sums.adjustment - sums.clawback;

async function oursOf(
  env: PayEnv,
  setting: RunSetting,
  lines: readonly Line[],
  { outlet, known }: Ahead,
): Promise<Ours[]> {
  if (outlet === null) return [];
  const { sendings, agentIds: names } = await lookAt(env, setting, outlet, lines, known);
  const sent = [...sendings.values()].flatMap(({ delivery }) => delivery ?? []);
  const employees = await readSentEmployees(env.DB, sent);
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
        employeeId: employees.get(sending.delivery ?? '') ?? null,
        state: !wasSent && sending.rows.length > 0 ? 'HELD' : state,
        currency: payUnit,
        // What was refused or given up comes to nothing, whatever it said.
        amount: state === 'REJECTED' ? 0n : netOf(sending.sums),
        sent: wasSent,
      },
    ];
  });
}
