/**
 * A stage for pay: people with numbers in HR, the guide's plan, facts through the API, an HRIS in
 * memory and a clock that the test moves. The objects, the journal and D1 are the real ones.
 */
import { env } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import { vi } from 'vitest';
import type { DestinationObject } from '../../src/delivery/object';
import { pokePayRuns } from '../../src/pay/runs/jobs';
import type { PayRunObject } from '../../src/pay/runs/object';
import { rereadPaid } from '../../src/pay/runs/sweep/client';
import { type Body, type Heard, makeKey, send } from '../http/caller';
import { emptied } from '../worker/empty';
import { SEED_PLAN } from './build';
import { Hris } from './hris';

/** Ahead of every machine's clock, so that no real alarm fires by itself. */
export const BEGIN = Date.UTC(2032, 10, 1, 10);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const PERIOD = '2032-10';

type Named = 'author' | 'approver' | 'payroll' | 'other' | 'admin' | 'compliance';

export interface Month {
  readonly scores: readonly number[];
  readonly talk?: number;
  readonly aux?: number;
  readonly interactions?: number;
  readonly version?: string;
  /** `YYYY-MM`. */
  readonly month?: string;
}

export class PayStage {
  now = BEGIN;
  /** What cron's jobs reach the world through; a test of faults wraps it. */
  env: typeof env = env;
  readonly hris = new Hris();
  readonly keys = new Map<Named, string>();
  #results = 0;

  /** A new installation with keys, the HRIS and, unless told otherwise, the guide's plan, approved. */
  static async open(plan: object | null = {}): Promise<PayStage> {
    await emptied();
    const stage = new PayStage();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(stage.now);
    stage.hris.install();
    const roles = {
      author: ['author'],
      approver: ['approver'],
      payroll: ['payroll'],
      other: ['approver', 'payroll', 'author'],
      admin: ['admin'],
      compliance: ['compliance'],
    } as const;
    for (const [name, list] of Object.entries(roles)) {
      stage.keys.set(name as Named, (await makeKey(list)).key);
    }
    await stage.must('admin', 'PUT', '/v1/destinations/hris', {
      preset: 'hris',
      url: 'https://hris.example.com',
    });
    if (plan !== null) await stage.plan(plan);
    return stage;
  }

  close(): void {
    this.hris.remove();
    vi.useRealTimers();
  }

  pass(ms: number): void {
    this.now += ms;
    vi.setSystemTime(this.now);
  }

  ask(by: Named, method: string, path: string, body?: unknown): Promise<Heard> {
    return send(method, path, { key: this.keys.get(by), ...(body !== undefined && { body }) });
  }

  async must(by: Named, method: string, path: string, body?: unknown): Promise<Body> {
    const heard = await this.ask(by, method, path, body);
    if (heard.status >= 300) throw new Error(`${method} ${path}: ${heard.status} ${heard.text}`);
    return heard.body;
  }

  /** Drafts and approves the next version of the guide's plan. */
  async plan(change: object = {}): Promise<Body> {
    const draft = await this.must('author', 'POST', '/v1/plans', {
      compensation_plan: { ...SEED_PLAN, ...change },
    });
    const path = `/v1/plans/${draft.planId}/versions/${draft.version}/approve`;
    return this.must('approver', 'POST', path, { hash: draft.hash });
  }

  /** An agent with a number in HR, unless it is null. */
  async hire(agentId: string, more: object = {}): Promise<void> {
    await this.must('admin', 'PUT', `/v1/agents/${agentId}`, {
      employeeId: `EMP-${agentId}`,
      ...more,
    });
  }

  /** A month of facts: by default one that pays 453.50. */
  async month(agentId: string, { talk = 88, aux = 12, interactions = 145, ...rest }: Month) {
    const { scores, version = 'sc-version-789', month = PERIOD } = rest;
    for (const score of scores) await this.result(agentId, score, { version, month });
    const start = `${month}-03T08:00:00Z`;
    await this.must('author', 'POST', '/v1/wfm-actuals', {
      items: [
        {
          user_id: agentId,
          actuals: [
            {
              bucket_start: start,
              bucket_end: `${month}-03T20:00:00Z`,
              status_codes: [
                { status_code_id: 'talk', duration: talk },
                { status_code_id: 'aux', duration: aux },
              ],
            },
          ],
        },
      ],
    });
    await this.must('author', 'POST', '/v1/interaction-counts', {
      items: [{ agentId, period: month, count: interactions }],
    });
  }

  /** A result, or a revision of one by its id. Answers its id. */
  async result(
    agentId: string,
    score: number,
    more: {
      version?: string;
      month?: string;
      id?: string;
      status?: string;
      modified?: string;
    } = {},
  ): Promise<string> {
    this.#results += 1;
    const { id = `result-${this.#results}`, version = 'sc-version-789', month = PERIOD } = more;
    await this.must('author', 'POST', '/v1/quality-results', {
      items: [
        {
          id,
          user_id: agentId,
          scorecard_version_id: version,
          result_status: more.status ?? 'COMPLETED',
          score: { total: score, weighted: true, questions: [] },
          created_date: `${month}-15T14:30:00Z`,
          ...(more.modified !== undefined && { modified_date: more.modified }),
        },
      ],
    });
    return id;
  }

  /** The platform tells by webhook that a result of October has another score now. */
  async appeal(id: string, score: number, agentId = 'a'): Promise<Body> {
    const secret = 'a-secret-of-the-tests-0123456789';
    await this.must('admin', 'PUT', '/v1/sources/quality', { secrets: [secret] });
    const body = JSON.stringify({
      eventType: 'performance.result.updated',
      eventId: 'appeal-1',
      id,
      user_id: agentId,
      scorecard_version_id: 'sc-version-789',
      result_status: 'COMPLETED',
      score: { total: score },
      created_date: `${PERIOD}-15T14:30:00Z`,
      modified_date: new Date(this.now).toISOString(),
    });
    const mac = createHmac('sha256', secret).update(body).digest('hex');
    const headers = { 'X-Webhook-Signature': mac, 'Content-Type': 'application/json' };
    return (await send('POST', '/v1/webhooks/quality', { headers, body })).body;
  }

  /** Calculates a run. Answers its id. */
  async begin(period = PERIOD, planId = 'VAR_PAY_Q4_2023'): Promise<string> {
    const run = await this.must('payroll', 'POST', '/v1/pay-runs', { planId, period });
    return String(run.runId);
  }

  approve = (id: string): Promise<Body> =>
    this.must('approver', 'POST', `/v1/pay-runs/${id}/approve`, {});
  dispatch = (id: string): Promise<Body> =>
    this.must('payroll', 'POST', `/v1/pay-runs/${id}/dispatch`);
  run = (id: string): Promise<Body> => this.must('payroll', 'GET', `/v1/pay-runs/${id}`);

  /** Hires somebody and pays them 453.50 for October on one result. Answers the result's id. */
  async paidOnce(agentId = 'a'): Promise<string> {
    await this.hire(agentId);
    const id = await this.result(agentId, 92.5);
    await this.month(agentId, { scores: [] });
    await this.pay();
    return id;
  }

  /** A run from its beginning to its end. Answers its id. */
  async pay(period = PERIOD): Promise<string> {
    const id = await this.begin(period);
    await this.approve(id);
    await this.dispatch(id);
    await this.settle(id);
    return id;
  }

  /** Lets the HRIS answer and the run look at what came of it. */
  async settle(id: string): Promise<void> {
    await this.send();
    this.pass(MINUTE);
    await this.look(id);
  }

  send = (destination = 'hris'): Promise<number | null> =>
    (env.DESTINATIONS as unknown as DurableObjectNamespace<DestinationObject>)
      .getByName(destination)
      .due(this.now);

  look = (id: string): Promise<number | null> =>
    (env.PAY_RUNS as unknown as DurableObjectNamespace<PayRunObject>)
      .getByName(id.slice(0, id.lastIndexOf('.')))
      .due(this.now);

  /** What cron does every five minutes. */
  async cron(): Promise<void> {
    await pokePayRuns(this.env, this.now);
    await rereadPaid(this.env, this.now);
  }

  async rows<T>(sql: string): Promise<T[]> {
    return (await env.DB.prepare(sql).all<T>()).results;
  }

  /** What accounts hold that end so, in smallest parts. */
  async held(ending: string): Promise<number> {
    const [row] = await this.rows<{ net: number }>(
      `SELECT coalesce(sum(CASE WHEN to_account LIKE '%${ending}' THEN amount ELSE 0 END), 0)
         - coalesce(sum(CASE WHEN from_account LIKE '%${ending}' THEN amount ELSE 0 END), 0) AS net
       FROM entries`,
    );
    return row?.net ?? 0;
  }
}
