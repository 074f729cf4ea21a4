/**
 * Payroll of a history: one person begins runs and sends them out, another approves. Their requests
 * suffer the faults of the history and are repeated as a person would; whatever an answer is, it is
 * one that may be given. Remembers what was decided; judges nothing about amounts.
 */
import { quiet } from '../../worker/io';
import type { History } from '../history';
import type { Answer } from '../sender';
import { type Item, listRuns } from './look';

const TRIES = 4;
/** Begun, calculated, approved, sent out. */
const PHASES_OF_A_RUN = ['CREATED', 'CALCULATED', 'APPROVED', 'DISPATCHED', 'SETTLED'];
type Person = 'payroll' | 'approver' | 'author';

export class Office {
  readonly #history: History;
  readonly #keys: ReadonlyMap<Person, string>;
  #acts = 0;

  private constructor(history: History, keys: ReadonlyMap<Person, string>) {
    this.#history = history;
    this.#keys = keys;
  }

  static async open(history: History): Promise<Office> {
    const people: readonly Person[] = ['payroll', 'approver', 'author'];
    const keys = new Map<Person, string>();
    for (const person of people) keys.set(person, await history.world.keyOf(person));
    return new Office(history, keys);
  }

  /** Repeats one request until something else than a fault is heard; null: nothing was. */
  async insist(by: Person, path: string, body: unknown = {}): Promise<Answer | null> {
    this.#acts += 1;
    const { world } = this.#history;
    const key = `pay-act-${this.#acts}`;
    for (let turn = 0; turn < TRIES; turn += 1) {
      const bearer = this.#keys.get(by) ?? '';
      const answer = await world.attempt(bearer, 'POST', path, body, key);
      if (answer !== null && answer.status < 500) return answer;
      if (answer !== null && answer.status !== 503) {
        this.#history.complaints.push(`${path}: status ${answer.status}`);
      }
      const rest = Number(answer?.headers.get('retry-after') ?? 1) || 1;
      world.advanceTo(world.now + Math.min(rest, 30) * 1000);
    }
    return null;
  }

  /** The newest run of a period, or null; undefined where nobody can say. */
  async latest(planId: string, period: string): Promise<Item | null | undefined> {
    const items = await listRuns(this.#history.world, planId);
    if (items === null) return undefined;
    return items
      .filter((run) => run.period === period)
      .reduce<Item | null>(
        (last, run) => (run.calculationVersion > (last?.calculationVersion ?? 0) ? run : last),
        null,
      );
  }

  begin(planId: string, period: string, recalculate = false): Promise<Answer | null> {
    return this.insist('payroll', '/v1/pay-runs', { planId, period, recalculate });
  }

  /** What is next for a period: begun anew, approved, or sent out. */
  async step(planId: string, period: string): Promise<void> {
    const last = await this.latest(planId, period);
    if (last === undefined) return;
    const phase = PHASES_OF_A_RUN.indexOf(last?.status ?? 'SETTLED');
    if (last === null || phase >= 3) await this.begin(planId, period);
    else if (phase === 1) await this.insist('approver', `/v1/pay-runs/${last.runId}/approve`);
    else if (phase === 2) await this.insist('payroll', `/v1/pay-runs/${last.runId}/dispatch`);
    await quiet(this.#history.world.board);
  }

  /** From the beginning to the HRIS, as far as it may go now. */
  async run(planId: string, period: string): Promise<void> {
    const begun = await this.begin(planId, period);
    if (begun?.status !== 201) return;
    const { runId } = begun.body as Item;
    const approved = await this.insist('approver', `/v1/pay-runs/${runId}/approve`);
    if (approved?.status !== 200) return;
    await this.insist('payroll', `/v1/pay-runs/${runId}/dispatch`);
  }

  /** Drafts a version of a plan and has another person approve it, without faults. */
  async plan(compensation_plan: object): Promise<void> {
    const draft = await this.#sure('author', '/v1/plans', { compensation_plan });
    const { planId, version, hash } = draft as Record<string, string>;
    await this.#sure('approver', `/v1/plans/${planId}/versions/${version}/approve`, { hash });
  }

  async #sure(by: Person, path: string, body: unknown): Promise<unknown> {
    const { board } = this.#history.world;
    const { decide } = board;
    board.decide = () => null;
    try {
      const answer = await this.insist(by, path, body);
      if (answer === null || answer.status >= 300) {
        throw new Error(`${path}: ${answer?.status} ${JSON.stringify(answer?.body)}`);
      }
      return answer.body;
    } finally {
      board.decide = decide;
      await quiet(board);
    }
  }
}
