/**
 * Sends a run out, sheets by sheets. What was sent already is counted and ordered once more; what
 * can be sent goes to the journal together with everything its outcomes will post, and only then to
 * the destination. Refuses to send while the journal does not answer; a part that another road took
 * meanwhile is looked at again.
 */
import { readLatestAgents } from '../../../agents/store';
import { type DeliveryEnv, orderDeliveries } from '../../../delivery/client';
import type { Destination } from '../../../delivery/destination';
import { readDestination } from '../../../delivery/store';
import { absent, type Guard, type Row } from '../../../kernel/change-set';
import { configId } from '../../../kernel/ids';
import { invariant } from '../../../kernel/result';
import { commit } from '../../../ledger/client';
import { readOpenDisputes } from '../../disputes/store';
import { readHistories, readSent, wasDispatched } from '../history/store';
import { LINES_A_SHEET, type Line } from '../lines/line';
import { versionOfPhase } from '../phase';
import { type LineState, type PassTally, RUN_KIND, type Run, runName } from '../run';
import type { RunSetting } from '../setting';
import { type RunPhase, readRunsOfPeriod, readSheets } from '../store';
import { sumsOfSent } from './payload';
import { type Outlet, type Recipient, type Sending, sendingOf, waiting } from './sending';

/** As many lines as a read may return. */
const SHEETS_A_PAGE = 500 / LINES_A_SHEET;
const ROWS_A_SET = 450;
const BYTES_A_SET = 490_000;
const MOST_LOOKS = 3;

export interface Passed {
  /** First key of the last sheet; the next page begins after it. */
  readonly cursor: string;
  readonly done: boolean;
  readonly states: PassTally;
  /**
   * Agents of whose line nothing is on its way: whoever walks over new facts leaves out those of
   * whom something is, so what changed meanwhile is told from the books now.
   */
  readonly answered: readonly string[];
  /** Those of them of whom a line was given up and paid after all. */
  readonly late: readonly string[];
}

/**
 * Where a run's lines go; null where its destination is not configured. One that is switched off
 * counts: what is ordered there waits until it is switched on.
 */
export async function readOutlet(
  env: DeliveryEnv,
  { plan, run }: RunSetting,
  now: number,
): Promise<Outlet | null> {
  const destination = (await readDestination(env.DB, run.destination))?.content ?? null;
  if (destination === null) return null;
  const tell: Destination | null =
    typeof plan.tell === 'string'
      ? null
      : ((await readDestination(env.DB, plan.tell.destination))?.content ?? null);
  return { destination, tell, secretsKey: env.SECRETS_KEY, now };
}

/** One page of a pass; null when the journal must be asked again. */
export async function passPage(
  env: DeliveryEnv,
  setting: RunSetting,
  outlet: Outlet,
  cursor: string,
): Promise<Passed | null> {
  const sheets = await readSheets(env.DB, setting.name, cursor, SHEETS_A_PAGE);
  const lines = sheets.flatMap((sheet) => sheet.lines);
  const looked = await sendAll(env, setting, outlet, lines);
  if (looked === null) return null;
  const { sendings, late } = looked;
  const states: Partial<Record<LineState, number>> = {};
  for (const { state } of sendings.values()) states[state] = (states[state] ?? 0) + 1;
  const answered = [...sendings].flatMap(([agentKey, { state }]) =>
    ANSWERED.includes(state) ? [agentKey] : [],
  );
  return {
    cursor: sheets.at(-1)?.lines[0]?.agentKey ?? cursor,
    done: sheets.length < SHEETS_A_PAGE,
    states,
    answered,
    late: answered.filter((agentKey) => late.has(agentKey)),
  };
}

const ANSWERED: readonly LineState[] = ['CONFIRMED', 'REJECTED', 'NOTHING_TO_PAY'];

async function sendAll(
  env: DeliveryEnv,
  setting: RunSetting,
  outlet: Outlet,
  lines: readonly Line[],
): Promise<Looked | null> {
  const runs = await readRunsOfPeriod(env.DB, setting.run);
  const guards = noLaterVersion(setting.run, runs);
  const looked = await lookAt(env, setting, outlet, lines, { runs });
  const { sendings } = looked;
  const plain = [...sendings].filter(([, sending]) => isFresh(sending, false));
  const sets = setsOf(plain.map(([agentKey, { rows }]) => ({ agentKey, rows })));
  for (const set of sets) {
    const rows = set.flatMap((one) => one.rows);
    const answer = await commit(env, { rows, guards }, outlet.now);
    if (answer.verdict === 'rejected') {
      // The books cannot hold a line of them, as where an account is full: it alone is blocked.
      const half = Math.ceil(set.length / 2);
      if (set.length > 1) sets.push(set.slice(0, half), set.slice(half));
      else for (const { agentKey } of set) sendings.set(agentKey, REFUSED);
      continue;
    }
    if (answer.verdict !== 'committed') return null;
  }
  if (!(await sendContested(env, setting, outlet, lines, { sendings, guards }))) return null;
  const ids = [...sendings.values()].flatMap(({ state, delivery }) =>
    state === 'SENT' && delivery !== null ? [delivery] : [],
  );
  await orderDeliveries(env, setting.run.destination, ids, outlet.now);
  return looked;
}

/**
 * A set that the journal takes late, after its answer was given up, is not paid beside a later
 * version: it is taken only while none that there is was sent out and no further one was begun. Only
 * the newest can still be: who begins another replaces the one before, which is approved no more.
 */
export function noLaterVersion(run: Run, runs: readonly RunPhase[]): Guard[] {
  const later = runs.filter(({ content }) => content.number > run.number);
  const newest = later.findLast(wasDispatched) ?? later.at(-1);
  const next = (runs.at(-1)?.content.number ?? run.number) + 1;
  const never = (name: string, phase: Run['phase']): Guard =>
    absent('config', configId(RUN_KIND, name, versionOfPhase(phase)));
  return [
    ...(newest === undefined ? [] : [never(newest.name, 'DISPATCHED')]),
    never(runName({ ...run, number: next }), 'CREATED'),
  ];
}

/** Of a line that the journal refuses; it writes down why. */
export const REFUSED = waiting('BLOCKED', 'REFUSED_BY_BOOKS');

const isFresh = (sending: Sending | undefined, contested: boolean): boolean =>
  sending !== undefined && sending.rows.length > 0 && sending.contested === contested;

/**
 * Lines that take parts of deltas, each alone: whoever was first has them, and those that others
 * overtook are looked at anew together. False when the journal must be asked again.
 */
async function sendContested(
  env: DeliveryEnv,
  setting: RunSetting,
  outlet: Outlet,
  lines: readonly Line[],
  { sendings, guards }: Pick<Looked, 'sendings'> & { readonly guards: readonly Guard[] },
): Promise<boolean> {
  let open = lines.filter(({ agentKey }) => isFresh(sendings.get(agentKey), true));
  for (let turn = 1; ; turn += 1) {
    const overtaken: Line[] = [];
    for (const line of open) {
      const { rows = [], guards: own = [] } = sendings.get(line.agentKey) ?? {};
      // Looked at anew, it may come to nothing.
      if (rows.length === 0) continue;
      const { verdict } = await commit(env, { rows, guards: [...guards, ...own] }, outlet.now);
      if (verdict === 'rejected') sendings.set(line.agentKey, REFUSED);
      else if (verdict === 'conflict' || verdict === 'refused') overtaken.push(line);
      else if (verdict !== 'committed') return false;
    }
    if (overtaken.length === 0) return true;
    if (turn === MOST_LOOKS) return false;
    const again = await look(env, setting, outlet, overtaken);
    for (const [agentKey, sending] of again) sendings.set(agentKey, sending);
    open = overtaken;
  }
}

/** What is to be done with each line, by agent, as D1 stands; at most 500 lines a call. */
export const look = async (
  env: DeliveryEnv,
  setting: RunSetting,
  outlet: Outlet,
  lines: readonly Line[],
): Promise<Map<string, Sending>> => (await lookAt(env, setting, outlet, lines)).sendings;

export interface Looked {
  readonly sendings: Map<string, Sending>;
  /** Who the agents are; one who was erased is left out. */
  readonly agentIds: ReadonlyMap<string, string>;
  /** Agents of whom a line of the period was given up and paid after all. */
  readonly late: ReadonlySet<string>;
}

/** What is the same for every line of a run: whoever walks over many pages reads it once. */
export interface Known {
  /** All runs of the period. */
  readonly runs: readonly RunPhase[];
  /** Periods with an open dispute, by agent, of everybody in the plan. */
  readonly disputes: ReadonlyMap<string, ReadonlySet<string>>;
}

/** `look` with what it came upon; what is `known` already is not read again. */
export async function lookAt(
  env: DeliveryEnv,
  setting: RunSetting,
  outlet: Outlet,
  lines: readonly Line[],
  known: Partial<Known> = {},
): Promise<Looked> {
  const sendings = new Map<string, Sending>();
  const late = new Set<string>();
  if (lines.length === 0) return { sendings, late, agentIds: new Map() };
  const { run, name } = setting;
  const keys = lines.map(({ agentKey }) => agentKey);
  const runs = known.runs ?? (await readRunsOfPeriod(env.DB, run));
  const others = runs.filter(wasDispatched);
  const earlier = others.filter(({ content }) => content.number < run.number);
  // What a later version was sent out with, no earlier one pays any more.
  const isPast = others.some(({ content }) => content.number > run.number);
  const [own, histories, agents, disputes] = await Promise.all([
    readSent(env.DB, run, keys),
    readHistories(env.DB, { planId: run.planId, runs: earlier }, keys),
    readLatestAgents(env.DB, keys),
    known.disputes ?? readOpenDisputes(env.DB, run.planId, keys),
  ]);
  const byKey = new Map(agents.map((agent) => [agent.name, agent.content]));
  for (const line of lines) {
    const { agentKey } = line;
    const sent = own.get(agentKey);
    const history = histories.get(agentKey);
    invariant(history !== undefined, `a history of each line of ${name}`);
    const recipient: Recipient = {
      agent: byKey.get(agentKey) ?? null,
      history,
      disputed: disputes.get(agentKey) ?? new Set(),
    };
    if (history.isLate || sent?.isLate === true) late.add(agentKey);
    sendings.set(
      agentKey,
      sent === undefined
        ? isPast
          ? waiting('SUPERSEDED', 'LATER_VERSION_SENT')
          : sendingOf(setting, line, recipient, outlet)
        : {
            state: stateOf(sent.outcome),
            obstacle: null,
            rows: [],
            guards: [],
            delivery: sent.delivery,
            sums: sumsOfSent(line, sent.kind, history.deltas, name),
            contested: false,
          },
    );
  }
  const agentIds = new Map(agents.map(({ name: key, content }) => [key, content.agentId]));
  return { sendings, late, agentIds };
}

/** One given up by an operator counts as refused: the next version pays it. */
export const stateOf = (outcome: string | null): LineState =>
  outcome === null ? 'SENT' : outcome === 'CONFIRMED' ? 'CONFIRMED' : 'REJECTED';

interface LineRows {
  readonly agentKey: string;
  readonly rows: readonly Row[];
}

/** Whole lines in sets that the journal takes. */
function setsOf(lines: readonly LineRows[]): LineRows[][] {
  const sets: LineRows[][] = [];
  let [count, size] = [0, 0];
  for (const line of lines) {
    const bytes = JSON.stringify(line.rows).length;
    const last = sets.at(-1);
    if (last === undefined || count + line.rows.length > ROWS_A_SET || size + bytes > BYTES_A_SET) {
      sets.push([line]);
      [count, size] = [line.rows.length, bytes];
    } else {
      last.push(line);
      count += line.rows.length;
      size += bytes;
    }
  }
  return sets;
}
