/**
 * Pay as it stands in the books and at the HRIS, by plain reading: runs, lines that were ordered,
 * what was committed, deltas and what is open of them. Decides nothing about whether it is right.
 */
import type { Books, Row } from '../books';
import { outcomesOf } from '../delivery/truth';
import type { PayPart } from './plan';

export const HRIS_OF_PAY = 'hris-of-pay';
const PHASES = ['CREATED', 'CALCULATED', 'APPROVED', 'DISPATCHED', 'SETTLED'];

export interface Run {
  readonly name: string;
  readonly planId: string;
  readonly period: string;
  readonly number: number;
  readonly planVersion: number;
  readonly phase: string;
  /** Everything in it is of the books as they stood under this seal. */
  readonly seal: number;
  /** Under which seal it was sent out; infinite where it was not. */
  readonly sentOut: number;
}

/** Runs by plain reading: the newest version of each, and the seal of the first. */
export function runsOf(books: Books): Run[] {
  const rows = books.config.filter(({ kind }) => kind === 'pay-run');
  const seals = new Map((books.all.get('config') ?? []).map(({ id, seal }) => [id, Number(seal)]));
  const byName = Map.groupBy(rows, ({ name }) => name);
  return [...byName].map(([name, phases]) => {
    const [first] = phases;
    const { content } = phases.reduce((a, b) => (b.version > a.version ? b : a));
    const known = JSON.parse(content ?? '{}') as Omit<Run, 'name' | 'seal' | 'sentOut'>;
    const out = phases.find(({ version }) => version === PHASES.indexOf('DISPATCHED') + 1);
    const sentOut = seals.get(out?.id ?? '') ?? Infinity;
    return { ...known, name, seal: seals.get(first?.id ?? '') ?? 0, sentOut };
  });
}

export const isOut = ({ phase }: Pick<Run, 'phase'>): boolean => PHASES.indexOf(phase) >= 3;

export function phasesOf(books: Books): string[] {
  const runs = runsOf(books);
  const reached = runs.flatMap(({ phase }) =>
    PHASES.slice(1, PHASES.indexOf(phase) + 1).map((to, at) => `${PHASES[at]} > ${to}`),
  );
  const replaced = runs.filter((run) => !isOut(run) && runs.some((other) => follows(other, run)));
  return [...reached, ...replaced.map(() => 'CREATED > REPLACED')];
}

export const follows = (later: Run, run: Run): boolean =>
  later.planId === run.planId && later.period === run.period && later.number > run.number;

export interface Commit {
  readonly key: string;
  readonly employee: string;
  /** In cents of the agent's currency; negative where more was taken back than paid. */
  readonly net: bigint;
}

interface Payload {
  readonly employee_id: string;
  readonly variable_pay_amount: number;
  readonly adjustment_amount?: number;
  readonly clawback_amount?: number;
}

export const cents = (amount = 0): bigint => BigInt(Math.round(amount * 100));

export function commitOf({ key, body }: { readonly key: string; readonly body: string }): Commit {
  const said = JSON.parse(body) as Payload;
  const net =
    cents(said.variable_pay_amount) + cents(said.adjustment_amount) - cents(said.clawback_amount);
  return { key, employee: said.employee_id, net };
}

/** FOUND was given up, and was paid all the same. */
export const wasPaid = ({ outcome }: Pick<Sent, 'outcome'>): boolean =>
  outcome === 'CONFIRMED' || outcome === 'FOUND';

export interface Sent {
  readonly delivery: string;
  readonly agentKey: string;
  readonly run: string;
  readonly key: string;
  readonly isFirst: boolean;
  readonly outcome: string | null;
}

interface Named {
  readonly part: PayPart;
  readonly forgotten: ReadonlyMap<string, string>;
}

/** Every line that was ordered, with what the books say became of it. */
export function sentOf(books: Books, { part, forgotten }: Named): Sent[] {
  const outcomes = outcomesOf(books);
  const own = (books.all.get('deliveries') ?? []).filter(
    ({ destination }) => destination === HRIS_OF_PAY,
  );
  const agents = new Map([...forgotten].map(([agent, key]) => [key, agent]));
  /** DEC-4: of one who was forgotten the books keep no key. */
  const keyOf = (run: string, agentKey: string): string => {
    const [plan = '', period = '', version] = run.split('.');
    const prefix = part.plans.find(({ id }) => id === plan)?.prefix;
    return `${prefix}_${period.replaceAll('-', '_')}_${agents.get(agentKey)}_${version}`;
  };
  return own.map(({ id, subject, content }) => {
    const [, run = '', agentKey = '', kind = ''] =
      /^pay-line:(.+)\/([a-z2-7]{16}):(\w+)$/.exec(String(subject)) ?? [];
    const said = JSON.parse(String(content)) as { idempotencyKey: string } | null;
    const outcome = outcomes.get(String(id)) ?? null;
    return {
      delivery: String(id),
      agentKey,
      run,
      key: said?.idempotencyKey ?? keyOf(run, agentKey),
      isFirst: kind === 'FIRST',
      outcome,
    };
  });
}

/** What a person's accounts of pay came to: paid, and owed back, in the smallest part. */
export function inTheBooks(books: Books, agentKey: string): bigint {
  const isOwn = (account: string): boolean =>
    account.startsWith(`agent:${agentKey}:paid:`) || account.startsWith(`agent:${agentKey}:owed:`);
  return books.entries.reduce((sum, { from_account, to_account, amount }) => {
    const into = isOwn(to_account) ? BigInt(amount) : 0n;
    return sum + into - (isOwn(from_account) ? BigInt(amount) : 0n);
  }, 0n);
}

export interface Delta {
  readonly id: string;
  /** The books as they were read when it was found. */
  readonly factsSeal: number;
  readonly agentKey: string;
  readonly kind: string;
  readonly amount: bigint;
  readonly open: bigint;
  readonly writtenOff: bigint;
}

/** Deltas with what is open of them: a claim counts unless its line was refused or given up. */
export function deltasOf(books: Books): Delta[] {
  const outcomes = outcomesOf(books);
  const claims = (books.all.get('pay_claims') ?? []).filter(
    ({ delivery }) => !['REJECTED', 'ABANDONED'].includes(outcomes.get(String(delivery)) ?? ''),
  );
  const of = (id: string): readonly Row[] =>
    claims.filter((claim) => String(claim.id).startsWith(`${id}/`));
  const sum = (rows: readonly Row[]): bigint =>
    rows.reduce((all, { amount }) => all + BigInt(Number(amount)), 0n);
  return (books.all.get('pay_deltas') ?? []).map(({ id, facts_seal, agent_key, kind, amount }) => {
    const own = of(String(id));
    return {
      id: String(id),
      factsSeal: Number(facts_seal),
      agentKey: String(agent_key),
      kind: String(kind),
      amount: BigInt(Number(amount)),
      open: BigInt(Number(amount)) - sum(own),
      writtenOff: sum(own.filter(({ road }) => road === 'WRITE_OFF')),
    };
  });
}
