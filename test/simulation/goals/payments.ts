/**
 * What the HRIS must have been told of goals after every history, by an oracle of its own: which
 * key, which employee, how much, once. Follows what the operator decided; asks the books only what
 * nobody else can know: the snapshot that was locked, and restated figures where something came
 * between the end of the window and the look at it.
 */
import { shares } from '../../oracle/shares';
import { agentIds, type Books } from '../books';
import { centsOf, givenUpByNobody, type Owed, outcomesOf, paymentIsRight } from '../delivery/truth';
import { hashed } from '../invariants-of-books';
import { AWARD, heardInTime, keeperOf, type Step, stepsOf } from './rewards';
import type { GoalsPlayer } from './system';
import { type Lock, sumsOf, type TeamAsItStands } from './truth';

export const HRIS_OF_GOALS = 'hris-of-goals';

/** By agent id, in cents. */
type Parts = ReadonlyMap<string, number>;
const NOBODY: Parts = new Map();

interface Case {
  readonly player: GoalsPlayer;
  readonly books: Books;
  /** Agent ids by key. */
  readonly ids: ReadonlyMap<string, string>;
  readonly team: TeamAsItStands;
  readonly lock: Lock;
  /** Of this goal and week. */
  readonly steps: readonly Step[];
}

/** The engine's own parts. */
const partsOf = ({ content }: Step, ids: Case['ids']): Parts =>
  new Map((content.parts ?? []).map(([key, amount]) => [ids.get(key) ?? key, amount]));

const stepOf = ({ steps }: Case, name: string, epoch = 1): Step | undefined =>
  steps.find((step) => step.name === name && step.epoch === epoch);

const approved = ({ player }: Case, step: Step | undefined): boolean =>
  player.decisions.get(step?.content.reviewId ?? '') === 'APPROVE';

/** Members of the snapshot whom no other team keeps, with what they contributed. */
function kept({ player, team, lock }: Case, figures: Lock['members']): Map<string, bigint> {
  const own = [...lock.members.keys()].filter(
    (agent) => (keeperOf(player, agent, lock.week) ?? team.teamId) === team.teamId,
  );
  return new Map(own.map((agent) => [agent, figures.get(agent) ?? 0n]));
}

/** What the first epoch promises, from the locked snapshot and who keeps whom. */
function promised(about: Case): Parts {
  const members = kept(about, about.lock.members);
  const { distribution } = about.player.part;
  return shares(AWARD, distribution, members) ?? shares(AWARD, 'EQUITY', members) ?? NOBODY;
}

/** What is left of it after verdict and review. */
function settled(about: Case): Parts {
  const { player, books, team, lock, ids } = about;
  const [opened, judged] = [stepOf(about, 'OPENED'), stepOf(about, 'JUDGED')];
  if (opened === undefined || judged === undefined) return NOBODY;
  if (opened.content.outcome === 'REVIEW' && !approved(about, opened)) return NOBODY;
  const { verdict } = judged.content;
  if (verdict === 'CONFIRMED') return promised(about);
  if (verdict === 'REVIEW') return approved(about, judged) ? promised(about) : NOBODY;
  if (verdict !== 'ADJUST') return NOBODY;
  if (player.part.distribution === 'EQUITY') return promised(about);
  const said = heardInTime(player, lock.week, books);
  if (said === null) return partsOf(judged, ids);
  return shares(AWARD, 'PROPORTIONAL', kept(about, sumsOf(team, lock.week, said))) ?? NOBODY;
}

interface Payment extends Owed {
  readonly agent: string;
}

/** Everything that the HRIS should have of one goal, epoch by epoch. */
function paymentsOf(about: Case): Payment[] {
  const { lock, steps, ids } = about;
  const keys = new Map([...ids].map(([key, agent]) => [agent, key]));
  const later = steps.filter(({ name, epoch }) => name === 'OPENED' && epoch > 1);
  const epochs: (readonly [epoch: number, parts: Parts])[] = [
    [1, settled(about)],
    ...later.map((step) => [step.epoch, partsOf(step, ids)] as const),
  ];
  return epochs.flatMap(([epoch, parts]) => {
    const fields = [lock.goal, lock.period, 'ACHIEVED'];
    const key = epoch === 1 ? hashed(...fields) : hashed(...fields, epoch);
    return [...parts].map(([agent, amount]) => ({
      agent,
      amount,
      key: `${key}-${keys.get(agent)}`,
      employee: employeeOf(about.player, agent),
    }));
  });
}

const employeeOf = ({ history }: GoalsPlayer, agent: string): string =>
  history.plan.people.find(({ agentId }) => agentId === agent)?.employeeId ?? agent;

/** What the operator decided was done, and nothing that waits for a person was done without. */
function decisionsHold(about: Case): string[] {
  const { player, steps, lock } = about;
  const { decisions, history } = player;
  const deciding = { ADMITTED: stepOf(about, 'OPENED'), DECIDED: stepOf(about, 'JUDGED') };
  const ofSteps = Object.entries(deciding).flatMap(([name, asked]) => {
    const wanted = decisions.get(asked?.content.reviewId ?? '');
    const found = stepOf(about, name)?.content.decision;
    const said = found && (found === 'GO_ON' ? 'APPROVE' : 'REJECT');
    return said === wanted ? [] : [`G8 ${lock.id}: ${name} ${found}, the operator said ${wanted}`];
  });
  const looks = steps.filter(({ name }) => name === 'LATE');
  const unasked = steps.filter(
    ({ name, epoch }) =>
      name === 'OPENED' &&
      epoch > 1 &&
      !looks.some((look) => look.content.epoch === epoch && approved(about, look)),
  );
  const missed = looks.filter(
    (look) => approved(about, look) && !stepOf(about, 'OPENED', look.content.epoch),
  );
  for (const look of looks) {
    history.trouble(`late correction ${decisions.get(look.content.reviewId ?? '') ?? 'open'}`);
  }
  return [
    ...ofSteps,
    ...unasked.map(({ epoch }) => `DEC-12 ${lock.id}: epoch ${epoch}, and nobody approved it`),
    ...missed.map(({ content }) => `DEC-12 ${lock.id}: epoch ${content.epoch} was never opened`),
  ];
}

/** What an agent earned of goals, by the ledger. */
function earned(books: Books, key: string): number {
  const account = `agent:${key}:reward:earned`;
  const amounts = books.entries.map(({ from_account: from, to_account: to, amount }) =>
    to === account ? amount : from === account ? -amount : 0,
  );
  return amounts.reduce((sum, one) => sum + one, 0);
}

/** INV-7: what the HRIS paid an agent is what the ledger says was earned, to the cent. */
function ledgersAgree(player: GoalsPlayer, books: Books, payments: readonly Payment[]): string[] {
  const agentOf = new Map(payments.map(({ key, agent }) => [key, agent]));
  return [...agentIds(books)].flatMap(([key, agent]) => {
    const own = player.hris?.commits.filter((one) => agentOf.get(one.key) === agent) ?? [];
    const paid = own.reduce((sum, { body }) => sum + centsOf(body), 0);
    const had = earned(books, key);
    return paid === had ? [] : [`INV-7 ${agent}: the HRIS paid ${paid}, the ledger says ${had}`];
  });
}

/** What a pool without a destination pays is earned in the ledger alone. */
function earnedAlone(books: Books, payments: readonly Payment[]): string[] {
  const owed = new Map<string, number>();
  for (const { agent, amount } of payments) owed.set(agent, (owed.get(agent) ?? 0) + amount);
  return [...agentIds(books)].flatMap(([key, agent]) => {
    const [had, wanted] = [earned(books, key), owed.get(agent) ?? 0];
    return had === wanted ? [] : [`G9 ${agent}: earned ${had}, the oracle says ${wanted}`];
  });
}

export function brokenPayments(
  player: GoalsPlayer,
  books: Books,
  locks: readonly Lock[],
): string[] {
  const ids = agentIds(books);
  const steps = stepsOf(books);
  const cases = player.teams.flatMap((team, number) =>
    locks
      .filter(({ goal, status }) => goal === `goal-${number}` && status === 'ACHIEVED')
      .map((lock): Case => {
        const own = steps.filter(
          ({ goal, period }) => goal === lock.goal && period === lock.period,
        );
        return { player, books, ids, team, lock, steps: own };
      }),
  );
  const isOver = player.history.waited;
  const decided = isOver ? cases.flatMap(decisionsHold) : [];
  const { hris } = player;
  const payments = cases.flatMap(paymentsOf);
  if (hris === null) return [...decided, ...(isOver ? earnedAlone(books, payments) : [])];
  hris.tell(player.history);
  const outcomes = outcomesOf(books);
  const rows = (books.all.get('deliveries') ?? []).filter(
    ({ destination }) => destination === HRIS_OF_GOALS,
  );
  const idOf = new Map(
    rows.map(({ id, content }) => [
      (JSON.parse(String(content)) as { idempotencyKey: string }).idempotencyKey,
      String(id),
    ]),
  );
  const known = new Set(payments.map(({ key }) => key));
  const tooMany = player.part.paidBy?.concurrency ?? 0;
  return [
    ...decided,
    ...payments.flatMap((payment) =>
      paymentIsRight(hris, payment, outcomes.get(idOf.get(payment.key) ?? ''), {
        isSettled: isOver,
        isOver,
      }),
    ),
    ...[...hris.commits.map(({ key }) => key), ...idOf.keys()]
      .filter((key) => !known.has(key))
      .map((key) => `INV-7 ${key}: the HRIS was told what nobody owes`),
    ...(isOver ? ledgersAgree(player, books, payments) : []),
    ...givenUpByNobody(outcomes, player.deliveries.givenUp),
    ...(hris.mostInFlight > tooMany ? [`O4: ${hris.mostInFlight} in flight, not ${tooMany}`] : []),
  ];
}
