/**
 * The import of agents from CSV. Good lines are kept, bad ones are refused with their reason; sets
 * of at most 400 rows are written one after another. Sending the same file again is safe: what is
 * there already is `unchanged`.
 */
import * as z from 'zod';
import type { AccessEnv } from '../../access/client';
import { type Answer, type Call, type Route, route } from '../../http/route';
import { type ChangeSet, type CommitAnswer, type Row, sizeOfSet } from '../../kernel/change-set';
import type { Failure, FieldError } from '../../kernel/failure';
import { agentKeyOf } from '../../kernel/ids';
import { fail, ok, type Result } from '../../kernel/result';
import { auditRow } from '../../ledger/audit';
import { commit, type LedgerEnv, submit } from '../../ledger/client';
import { randomBytes, randomHex } from '../../runtime/chance';
import { type Agent, ownAddress } from '../agent';
import { readKnown, readMoves } from '../store';
import { ERASED_PERSON, type Known, planAgent } from '../writing';
import {
  applyLine,
  type Line,
  type LineAnswer,
  lineFault,
  MAX_LINES,
  readLines,
  refusedLine,
} from './line';

type Env = LedgerEnv & AccessEnv;
type ImportCall = Omit<Call<Env>, 'params'>;

const LIMIT_BYTES = 2 * 1024 * 1024;
/** Lines of which the directory is asked at once. */
const LINES_A_ROUND = 250;
const SET_ROWS = 400;
const SET_BYTES = 256 * 1024;
const COMMIT_ATTEMPTS = 3;
/** A longer answer is kept for a replay without its lines: a change set has a bound. */
const KEPT_BYTES = 200 * 1024;
const SUBJECT = 'config:agent/import';

const summary = z.object({
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  refused: z.int(),
  lines: z.array(
    z.object({
      line: z.int().meta({ description: 'Record of the file; the header is 1.' }),
      agentId: z.string().nullable(),
      status: z.enum(['created', 'updated', 'unchanged', 'refused']),
      errors: z
        .array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() }))
        .optional(),
    }),
  ),
});

export const importAgents: Route<Env> = route({
  method: 'POST',
  path: '/v1/agents/import',
  tag: 'Agents',
  summary: 'Import agents from CSV',
  description:
    'Header `agentId,name,status,groups,employeeId,currency` and any `attributes.<name>` and ' +
    '`platform.<name>`; groups are separated by `;`. A column that is not there changes nothing, ' +
    `an empty cell clears. At most ${MAX_LINES} lines; each is answered on its own. Sending the ` +
    'same file again is safe.',
  permission: 'admin',
  mediaType: 'text/csv',
  limitBytes: LIMIT_BYTES,
  examples: { request: 'agentId,name,groups,platform.genesys\r\na-1,Pat Doe,Mentors,7f3c\r\n' },
  answers: { 200: { description: 'What became of each line.', schema: summary } },
  async handle(call) {
    const lines = readLines(call.bytes);
    if (!lines.ok) return lines;
    const answers: LineAnswer[] = [];
    const seen = new Set<string>();
    for (let at = 0; at < lines.value.length; at += LINES_A_ROUND) {
      const round = await importRound(call, lines.value.slice(at, at + LINES_A_ROUND), seen);
      if (!round.ok) return round;
      answers.push(...round.value);
    }
    return finish(call, answers);
  },
});

/** One round: what is known of these agents is read, their lines planned, sets of them written. */
async function importRound(
  call: ImportCall,
  lines: readonly Line[],
  seen: Set<string>,
): Promise<Result<LineAnswer[]>> {
  const ids = lines.flatMap(({ cells }) => cells.agentId || []);
  const known = await readKnown(call.env, [...new Set(ids)]);
  const read = lines.map((line) => ({ line, agent: readAgentOf(known, line, seen) }));
  await readMoves(
    call.env,
    known,
    read.flatMap(({ agent }) => (agent.ok ? [agent.value] : [])),
  );
  const answers: LineAnswer[] = [];
  const batch = new Batch(call);
  for (const { line, agent } of read) {
    const planned = agent.ok ? planLine(call, known, agent.value) : agent;
    if (!planned.ok) {
      answers.push(refusedOf(line, planned.failure));
      continue;
    }
    const { verdict, rows } = planned.value;
    if (batch.isFull(rows)) {
      const failure = await batch.flush(answers);
      if (failure !== null) return fail(failure);
    }
    if (rows.length > 0) batch.add(rows, line);
    answers.push({ line: line.line, agentId: line.cells.agentId ?? null, status: verdict });
  }
  const failure = await batch.flush(answers);
  return failure === null ? ok(answers) : fail(failure);
}

/** A stored answer must not hold the id of a person who was erased. */
function refusedOf(line: Line, failure: Failure): LineAnswer {
  const refused = refusedLine(line, errorsOf(failure));
  const isErased = 'detail' in failure && failure.detail.endsWith(ERASED_PERSON);
  return isErased ? { ...refused, agentId: null } : refused;
}

function readAgentOf(known: Known, line: Line, seen: Set<string>): Result<Agent> {
  const { agentId = '' } = line.cells;
  if (line.fault !== null) return refuse('csv', line.fault);
  if (seen.has(agentId)) return refuse('duplicate', 'this agent stands in the file above');
  if (agentId !== '') seen.add(agentId);
  const owner = known.holdings.get(ownAddress(agentId))?.owner ?? null;
  const before = owner === null ? null : (known.versions.get(owner)?.content ?? null);
  return applyLine(line.cells, before);
}

const refuse = (code: string, detail: string): Result<never> =>
  fail({ kind: 'invalid', detail, errors: [lineFault(code, detail)] });

const planLine = ({ actor, now }: ImportCall, known: Known, agent: Agent) =>
  planAgent(known, {
    agent,
    effectiveFrom: undefined,
    freshKey: agentKeyOf(randomBytes(10)),
    author: actor.person,
    now,
    salt: randomHex(16),
  });

const errorsOf = (failure: Failure) =>
  failure.kind === 'invalid' && failure.errors.length > 0
    ? failure.errors
    : [lineFault(failure.kind, 'detail' in failure ? failure.detail : failure.kind)];

/** Lines that are written together: all of a set's lines are kept or none. */
class Batch {
  readonly #call: ImportCall;
  #rows: Row[] = [];
  #lines: Line[] = [];
  #bytes = 0;

  constructor(call: ImportCall) {
    this.#call = call;
  }

  isFull(more: readonly Row[]): boolean {
    const rows = this.#rows.length + more.length;
    return rows > SET_ROWS || this.#bytes + sizeOfSet({ rows: more }) > SET_BYTES;
  }

  add(rows: readonly Row[], line: Line): void {
    this.#rows.push(...rows);
    this.#bytes += sizeOfSet({ rows });
    this.#lines.push(line);
  }

  /** Writes what was gathered; lines that lost a race are refused in `answers`, of which it is part. */
  async flush(answers: LineAnswer[]): Promise<Failure | null> {
    const [rows, lines] = [this.#rows, this.#lines];
    [this.#rows, this.#lines, this.#bytes] = [[], [], 0];
    if (rows.length === 0) return null;
    const answer = await this.#commit(this.#set(rows, lines));
    switch (answer.verdict) {
      case 'committed':
        return null;
      case 'busy':
      case 'retry':
        return {
          kind: 'unavailable',
          detail: 'the journal cannot write now; send the whole file again, that is safe',
          retryAfterSeconds: answer.verdict === 'busy' ? answer.retryAfterMs / 1000 : 1,
        };
      case 'rejected':
        refuseLines(answers, lines, lineFault('rejected', answer.reason));
        return null;
      default:
        refuseLines(answers, lines, RACED);
        return null;
    }
  }

  async #commit(set: ChangeSet): Promise<CommitAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await commit(this.#call.env, set, this.#call.now);
      if (answer.verdict !== 'retry' || attempt === COMMIT_ATTEMPTS) return answer;
    }
  }

  #set(rows: readonly Row[], lines: readonly Line[]): ChangeSet {
    const { actor, now, requestId } = this.#call;
    const [first, last] = [lines.at(0)?.line ?? 0, lines.at(-1)?.line ?? 0];
    const audit = auditRow({
      action: 'AGENTS_IMPORTED_PART',
      subject: SUBJECT,
      at: now,
      actor: actor.person,
      detail: { requestId, first, last },
      cause: `${requestId} ${first}`,
      salt: randomHex(16),
    });
    return { rows: [...rows, audit] };
  }
}

const RACED = lineFault(
  'conflict',
  'another request wrote one of these agents at the same time; send this line again',
);

function refuseLines(answers: LineAnswer[], lines: readonly Line[], fault: FieldError): void {
  for (const line of lines) {
    const index = answers.findIndex((answer) => answer.line === line.line);
    answers[index] = refusedLine(line, [fault]);
  }
}

async function finish(call: ImportCall, lines: readonly LineAnswer[]): Promise<Result<Answer>> {
  const count = (status: LineAnswer['status']): number =>
    lines.filter((line) => line.status === status).length;
  const counts = {
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    refused: count('refused'),
  };
  const answer: Answer = { status: 200, body: { ...counts, lines } };
  const short = JSON.stringify(answer.body).length <= KEPT_BYTES;
  return submit(call, {
    rows: [],
    audit: { action: 'AGENTS_IMPORTED', subject: SUBJECT, detail: counts },
    answer,
    ...(!short && { kept: { status: 200, body: { ...counts, lines: [] } } }),
  });
}
