/**
 * What must be true of goals that a platform evaluates after every history: nothing without its word
 * or a person's, one snapshot as it was said last, the verdict of the oracle over what the platform
 * said when it was asked again, each member given their part once, and taken back by an entry alone.
 */
import { millionths } from '../../oracle/number';
import { shares } from '../../oracle/shares';
import { verdict } from '../../oracle/verdict';
import { agentIds, type Books } from '../books';
import { daysAreRight, evaluatedRightly } from '../goals/days';
import { type Step, stepsOf } from '../goals/rewards';
import { AWARD, heldOf, moneyIsThere, NOBODY, ofAgents, type Parts, shown, unpaid } from './money';
import type { PlannedReport, ReportedPart } from './plan';
import { sharesAt, valueAt } from './platform';
import type { ReportedPlayer } from './system';

const THRESHOLD = 300n * 1_000_000n;
const HOUR = 3_600_000;

export interface ReportedLock {
  readonly goal: string;
  readonly period: string;
  readonly status: string;
  readonly value: bigint;
  /** By agent id. */
  readonly members: ReadonlyMap<string, bigint>;
}

export function reportedLocks(books: Books, { reports }: ReportedPart): ReportedLock[] {
  const ids = agentIds(books);
  const names = new Set(reports.map(({ goal }) => goal));
  return (books.all.get('goal_locks') ?? [])
    .filter(({ goal }) => names.has(String(goal)))
    .map((row) => ({
      goal: String(row.goal),
      period: String(row.period),
      status: String(row.status),
      value: BigInt(String(row.metric_value)),
      members: new Map(
        (JSON.parse(String(row.members)) as [string, string][]).map(([key, amount]) => [
          ids.get(key) ?? key,
          BigInt(amount),
        ]),
      ),
    }));
}

interface Case {
  readonly player: ReportedPlayer;
  readonly books: Books;
  readonly report: PlannedReport;
  readonly lock: ReportedLock;
  readonly steps: readonly Step[];
}

const exactly = (text: string): bigint => millionths(text) ?? 0n;

const sharesOf = (report: PlannedReport, at: number): Map<string, bigint> =>
  new Map([...sharesAt(report, at)].map(([agent, one]) => [agent, BigInt(one) * 1_000_000n]));

const stepOf = ({ steps }: Case, name: string, epoch = 1): Step | undefined =>
  steps.find((step) => step.name === name && step.epoch === epoch);

/** G6: what is locked is what the platform said last, or what a person made of its silence. */
function lockIsRight({ player, report, lock }: Case): string[] {
  const { goal, value, distribution } = report;
  const last = player.platform.given.findLast((one) => one.goal === goal && one.what === 'status');
  const asked = player.platform.given.filter((one) => one.goal === goal && one.what === 'shares');
  const status = report.course === 'other' ? 'ON_TRACK' : 'ACHIEVED';
  const found = `${lock.status} ${lock.value}`;
  const said = last === undefined ? null : `${status} ${exactly(last.value)}`;
  const figures = shown(lock.members);
  const isShared =
    distribution === 'EQUITY'
      ? figures === ''
      : asked.some(({ at }) => shown(sharesOf(report, at)) === figures);
  if (found === said && isShared) return [];
  const decided = [...player.decisions.values()].filter((one) => one.goal === goal);
  const byPerson = decided.some(({ decision }) => {
    const wanted = decision === 'APPROVE' ? 'ACHIEVED' : 'BEHIND';
    return found === `${wanted} ${exactly(value)}`;
  });
  if (byPerson && figures === '') return [];
  return [`G6 ${goal}: locked ${found} (${figures}), the platform said ${said}`];
}

/** What the snapshot promises. */
const promised = ({ report, lock }: Case): Parts =>
  shares(AWARD, report.distribution, lock.members) ??
  shares(AWARD, 'EQUITY', lock.members) ??
  NOBODY;

const approved = ({ player }: Case, step: Step | undefined): boolean =>
  player.decisions.get(step?.content.reviewId ?? '')?.decision === 'APPROVE';

/** Shared by contributions of which there are none: a person looks before anything is promised. */
const mustBeAdmitted = ({ report, lock }: Case): boolean =>
  report.distribution === 'PROPORTIONAL' && shown(lock.members) === '';

/** True where nothing may be promised: a person has not looked, or has refused. */
const isHeldBack = (about: Case): boolean =>
  mustBeAdmitted(about) && !approved(about, stepOf(about, 'OPENED'));

/** When a step was taken, by its row. */
const takenAt = ({ books, report }: Case, { name, epoch }: Step): number =>
  Number(
    books.all
      .get('goal_rewards')
      ?.find((row) => row.goal === report.goal && row.step === name && row.epoch === epoch)?.at ??
      0,
  );

/** What is left of it after verdict and review. */
function settled(about: Case, judged: Step): Parts {
  const found = judged.content.verdict;
  if (found === 'CONFIRMED') return promised(about);
  if (found === 'REVIEW') return approved(about, judged) ? promised(about) : NOBODY;
  if (found !== 'ADJUST') return NOBODY;
  const { report, lock } = about;
  if (report.distribution === 'EQUITY') return promised(about);
  const now = sharesOf(report, takenAt(about, judged));
  const members = new Map([...lock.members.keys()].map((agent) => [agent, now.get(agent) ?? 0n]));
  return shares(AWARD, 'PROPORTIONAL', members) ?? NOBODY;
}

const ON_THE_WAY = /^(platform-goal DESTINATIONS\.ask|destination fetch) /;

/** True where the platform failed to answer, or a fault of ours lost what it said. */
const isUnheard = ({ platform, history }: Case['player']): boolean =>
  platform.failed || [...history.world.board.fired.keys()].some((way) => ON_THE_WAY.test(way));

/** DEC-11, over what the platform said when it was asked again. */
function verdictIsRight(about: Case, judged: Step): string[] {
  const { player, report, lock } = about;
  const { goal, whenDrifted, whenFallen } = report;
  const at = takenAt(about, judged);
  const found = judged.content.verdict;
  const stable = player.part.until + report.stabilizationHours * HOUR;
  const isForward = player.fallen.has(goal) && (found === 'REVIEW' || found === 'REVERSE');
  const early = at < stable && !isForward ? [`INV-8 ${goal}: judged before its window ended`] : [];
  const { restated } = judged.content as { readonly restated?: string | null };
  if (restated == null) {
    const isSilent = isUnheard(player) && found === 'REVIEW' && at >= stable + 24 * HOUR;
    return isSilent ? early : [...early, `G6 ${goal}: judged ${found} without a value`];
  }
  const value = exactly(valueAt(report, at));
  const wanted = verdict({
    threshold: THRESHOLD,
    snapshot: lock.value,
    restated: value,
    tolerancePercent: 2n,
    whenDrifted,
    whenFallen,
  });
  return [
    ...early,
    ...(exactly(restated) === value ? [] : [`G6 ${goal}: restated ${restated}, it was ${value}`]),
    ...(found === wanted ? [] : [`DEC-11 ${goal}: ${found}, the oracle says ${wanted}`]),
  ];
}

/** Given once: one promise a member, of the frozen snapshot, whatever was told again. */
function promisedOnce(about: Case): string[] {
  const { books, report, steps } = about;
  const ids = agentIds(books);
  const hasFurther = steps.some(({ name, epoch }) => name === 'OPENED' && epoch > 1);
  const given = new Map<string, number>();
  for (const { kind, to_account, amount } of books.entries) {
    const agent = ids.get(/^agent:([^:]+):reward:pending$/.exec(to_account)?.[1] ?? '') ?? '';
    if (kind !== 'REWARD_PROVISIONAL' || !report.agents.includes(agent)) continue;
    given.set(agent, (given.get(agent) ?? 0) + amount);
  }
  const wanted = isHeldBack(about) ? '' : shown(promised(about));
  const opened = stepOf(about, 'OPENED');
  if (hasFurther || opened === undefined || shown(given) === wanted) return [];
  if (given.size === 0 && !about.player.history.waited) return [];
  return [`G9 ${report.goal}: promised ${shown(given)}, the oracle says ${wanted}`];
}

/** What was opened by an approved look at a later correction, by the engine's own parts. */
function furtherOf(about: Case): { readonly parts: Parts[]; readonly wrong: string[] } {
  const ids = agentIds(about.books);
  const looks = about.steps.filter(({ name }) => name === 'LATE');
  const later = about.steps.filter(({ name, epoch }) => name === 'OPENED' && epoch > 1);
  const unasked = later.filter(
    ({ epoch }) => !looks.some((look) => look.content.epoch === epoch && approved(about, look)),
  );
  return {
    parts: later.map(
      ({ content }) =>
        new Map((content.parts ?? []).map(([key, amount]) => [ids.get(key) ?? key, amount])),
    ),
    wrong: unasked.map(({ epoch }) => `DEC-12 ${about.report.goal}: epoch ${epoch} unapproved`),
  };
}

/** Once everything has had its days: each member has what is left of their part, and no more. */
function settledIsRight(about: Case): string[] {
  const { player, books, report } = about;
  const judged = stepOf(about, 'JUDGED');
  if (judged === undefined && !isHeldBack(about)) {
    return [`INV-12 ${report.goal}: locked, and nobody judged it`];
  }
  const further = furtherOf(about);
  const wanted = new Map(judged === undefined ? NOBODY : settled(about, judged));
  for (const parts of further.parts) {
    for (const [agent, amount] of parts) wanted.set(agent, (wanted.get(agent) ?? 0) + amount);
  }
  const had = shown(ofAgents(heldOf(books, 'earned'), report));
  const pending = shown(ofAgents(heldOf(books, 'pending'), report));
  const waits = player.open.some((subject) => subject.startsWith(`goal:${report.goal}.`));
  return [
    ...further.wrong,
    ...(had === shown(wanted) ? [] : [`G9 ${report.goal}: earned ${had}, not ${shown(wanted)}`]),
    ...(pending === '' || waits ? [] : [`G8 ${report.goal}: ${pending} pending, and none waits`]),
  ];
}

function achievedIsRight(about: Case): string[] {
  const { player, report } = about;
  const opened = stepOf(about, 'OPENED');
  const judged = stepOf(about, 'JUDGED');
  const { waited } = player.history;
  if (opened === undefined) {
    return waited ? [`INV-12 ${report.goal}: achieved, and no reward was opened`] : [];
  }
  const { outcome } = opened.content;
  const isHeld = isHeldBack(about);
  return [
    ...(outcome === (mustBeAdmitted(about) ? 'REVIEW' : 'PROVISIONAL')
      ? []
      : [`G8 ${report.goal}: opened as ${outcome}`]),
    ...(isHeld && judged !== undefined ? [`G8 ${report.goal}: judged, and not admitted`] : []),
    ...promisedOnce(about),
    ...(judged === undefined ? [] : verdictIsRight(about, judged)),
    ...(waited ? settledIsRight(about) : []),
  ];
}

export function brokenReported(player: ReportedPlayer, books: Books): string[] {
  const { part, history } = player;
  const locks = reportedLocks(books, part);
  const steps = stepsOf(books);
  const ofGoals = part.reports.flatMap((report) => {
    const { goal } = report;
    const own = locks.filter((one) => one.goal === goal);
    const [lock] = own;
    const isPaid = lock?.status === 'ACHIEVED';
    const money = isPaid ? [] : unpaid(books, report);
    if (lock === undefined) {
      const waits = player.open.some((subject) => subject.startsWith(`goal:${goal}.`));
      const isLost = history.waited && player.isTold(report) && !waits;
      return [...money, ...(isLost ? [`INV-12 ${goal}: told, and neither locked nor asked`] : [])];
    }
    const about = { player, books, report, lock, steps: steps.filter((one) => one.goal === goal) };
    return [
      ...money,
      ...(own.length === 1 && lock.period === part.week ? [] : [`G6 ${goal}: ${own.length} locks`]),
      ...(player.isTold(report) ? [] : [`G6 ${goal}: locked, and nobody told of it`]),
      ...lockIsRight(about),
      ...(isPaid ? achievedIsRight(about) : []),
    ];
  });
  const hours = part.reports.map(({ stabilizationHours }) => stabilizationHours);
  const own = locks.map(({ goal, period }) => ({ id: `${goal}.${period}`, week: part }));
  return [
    ...ofGoals,
    ...evaluatedRightly(books, own),
    ...daysAreRight(books, { weeks: [part], hours }, part.zone),
    ...moneyIsThere(books, part),
  ];
}
