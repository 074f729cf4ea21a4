/**
 * What must be true of pay after every history: the HRIS committed each line once and no other;
 * each line is what the oracle says of the facts that were known under its seal; and whatever was
 * paid to a person, plus what is still open, is what everything that was said comes to (DEC-5).
 */
import { dueFor } from '../../oracle/pay/due';
import { agentIds, type Books, type Row } from '../books';
import { UNKNOWN } from '../delivery/hris';
import { outcomesOf } from '../delivery/truth';
import type { SeenRun } from './look';
import { type PlannedPayee, type PlannedPlan, payeeKey, RATE } from './plan';
import { HRIS_OF_PAY, type PayPlayer } from './system';

/** Reviews that a history's operator decides. */
export const DECIDED = ['PAY_DISPUTE', 'PAY_WRITE_OFF'] as const;
const PHASES = ['CREATED', 'CALCULATED', 'APPROVED', 'DISPATCHED', 'SETTLED'];

interface Run {
  readonly name: string;
  readonly planId: string;
  readonly period: string;
  readonly number: number;
  readonly planVersion: number;
  readonly phase: string;
  /** Everything in it is of the books as they stood under this seal. */
  readonly seal: number;
}

/** Runs by plain reading: the newest version of each, and the seal of the first. */
export function runsOf(books: Books): Run[] {
  const rows = books.config.filter(({ kind }) => kind === 'pay-run');
  const seals = new Map((books.all.get('config') ?? []).map(({ id, seal }) => [id, Number(seal)]));
  const byName = Map.groupBy(rows, ({ name }) => name);
  return [...byName].map(([name, phases]) => {
    const [first] = phases;
    const { content } = phases.reduce((a, b) => (b.version > a.version ? b : a));
    const known = JSON.parse(content ?? '{}') as Omit<Run, 'name' | 'seal'>;
    return { ...known, name, seal: seals.get(first?.id ?? '') ?? 0 };
  });
}

const isOut = ({ phase }: Pick<Run, 'phase'>): boolean => PHASES.indexOf(phase) >= 3;

export function phasesOf(books: Books): string[] {
  const runs = runsOf(books);
  const reached = runs.flatMap(({ phase }) =>
    PHASES.slice(1, PHASES.indexOf(phase) + 1).map((to, at) => `${PHASES[at]} > ${to}`),
  );
  const replaced = runs.filter((run) => !isOut(run) && runs.some((other) => follows(other, run)));
  return [...reached, ...replaced.map(() => 'CREATED > REPLACED')];
}

const follows = (later: Run, run: Run): boolean =>
  later.planId === run.planId && later.period === run.period && later.number > run.number;

interface Commit {
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

const cents = (amount = 0): bigint => BigInt(Math.round(amount * 100));

function commitOf({ key, body }: { readonly key: string; readonly body: string }): Commit {
  const said = JSON.parse(body) as Payload;
  const net =
    cents(said.variable_pay_amount) + cents(said.adjustment_amount) - cents(said.clawback_amount);
  return { key, employee: said.employee_id, net };
}

interface Sent {
  readonly agentKey: string;
  readonly run: string;
  readonly key: string;
  readonly isFirst: boolean;
  readonly outcome: string | null;
}

/** Every line that was ordered, with what the books say became of it. */
function sentOf(books: Books): Sent[] {
  const outcomes = outcomesOf(books);
  const own = (books.all.get('deliveries') ?? []).filter(
    ({ destination }) => destination === HRIS_OF_PAY,
  );
  return own.map(({ id, subject, content }) => {
    const [, run = '', agentKey = '', kind = ''] =
      /^pay-line:(.+)\/([a-z2-7]{16}):(\w+)$/.exec(String(subject)) ?? [];
    const { idempotencyKey } = JSON.parse(String(content)) as { idempotencyKey: string };
    const outcome = outcomes.get(String(id)) ?? null;
    return { agentKey, run, key: idempotencyKey, isFirst: kind === 'FIRST', outcome };
  });
}

/** INV-7, INV-21: one commit a key, of the bytes that were frozen, where it is confirmed and only there. */
function committedOnce({ hris, history }: PayPlayer, sent: readonly Sent[]): string[] {
  const known = new Map(sent.map((one) => [one.key, one]));
  const strangers = hris.commits
    .filter(({ key }) => !known.has(key))
    .map(({ key }) => `INV-7 ${key}: the HRIS was told what nobody ordered`);
  const twice = sent.length - known.size;
  return [
    ...strangers,
    ...(twice === 0 ? [] : [`DEC-4: ${twice} lines share a key`]),
    ...sent.flatMap(({ key, outcome }) => {
      const commits = hris.commits.filter((one) => one.key === key);
      const bodies = new Set(hris.said.get(key) ?? []);
      const refused = commits.some(({ body }) => body.includes(UNKNOWN));
      return [
        ...(commits.length > 1 ? [`INV-7 ${key}: paid ${commits.length} times`] : []),
        ...(outcome === 'CONFIRMED' && commits.length === 0 ? [`INV-7 ${key}: never paid`] : []),
        ...(outcome === 'REJECTED' && commits.length > 0 ? [`INV-7 ${key}: refused and paid`] : []),
        ...(refused ? [`DEC-24 ${key}: paid to nobody`] : []),
        ...(bodies.size > 1 ? [`INV-21 ${key}: ${bodies.size} different requests`] : []),
        ...(outcome === null && history.waited ? [`INV-12 ${key}: no outcome`] : []),
      ];
    }),
  ];
}

/** What a person's accounts of pay came to: paid, and owed back, in the smallest part. */
function inTheBooks(books: Books, agentKey: string): bigint {
  const isOwn = (account: string): boolean =>
    account.startsWith(`agent:${agentKey}:paid:`) || account.startsWith(`agent:${agentKey}:owed:`);
  return books.entries.reduce((sum, { from_account, to_account, amount }) => {
    const into = isOwn(to_account) ? BigInt(amount) : 0n;
    return sum + into - (isOwn(from_account) ? BigInt(amount) : 0n);
  }, 0n);
}

interface Delta {
  readonly id: string;
  readonly agentKey: string;
  readonly kind: string;
  readonly amount: bigint;
  readonly open: bigint;
  readonly writtenOff: bigint;
}

/** Deltas with what is open of them: a claim counts unless its line was refused. */
function deltasOf(books: Books): Delta[] {
  const outcomes = outcomesOf(books);
  const claims = (books.all.get('pay_claims') ?? []).filter(
    ({ delivery }) => outcomes.get(String(delivery)) !== 'REJECTED',
  );
  const of = (id: string): readonly Row[] =>
    claims.filter((claim) => String(claim.id).startsWith(`${id}/`));
  const sum = (rows: readonly Row[]): bigint =>
    rows.reduce((all, { amount }) => all + BigInt(Number(amount)), 0n);
  return (books.all.get('pay_deltas') ?? []).map(({ id, agent_key, kind, amount }) => {
    const own = of(String(id));
    return {
      id: String(id),
      agentKey: String(agent_key),
      kind: String(kind),
      amount: BigInt(Number(amount)),
      open: BigInt(Number(amount)) - sum(own),
      writtenOff: sum(own.filter(({ road }) => road === 'WRITE_OFF')),
    };
  });
}

const oraclePlan = (plan: PlannedPlan, version: number) => ({
  base_bonus: plan.bases[version - 1] ?? '0',
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
});

interface Asked {
  readonly payee: PlannedPayee;
  readonly run: Run;
  /** Which words stand: all that were said, or those under a seal. */
  readonly stands: (kind: 'quality_results' | 'wfm_actuals', at: number) => boolean;
}

function worthOf({ part, words, times }: PayPlayer, { payee, run, stands }: Asked): bigint {
  const plan = part.plans.find(({ id }) => id === run.planId);
  if (plan === undefined) return 0n;
  const isOf = (one: { readonly agent: string; readonly period: string }): boolean =>
    one.agent === payee.agent && one.period === run.period;
  return dueFor({
    plan: oraclePlan(plan, run.planVersion),
    results: words.filter((word) => isOf(word) && stands('quality_results', word.at)),
    times: times.filter((time) => isOf(time) && stands('wfm_actuals', time.at)),
    interactions: part.interactions[payeeKey(payee.agent, run.period)] ?? 0,
    rate: payee.currency === 'USD' ? null : RATE,
  });
}

const everything = (): boolean => true;

/** DEC-5, for each person of whom nothing is on its way. */
function paidAndOpenIsDue(player: PayPlayer, books: Books, sent: readonly Sent[]): string[] {
  const runs = runsOf(books).filter(isOut);
  const deltas = deltasOf(books);
  const keys = new Map([...agentIds(books)].map(([key, agent]) => [agent, key]));
  const commits = player.hris.commits.map(commitOf);
  return player.part.payees.flatMap((payee) => {
    const agentKey = keys.get(payee.agent) ?? '';
    const own = sent.filter((one) => one.agentKey === agentKey);
    if (own.some(({ outcome }) => outcome === null)) return [];
    const names = new Set(own.map(({ key }) => key));
    const paid = commits
      .filter(({ key }) => names.has(key))
      .reduce((sum, { net }) => sum + net, 0n);
    const ledger = inTheBooks(books, agentKey);
    const broken = ledger === paid ? [] : [`INV-7 ${payee.agent}: paid ${paid}, ledger ${ledger}`];
    const mine = deltas.filter((delta) => delta.agentKey === agentKey);
    const sum = (read: (delta: Delta) => bigint): bigint =>
      mine.reduce((all, delta) => all + read(delta), 0n);
    const settled = sum(({ open }) => open) + sum(({ writtenOff }) => writtenOff);
    const disputed = sum(({ kind, amount }) => (kind === 'DISPUTE' ? amount : 0n));
    const due = disputed + dueOfPeriods(player, payee, runs, isPaidFor(own, runs, mine));
    if (paid + settled === due) return broken;
    return [
      ...broken,
      `DEC-5 ${payee.agent}: paid ${paid}, open and written off ${settled}, due ${due}`,
    ];
  });
}

/** Whether a plan's period was paid to somebody: confirmed, or with nothing, and corrected since. */
const isPaidFor =
  (own: readonly Sent[], runs: readonly Run[], deltas: readonly Delta[]) =>
  ({ planId, period }: Run): boolean => {
    const corrected = deltas.some(
      ({ id, kind }) => kind !== 'DISPUTE' && id.includes(`.${planId}.${period}.`),
    );
    if (corrected) return true;
    const ofIt = new Set(
      runs.filter((run) => run.planId === planId && run.period === period).map(({ name }) => name),
    );
    return own.some(
      ({ run, isFirst, outcome }) => isFirst && outcome === 'CONFIRMED' && ofIt.has(run),
    );
  };

/** What all periods of a person are worth that were paid: by the plan of their newest version. */
function dueOfPeriods(
  player: PayPlayer,
  payee: PlannedPayee,
  runs: readonly Run[],
  isPaid: (run: Run) => boolean,
): bigint {
  const newest = runs.filter((run) => !runs.some((other) => follows(other, run)));
  return newest
    .filter((run) => isPaid(run) || isEnd(player, payee))
    .reduce((sum, run) => sum + worthOf(player, { payee, run, stands: everything }), 0n);
}

/** At the end everybody whom HR knows is paid for every period. */
const isEnd = ({ history, employees }: PayPlayer, { agent }: PlannedPayee): boolean => {
  const employee = employees.get(agent) ?? null;
  return history.waited && employee !== null && !employee.startsWith(UNKNOWN);
};

/** P2, P6: a line is what was known under the seal of its run, whatever came later. */
function linesAreRight(player: PayPlayer, books: Books): string[] {
  const keys = new Map([...agentIds(books)].map(([key, agent]) => [agent, key]));
  const said = new Map<string, number>();
  for (const table of ['quality_results', 'wfm_actuals'] as const) {
    for (const { agent_key, revised_at, seal } of books.all.get(table) ?? []) {
      said.set(`${table} ${agent_key} ${revised_at}`, Number(seal));
    }
  }
  const runs = new Map(runsOf(books).map((run) => [run.name, run]));
  return player.looked.runs.flatMap((seen) => {
    const run = runs.get(seen.runId);
    if (run === undefined) return [`${seen.runId}: a run that is not in the books`];
    const versions = player.approved[player.part.plans.findIndex(({ id }) => id === run.planId)];
    return [
      ...(run.planVersion <= (versions ?? 0) ? [] : [`P5 ${run.name}: by a plan nobody approved`]),
      ...player.part.payees.flatMap((payee) => {
        const stands: Asked['stands'] = (table, at) =>
          (said.get(`${table} ${keys.get(payee.agent)} ${at}`) ?? Infinity) <= run.seal;
        const worth = worthOf(player, { payee, run, stands });
        const line = seen.lines.find(({ agentId }) => agentId === payee.agent);
        const earned = cents(Number(line?.earned));
        return line !== undefined && earned === worth
          ? []
          : [`P6 ${run.name} ${payee.agent}: ${line?.earned}, the oracle says ${worth} cents`];
      }),
    ];
  });
}

/** P14: every line explains itself: plan, results, steps, key, answer, every delta. */
function explained(player: PayPlayer, books: Books, sent: readonly Sent[]): string[] {
  const ids = agentIds(books);
  const bySubject = new Map(sent.map((one) => [`${one.run} ${ids.get(one.agentKey)}`, one]));
  const named = new Set<string>();
  const told = new Set<string>();
  const lines = player.looked.runs.flatMap((seen) =>
    seen.lines.flatMap((line) => {
      const { explained: because, status } = line;
      for (const { deltaId } of because.deltas ?? []) told.add(deltaId);
      const one = bySubject.get(`${seen.runId} ${line.agentId}`);
      if (one !== undefined) named.add(one.key);
      const holds: readonly (readonly [string, boolean])[] = [
        ['an answer', status === 200],
        [
          'its plan',
          because.plan?.hash === seen.planHash && because.plan.version === seen.planVersion,
        ],
        ['its steps', (because.steps?.length ?? 0) > 0],
        ['its results', (because.facts?.results ?? []).every(({ result }) => result !== null)],
        ['its key', (because.delivery?.idempotencyKey ?? null) === (one?.key ?? null)],
        ['its outcome', (because.delivery?.outcome ?? null) === (one?.outcome ?? null)],
        ['its request', one === undefined || because.delivery?.request !== null],
        ['its answer', one?.outcome !== 'CONFIRMED' || because.delivery?.answer !== null],
      ];
      return holds
        .filter(([, holdsIt]) => !holdsIt)
        .map(([what]) => `P14 ${seen.runId} ${line.agentId}: without ${what}`);
    }),
  );
  const unexplained = [
    ...sent.filter(({ key }) => !named.has(key)).map(({ key }) => key),
    ...deltasOf(books)
      .filter(({ id }) => !told.has(id))
      .map(({ id }) => id),
  ];
  return [...lines, ...unexplained.map((what) => `P14 ${what}: nothing explains it`)];
}

/** P9: in the end the two sides agree, line by line. */
const reconciled = ({ runId, reconciliation, lines }: SeenRun): string[] => {
  if (reconciliation === null) return [];
  const wanted = {
    missingThere: 0,
    unknownHere: 0,
    amountDiffers: 0,
    uncertain: 0,
    complete: true,
    confirmed: lines.filter(({ state }) => state === 'CONFIRMED').length,
  };
  return Object.entries(wanted)
    .filter(([name, value]) => reconciliation[name] !== value)
    .map(([name, value]) => `P9 ${runId}: ${name} ${reconciliation[name]}, not ${value}`);
};

/** What still waits in the end waits for a number in HR or for a version that nobody began. */
function allHasEnded(player: PayPlayer, books: Books): string[] {
  return runsOf(books).flatMap((run) => {
    if (run.phase === 'SETTLED') return [];
    if (!isOut(run)) {
      const replaced = runsOf(books).some((other) => follows(other, run));
      return replaced ? [] : [`INV-12 ${run.name}: is ${run.phase} in the end`];
    }
    const seen = player.looked.runs.find(({ runId }) => runId === run.name);
    return (seen?.lines ?? [])
      .filter(({ state }) => ['SENT', 'UNCERTAIN', 'HELD', 'DISPUTED'].includes(state))
      .map(({ agentId, state, obstacle }) => `INV-12 ${run.name} ${agentId}: ${state} ${obstacle}`);
  });
}

export function brokenPay(player: PayPlayer, books: Books): string[] {
  const sent = sentOf(books);
  const { mostInFlight } = player.hris;
  const whatCameOfReviews = reviewsHold(player, books);
  return [
    ...committedOnce(player, sent),
    ...paidAndOpenIsDue(player, books, sent),
    ...whatCameOfReviews,
    ...(mostInFlight > player.part.concurrency ? [`O4: ${mostInFlight} lines in flight`] : []),
    ...(player.history.waited
      ? [
          ...linesAreRight(player, books),
          ...explained(player, books, sent),
          ...player.looked.runs.flatMap(reconciled),
          ...allHasEnded(player, books),
        ]
      : []),
  ];
}

/** P14: nothing is posted by a review but what somebody approved. */
function reviewsHold({ decisions }: PayPlayer, books: Books): string[] {
  const disputes = (books.all.get('pay_deltas') ?? []).filter(({ kind }) => kind === 'DISPUTE');
  const given = (books.all.get('pay_claims') ?? []).filter(({ road }) => road === 'WRITE_OFF');
  const asked = [
    ...disputes.map(({ id }) => String(id).split('.d').at(-1) ?? ''),
    ...given.map(({ line }) => String(line).slice('review/'.length)),
  ];
  return asked
    .filter((id) => decisions.get(id) !== 'APPROVE')
    .map((id) => `P14 review ${id}: posted, and nobody approved it`);
}

/** What two runs of one plan agree on: what each person has come to in the end. */
export function standings(player: PayPlayer, books: Books): string[] {
  const isSure = player.history.world.board.fired.size === 0;
  if (!isSure) return [];
  const keys = new Map([...agentIds(books)].map(([key, agent]) => [agent, key]));
  return player.part.payees.map(({ agent }) => {
    const agentKey = keys.get(agent) ?? '';
    return `pay ${agent} ${inTheBooks(books, agentKey)}`;
  });
}
