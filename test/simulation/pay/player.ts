/**
 * Variable pay within one history: says what is drawn, has payroll do its work, sees to what waits
 * for a person, and looks at what came of it. Remembers what was said and decided; the truth judges.
 */
import { agentIds, type Books } from '../books';
import { unitOf } from '../chance';
import type { Hris } from '../delivery/hris';
import { DeliveryOperator } from '../delivery/operator';
import { outcomesOf } from '../delivery/truth';
import type { History } from '../history';
import type { Operation } from '../plan';
import type { Platform } from '../seasons/platform';
import type { Player } from '../system';
import { type Looked, look, NOTHING_SEEN } from './look';
import type { Office } from './office';
import {
  itemOf,
  type PayOperation,
  type PayPart,
  type PlannedTime,
  type PlannedWord,
  timeOf,
} from './plan';
import { HRIS_OF_PAY, phasesOf, runsOf } from './reading';
import { decide, dispute, writeOff } from './reviews';
import { labelOf, labelsOf, postedRules } from './rules';
import { PLATFORM_OF_PAY } from './telling';
import { brokenPay, standings } from './truth';

/** From this day on the HRIS of a history fails no more, and everything is brought to its end. */
const LAST_FAULTS = 15;
const MOST_STEPS = 6;

export class PayPlayer implements Player {
  readonly history: History;
  readonly part: PayPart;
  readonly hris: Hris;
  readonly office: Office;
  readonly platform: Platform;
  readonly deliveries: DeliveryOperator;
  readonly #tellings: DeliveryOperator;
  /** Keys of words and times that were said in bulk. */
  readonly said = new Set<string>();
  /** Versions of each plan that are approved by now. */
  readonly approved: number[];
  /** Who is known to HR by which number, by now. */
  readonly employees = new Map<string, string | null>();
  /** Whom the organisation has forgotten, and the key that is left of each. */
  readonly forgotten = new Map<string, string>();
  /** What was decided of reviews, by id. */
  readonly decisions = new Map<string, 'APPROVE' | 'REJECT'>();
  looked: Looked = NOTHING_SEEN;
  #unheard: string[][] = [];

  constructor(
    history: History,
    part: PayPart,
    { hris, platform }: { readonly hris: Hris; readonly platform: Platform },
    office: Office,
  ) {
    this.history = history;
    this.part = part;
    this.hris = hris;
    this.office = office;
    this.platform = platform;
    this.deliveries = new DeliveryOperator(history, HRIS_OF_PAY);
    this.#tellings = new DeliveryOperator(history, PLATFORM_OF_PAY);
    this.approved = part.plans.map(() => 0);
    for (const { agent, employee } of part.payees) this.employees.set(agent, employee);
  }

  /** Everything that was said of results by now, by whatever way. */
  get words(): PlannedWord[] {
    const sent = new Set(this.history.mail.sentEvents.map(({ key }) => key));
    return this.part.words.filter(({ key }) => this.said.has(key) || sent.has(key));
  }

  get times(): PlannedTime[] {
    return this.part.times.filter(({ key }) => this.said.has(key));
  }

  async writePlan(number: number): Promise<void> {
    const planned = this.part.plans[number];
    const version = this.approved[number] ?? 0;
    const base_bonus = planned?.bases[version];
    if (planned === undefined || base_bonus === undefined) return;
    await this.office.plan({
      plan_id: planned.id,
      keyPrefix: planned.prefix,
      base_bonus: Number(base_bonus),
      ...postedRules(planned),
      members: { agents: this.part.payees.map(({ agent }) => agent) },
      destination: HRIS_OF_PAY,
      tell: planned.tell === 'PLATFORM' ? { destination: PLATFORM_OF_PAY } : planned.tell,
      clawback: planned.clawback,
      effective_from: `${this.part.periods[0]}-01`,
    });
    this.approved[number] = version + 1;
  }

  /** Facts are said in bulk by somebody who says them again until it is heard. */
  async say(keys: readonly string[]): Promise<void> {
    const words = this.part.words.filter(({ key }) => keys.includes(key));
    const times = this.part.times.filter(({ key }) => keys.includes(key));
    for (const key of keys) this.said.add(key);
    const heard = [
      words.length === 0 ||
        (await this.office.insist('author', '/v1/quality-results', { items: words.map(itemOf) }))
          ?.status === 200,
      times.length === 0 ||
        (await this.office.insist('author', '/v1/wfm-actuals', { items: times.map(timeOf) }))
          ?.status === 200,
    ];
    if (heard.includes(false)) this.#unheard.push([...keys]);
  }

  async perform(operation: Operation): Promise<void> {
    const own = operation as PayOperation;
    const planId = 'plan' in own ? (this.part.plans[own.plan]?.id ?? '') : '';
    const period = 'period' in own ? this.#label(own) : '';
    const isSure = [
      'plan',
      'mend',
      'decide',
      'release',
      'abandon',
      'write-off',
      'dispute',
      'forget',
    ];
    if (isSure.includes(own.kind) && this.history.postpone(operation)) return;
    this.history.trouble(`pay ${own.kind}`);
    switch (own.kind) {
      case 'step':
        return this.office.step(planId, period);
      case 'begin twice':
        await Promise.all([this.office.begin(planId, period), this.office.begin(planId, period)]);
        return;
      case 'replace':
        await this.office.begin(planId, period, true);
        return;
      case 'run':
        return this.#runAll(own.of);
      case 'say':
        return this.say(own.keys);
      case 'plan':
        return this.writePlan(own.plan);
      case 'mend':
        return this.#mend(own.payee);
      case 'forget':
        return this.#forget(own.payee);
      case 'dispute':
        return dispute(this, { planId, period }, own.payee, own.amount);
      case 'decide':
        return decide(this);
      case 'release':
      case 'abandon':
        return this.deliveries.act(own.kind, own.nth);
      case 'write-off':
        return writeOff(this, own.nth);
    }
  }

  async #runAll(of: readonly { readonly plan: number; readonly period: number }[]): Promise<void> {
    if (of.length > 1) this.history.trouble('pay runs at once');
    const { plans } = this.part;
    await Promise.all(
      of.map((which) => this.office.run(plans[which.plan]?.id ?? '', this.#label(which))),
    );
  }

  /** The period of a plan to which a month belongs. */
  #label({ plan, period }: { readonly plan: number; readonly period: number }): string {
    const [planned, month] = [this.part.plans[plan], this.part.periods[period]];
    return planned === undefined || month === undefined ? '' : labelOf(planned, month);
  }

  async #mend(nth: number): Promise<void> {
    const payee = this.part.payees[nth];
    const employee = `EMP-${payee?.agent}`;
    if (payee === undefined || this.employees.get(payee.agent) === employee) return;
    if (this.forgotten.has(payee.agent)) return;
    const person = this.history.plan.people.find(({ agentId }) => agentId === payee.agent);
    if (person === undefined) return;
    this.history.trouble('pay mapping mended');
    await this.history.world.addPerson({ ...person, employeeId: employee });
    this.employees.set(payee.agent, employee);
  }

  /** From the answer on nobody is shown who it was; cron does the rest. */
  async #forget(nth: number): Promise<void> {
    const agent = this.part.payees[nth]?.agent;
    if (agent === undefined) return;
    const path = `/v1/agents/${agent}/pseudonymise`;
    const body = { reason: 'asked for' };
    const answer = await this.history.world.must('POST', path, body);
    this.forgotten.set(agent, (answer as { agentKey: string }).agentKey);
  }

  /** Key of each payee in the books. */
  keysOf(books: Books): ReadonlyMap<string, string> {
    const known = [...agentIds(books)].map(([key, agent]) => [agent, key] as const);
    return new Map([...known, ...this.forgotten]);
  }

  /** Facts that nobody heard of are said once more, as their sender would. */
  async heal(): Promise<void> {
    for (const keys of this.#unheard.splice(0)) await this.say(keys);
    if (this.#unheard.length > 0) this.history.complaints.push('facts were never taken');
  }

  /** The HRIS fails for some days more; then every period is brought to its end, and once more. */
  async attend(day: number): Promise<void> {
    this.hris.calm ||= day >= LAST_FAULTS;
    this.platform.calm = this.hris.calm;
    await decide(this);
    if (day < LAST_FAULTS && unitOf(`${this.history.plan.seed} gives up ${day}`) < 0.3) {
      await writeOff(this, day);
    }
    for (const payee of this.part.payees.keys()) {
      // What is never mended is looked at for ever: a few histories pay for that.
      if (this.history.plan.seed % 8 !== 3) await this.#mend(payee);
    }
    const { plans, periods } = this.part;
    for (const plan of plans) {
      for (const period of labelsOf(plan, periods)) {
        await this.#goOn(plan.id, period, day === LAST_FAULTS);
      }
    }
    if (!this.hris.calm) return;
    await this.deliveries.seeTo();
    await this.#tellings.seeTo();
  }

  /** What was begun goes on; at the end one more version of each period is sent out. */
  async #goOn(planId: string, period: string, isLast: boolean): Promise<void> {
    for (let step = 0, begun = !isLast; step < MOST_STEPS; step += 1) {
      const last = await this.office.latest(planId, period);
      const isOut = last === null || ['DISPATCHED', 'SETTLED'].includes(last?.status ?? '');
      if (isOut && begun) return;
      begun ||= isOut;
      await this.office.step(planId, period);
    }
  }

  async look(): Promise<void> {
    this.looked = this.history.waited ? await look(this) : NOTHING_SEEN;
  }

  /** Sending out what was sent out, and beginning under a key that was used, changes nothing. */
  async repeat(): Promise<string[]> {
    const before = this.hris.commits.length;
    for (const plan of this.part.plans) {
      for (const period of labelsOf(plan, this.part.periods)) {
        const last = await this.office.latest(plan.id, period);
        if (last) await this.office.insist('payroll', `/v1/pay-runs/${last.runId}/dispatch`);
      }
    }
    await this.history.machine.runDue(this.history.world.now);
    const more = this.hris.commits.length - before;
    return more === 0 ? [] : [`INV-13: a repetition paid ${more} lines`];
  }

  broken(books: Books): readonly string[] {
    this.hris.tell(this.history);
    if (this.platform.taken.size > 0) this.history.trouble('pay told by platform');
    if (this.platform.suffered.size > 0) this.history.trouble('pay platform failed');
    return brokenPay(this, books);
  }

  state = (books: Books): readonly string[] => standings(this, books);

  counts = (books: Books): Readonly<Record<string, number>> => {
    const sizes = (books.all.get('pay_sheets') ?? []).map(({ size }) => Number(size));
    return {
      runs: runsOf(books).filter(({ phase }) => phase !== 'CREATED').length,
      lines: sizes.reduce((sum, size) => sum + size, 0),
      payments: this.hris.commits.length,
      deltas: (books.all.get('pay_deltas') ?? []).length,
      forgotten: this.forgotten.size,
    };
  };

  transitions = (books: Books): readonly string[] => [
    ...phasesOf(books),
    ...[...outcomesOf(books).values()].map((outcome) => `SENT > ${outcome}`),
    ...(books.all.get('pay_claims') ?? []).map(({ road }) => `DELTA > ${road}`),
  ];
}
