/**
 * `/v1/pay-runs/{id}/lines`: what a run comes to, line by line, as JSON, CSV or NDJSON; one line in
 * full. Before a run is sent out this is its preview: it says what would be sent and what stands in
 * the way. Refuses nothing but ids nobody wrote.
 */
import * as z from 'zod';
import { readAgent, readAgentIds } from '../../../agents/store';
import { readOpenStates } from '../../../delivery/log/client';
import { plainText } from '../../../http/fields';
import { listAnswer } from '../../../http/media';
import { pageFields, pageFrom, pageOf } from '../../../http/paging';
import { type Route, route } from '../../../http/route';
import type { Failure } from '../../../kernel/failure';
import { fail, ok, type Result } from '../../../kernel/result';
import { journalHealth } from '../../../ledger/client';
import { log, messageOf } from '../../../runtime/log';
import { digested } from '../../export';
import { loadRun } from '../calculate/client';
import type { PayEnv } from '../client';
import { lookAt, REFUSED, readOutlet } from '../dispatch/client';
import type { Sending } from '../dispatch/sending';
import { explainLine } from '../explain/client';
import { isSentOut } from '../phase';
import { LINE_STATES } from '../run';
import type { RunSetting } from '../setting';
import { readLinePage, readLines } from '../store';
import { runParams } from '../view';
import type { Ahead } from './client';
import type { Line } from './line';
import { LINE_COLUMNS, type LineItem, lineItem, shownLine } from './view';

const explanation = z
  .object({
    line: lineItem,
    plan: z.record(z.string(), z.unknown()),
    facts: z.record(z.string(), z.unknown()),
    steps: z.array(z.string()),
    delivery: z.record(z.string(), z.unknown()).nullable(),
    deltas: z.array(z.record(z.string(), z.unknown())),
    disputes: z.array(z.record(z.string(), z.unknown())),
  })
  .meta({ id: 'PayLineExplanation' });

export const lineParams = runParams.extend({
  agent: plainText(200).meta({ description: "The organisation's own id of the agent." }),
});

export const listLines = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/pay-runs/{id}/lines',
    tag: 'Pay',
    summary: 'List the lines of a run',
    description:
      'JSON, CSV (no cell is run by a spreadsheet) or NDJSON by `Accept`; `Content-Digest` holds ' +
      'the SHA-256 of the bytes; of the whole see `/export-digest`. `state` narrows a page, so it ' +
      'may be short. P8, P12, P14.',
    permission: 'read',
    params: runParams,
    query: z.strictObject({ ...pageFields, state: z.enum(LINE_STATES).optional() }),
    answers: { 200: { description: 'A page of lines.', schema: pageOf(lineItem) } },
    async handle({ env, now, params: { id }, query: { cursor = '', limit, state }, headers }) {
      const setting = await loadRun(env.DB, id);
      if (setting === null) return fail({ kind: 'not-found', what: 'pay run', id });
      const lines = await readLinePage(env.DB, id, cursor, limit + 1);
      const page = pageFrom(lines, limit, ({ agentKey }) => agentKey);
      const items = (await shownLines(env, setting, page.items, now)).filter(
        (item) => state === undefined || item.state === state,
      );
      return digested(listAnswer(headers, { ...page, items }, LINE_COLUMNS));
    },
  });

/** Lines with what became of them; at most 500. `ahead`: what was read for all lines of the run. */
export async function shownLines(
  env: PayEnv,
  setting: RunSetting,
  lines: readonly Line[],
  now: number,
  ahead: Ahead | null = null,
): Promise<LineItem[]> {
  if (lines.length === 0) return [];
  const outlet = ahead === null ? await readOutlet(env, setting, now) : ahead.outlet;
  const looked = outlet === null ? null : await lookAt(env, setting, outlet, lines, ahead?.known);
  const keys = lines.map(({ agentKey }) => agentKey);
  const names = looked?.agentIds ?? (await readAgentIds(env.DB, keys));
  const known = await withUncertain(env, setting, looked?.sendings ?? new Map());
  const refusals = await readRefusals(env, setting, known, now);
  return lines.map((line) => {
    const { agentKey } = line;
    const agentId = names.get(agentKey) ?? null;
    const sending = known.get(agentKey) ?? null;
    const reason = refusals.get(agentKey) ?? null;
    if (reason === null || sending === null) return shownLine(setting, line, sending, agentId);
    return shownLine(setting, line, { ...REFUSED, sums: sending.sums }, agentId, reason);
  });
}

/**
 * Why the books refuse lines that were to be sent, by agent. Only trying tells: the journal
 * remembers the last hundred sets that it refused, by their first rows, for a week. Of an earlier
 * one nothing is said until the next pass has it refused again.
 */
async function readRefusals(
  env: PayEnv,
  { run }: RunSetting,
  sendings: ReadonlyMap<string, Sending>,
  now: number,
): Promise<Map<string, string>> {
  const held = [...sendings].flatMap(([agentKey, { rows }]) => {
    const [first] = rows;
    return first === undefined ? [] : [{ agentKey, first }];
  });
  if (held.length === 0 || !isSentOut(run.phase)) return new Map();
  try {
    const { rejected } = await journalHealth(env, now);
    const reasons = new Map(rejected.map(({ table, id, reason }) => [`${table} ${id}`, reason]));
    return new Map(
      held.flatMap(({ agentKey, first: { table, id } }) => {
        const reason = reasons.get(`${table} ${id}`);
        return reason === undefined ? [] : [[agentKey, reason] as const];
      }),
    );
  } catch (thrown) {
    log('warn', 'pay.refusals-unknown', { message: messageOf(thrown) });
    return new Map();
  }
}

/** A line that was sent and may have arrived is UNCERTAIN, as its destination says. */
async function withUncertain(
  env: PayEnv,
  { run }: RunSetting,
  sendings: ReadonlyMap<string, Sending>,
): Promise<Map<string, Sending>> {
  const open = [...sendings.values()].flatMap(({ state, rows, delivery }) =>
    state === 'SENT' && rows.length === 0 && delivery !== null ? [delivery] : [],
  );
  const states = await readOpenStates(env, run.destination, open);
  return new Map(
    [...sendings].map(([agentKey, sending]) => [
      agentKey,
      states.get(sending.delivery ?? '') === 'UNCERTAIN'
        ? { ...sending, state: 'UNCERTAIN' as const }
        : sending,
    ]),
  );
}

export interface FoundLine {
  readonly setting: RunSetting;
  readonly line: Line;
  readonly agentKey: string;
}

/** The line of an agent in a run; not found where there is no such run, agent or line. */
export async function findLine(
  env: PayEnv,
  { id, agent }: z.output<typeof lineParams>,
): Promise<Result<FoundLine, Failure>> {
  const setting = await loadRun(env.DB, id);
  if (setting === null) return fail({ kind: 'not-found', what: 'pay run', id });
  const found = await readAgent(env, agent);
  if (found === null) return fail({ kind: 'not-found', what: 'agent', id: agent });
  const line = (await readLines(env.DB, id, [found.name])).get(found.name);
  if (line === undefined) return fail({ kind: 'not-found', what: 'line of the run', id: agent });
  return ok({ setting, line, agentKey: found.name });
}

export const explainLineRoute = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/pay-runs/{id}/lines/{agent}/explain',
    tag: 'Pay',
    summary: 'Explain a line: results, actuals, plan, each step, key and answer',
    description:
      'Names every result with its scorecard version, those that did not count with the reason, the ' +
      'actuals with their codes as they were used, plan version and hash, each step, the key and ' +
      'what HR answered; and the disputes of the period, each with its run. P14.',
    permission: 'read',
    params: lineParams,
    answers: { 200: { description: 'Everything that led to it.', schema: explanation } },
    async handle({ env, now, params }) {
      const found = await findLine(env, params);
      if (!found.ok) return found;
      const { setting, line, agentKey } = found.value;
      const [item] = await shownLines(env, setting, [line], now);
      const because = await explainLine(env.DB, setting, agentKey, line);
      return ok({ status: 200, body: { line: item, ...because } });
    },
  });
