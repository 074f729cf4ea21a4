/**
 * Random histories of scores, versions, cycles, refusals and lost answers. Whenever nothing is on
 * its way, what HR paid is what the books say was paid and is still owed back; at the end every
 * period has come to exactly what its facts are worth.
 */
import { afterEach, expect, it } from 'vitest';
import { chance } from '../oracle/pay/cases';
import { oracleCents } from '../oracle/pay/pay';
import { MINUTE, PayStage } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

const SCORES = [70, 78, 85, 92.5, 96, 99.9];
const PERIODS = ['2032-08', '2032-09', '2032-10'];
const AGENTS = ['a', 'b'];
const POLICIES = [{}, { max_share_of_pay: 0.25 }, { instalments: 3, protected_minimum: 100 }];
const PLAN = 'VAR_PAY_Q4_2023';
const STEPS = 14;

/** What a month with one result is worth, by rationals written apart. */
const worthOf = (score: number): bigint =>
  oracleCents(
    {
      base_bonus: '500',
      quality_weight: '0.6',
      productivity_weight: '0.4',
      quality_tiers: [
        { min_score: '95', multiplier: '1.2' },
        { min_score: '90', multiplier: '1' },
        { min_score: '80', multiplier: '0.8' },
      ],
      productivity_threshold: '0.85',
      min_interactions: 50,
      types: [{ weight: '1', least: 1, neutral: null }],
    },
    { scores: [[String(score)]], productive: 88, loggedIn: 100, interactions: 145 },
  );

class History {
  readonly #draw: (below: number) => number;
  readonly #scores = new Map<string, number>();
  #revision = 0;

  constructor(seed: number) {
    this.#draw = chance(seed);
  }

  #pick = <T>(list: readonly T[]): T => list[this.#draw(list.length)] as T;

  async open(): Promise<void> {
    stage = await PayStage.open({ clawback: this.#pick(POLICIES) });
    for (const agent of AGENTS) {
      await stage.hire(agent);
      for (const month of PERIODS) {
        await stage.month(agent, { scores: [], month });
        await this.#rescore(agent, month);
      }
    }
  }

  async #rescore(agent: string, month: string): Promise<void> {
    const score = this.#pick(SCORES);
    this.#revision += 1;
    this.#scores.set(`${agent} ${month}`, score);
    const modified = new Date(stage.now + this.#revision * 1000).toISOString();
    await stage.result(agent, score, { id: `${agent}-${month}`, month, modified });
  }

  /** A run of a period, as far as it may go now. */
  async run(period: string): Promise<void> {
    const body = { planId: PLAN, period };
    const begun = await stage.ask('payroll', 'POST', '/v1/pay-runs', body);
    if (begun.status !== 201) return;
    const id = String(begun.body.runId);
    if (this.#draw(3) === 0) await this.#rescore(this.#pick(AGENTS), period);
    await stage.approve(id);
    await stage.dispatch(id);
  }

  async settle(): Promise<void> {
    await stage.send();
    stage.pass(70 * MINUTE);
    await stage.cron();
  }

  async step(): Promise<string> {
    const move = this.#draw(7);
    if (move <= 1) await this.#rescore(this.#pick(AGENTS), this.#pick(PERIODS));
    else if (move === 2) await this.run(this.#pick(PERIODS));
    else if (move === 3) await Promise.all(PERIODS.slice(1).map((period) => this.run(period)));
    else if (move === 4) this.#trouble('before');
    else if (move === 5) this.#trouble('after');
    else await this.settle();
    return String(move);
  }

  /** The next line is refused, or its answer is lost. */
  #trouble(when: 'before' | 'after'): void {
    let left = 1;
    stage.hris.trouble = ({ method, key }, phase) => {
      if (method !== 'POST' || phase !== when || left === 0) return null;
      // Who has taken a key does not refuse it afterwards.
      if (when === 'before' && stage.hris.lines.has(key ?? '')) return null;
      left -= 1;
      if (when === 'before') return Response.json({ error: 'refused' }, { status: 422 });
      throw new TypeError('the connection broke');
    };
  }

  async check(): Promise<void> {
    const [way] = await stage.rows<{ n: number }>(
      `SELECT count(*) AS n FROM deliveries AS d WHERE d.operation = 'payroll-line' AND NOT EXISTS
         (SELECT 1 FROM delivery_outcomes AS o WHERE o.delivery = d.id)`,
    );
    if (way?.n !== 0) return;
    const held = await this.#held();
    const sum = (kind: string): bigint =>
      [...held].reduce((all, [account, net]) => (account.includes(kind) ? all + net : all), 0n);
    const hris = AGENTS.reduce((all, agent) => all + stage.hris.paidTo(`EMP-${agent}`), 0);
    expect([sum(':paid:') + sum(':owed:'), sum('plan:')]).toEqual([
      BigInt(hris),
      -(sum(':paid:') + sum(':owed:') + sum(':pay:')),
    ]);
  }

  /** After everything has come to rest each period is worth what its facts say. */
  async end(): Promise<void> {
    stage.hris.trouble = () => null;
    for (let turn = 0; turn < 3; turn += 1) await this.settle();
    for (const period of PERIODS) await this.run(period);
    for (let turn = 0; turn < 3; turn += 1) await this.settle();
    await this.check();
    const held = await this.#held();
    const worth: string[] = [];
    const books: string[] = [];
    for (const period of PERIODS) {
      const due = AGENTS.reduce(
        (all, agent) => all + worthOf(this.#scores.get(`${agent} ${period}`) ?? 0),
        0n,
      );
      worth.push(`${period} ${due}`);
      const end = `:${PLAN}:${period}`;
      const come = [...held].reduce(
        (all, [name, net]) => (name.endsWith(end) ? all + net : all),
        0n,
      );
      books.push(`${period} ${come}`);
    }
    expect(books).toEqual(worth);
  }

  async #held(): Promise<Map<string, bigint>> {
    const moved = await stage.rows<{ account: string; net: number }>(
      `SELECT account, sum(net) AS net FROM (
         SELECT to_account AS account, amount AS net FROM entries
         UNION ALL SELECT from_account, -amount FROM entries) GROUP BY account`,
    );
    return new Map(moved.map(({ account, net }) => [account, BigInt(net)]));
  }
}

it.each([1, 2, 115, 118, 138])('history %i: paid and open come to what is due', async (seed) => {
  const history = new History(seed);
  await history.open();
  const moves: string[] = [];
  try {
    for (let step = 0; step < STEPS; step += 1) {
      moves.push(await history.step());
      await history.check();
    }
    await history.end();
  } catch (thrown) {
    throw new Error(`after ${moves.join(' ')}`, { cause: thrown });
  }
});
