/**
 * Re-reads what was paid: an agent's facts of a paid period as the books stand now, against what the
 * period has come to so far. Decides nothing about amounts; a difference is one delta row, its entry
 * and the notice to Finance, all in one set whose id is its place in the chain, so two readers at
 * once write it once (P11, DEC-5). Whoever had no line of the period and is due something by now
 * counts as paid nothing so far; who is kept from being paid is told of and answered. Refuses agents
 * whose line is on its way: the pass that sees it confirmed re-reads them.
 */
import { readAgentIds } from '../../../agents/store';
import { type DeliveryEnv, pokeSubscriptions } from '../../../delivery/client';
import type { Guard } from '../../../kernel/change-set';
import { parseFraction } from '../../../kernel/fraction';
import { commit } from '../../../ledger/client';
import { log } from '../../../runtime/log';
import { calculate } from '../../calculation/calculation';
import { NO_FACTS } from '../../calculation/facts';
import { readyPlan } from '../../calculation/formula';
import { actualsName, type PeriodFacts, readFacts } from '../../calculation/store';
import { netted } from '../../deltas/allocation';
import { newDelta } from '../../deltas/delta';
import { amountIn } from '../../rates/rate';
import { loadRun } from '../calculate/client';
import { noLaterVersion } from '../dispatch/client';
import { unclaimed } from '../dispatch/standing';
import {
  dueOf,
  type History,
  inCurrency,
  isUnbound,
  nextDelta,
  type PastLine,
  type Root,
} from '../history/history';
import { readHistories, wasDispatched } from '../history/store';
import { countsTwice, factsHash, isPayable } from '../lines/line';
import { placeOf, type Run, spanOf } from '../run';
import type { RunSetting } from '../setting';
import { readRunsOfPeriod, readSealNames } from '../store';
import {
  type Newcomer,
  readNewcomers,
  tellUnpaid,
  type Unpaid,
  unpaidOf,
} from './newcomers/client';
import { tellOverlaps } from './overlaps/client';
import { FOUND_NOTICE, type Found, rowsOf, setsOf } from './sets';

const MOST_LOOKS = 3;
/** Of one call: the journal writes down each, and other work shares the invocation. */
const MOST_REFUSED = 10;

/**
 * Brings the deltas of some agents of a paid period up to date; at most 500 agents a call. Answers
 * those of them whom something keeps from being paid: without a line, or with a delta that the books
 * refuse; null when the journal must be asked again. `onFound`: before something is written, for who
 * counts what D1 is asked.
 */
export async function reread(
  env: DeliveryEnv,
  of: Pick<Run, 'planId' | 'period'>,
  agentKeys: readonly string[],
  now: number,
  onFound: () => void = () => {},
): Promise<readonly string[] | null> {
  for (let turn = 1; agentKeys.length > 0; turn += 1) {
    const { found, guards, isTold, unpaid } = await findDeltas(env, of, agentKeys, now);
    if (!isTold) return null;
    if (found.length === 0) return unpaid;
    onFound();
    const { answer, refused } = await write(env, found, guards);
    if (answer === 'committed') {
      await pokeSubscriptions(env, [FOUND_NOTICE], now);
      return [...unpaid, ...refused];
    }
    const isOvertaken = answer === 'conflict' || answer === 'refused';
    if (!isOvertaken || turn === MOST_LOOKS) return null;
  }
  return [];
}

interface Differences {
  readonly found: readonly Found[];
  readonly guards: readonly Guard[];
  /** Whether what keeps others from being compared is told. */
  readonly isTold: boolean;
  /** Agents without a line whom something keeps from being paid. */
  readonly unpaid: readonly string[];
}

const NO_DIFFERENCES: Differences = { found: [], guards: [], isTold: true, unpaid: [] };

async function findDeltas(
  env: DeliveryEnv,
  of: Pick<Run, 'planId' | 'period'>,
  agentKeys: readonly string[],
  now: number,
): Promise<Differences> {
  const runsOfPeriod = await readRunsOfPeriod(env.DB, of);
  const runs = runsOfPeriod.filter(wasDispatched);
  const latest = runs.at(-1);
  const setting = latest === undefined ? null : await loadRun(env.DB, latest.name);
  if (setting === null) return NO_DIFFERENCES;
  const { head } = await readSealNames(env.DB, 0);
  const seal = head?.seal ?? setting.seal;
  const { run, plan } = setting;
  const [histories, facts] = await Promise.all([
    readHistories(env.DB, { planId: of.planId, runs }, agentKeys),
    readFacts(env.DB, {
      agentKeys,
      period: run,
      span: spanOf(run),
      metric: plan.interaction_metric ?? null,
      seal,
    }),
  ]);
  const as = { setting, seal, now };
  const without = agentKeys.filter((agentKey) => histories.get(agentKey)?.latest === null);
  const newcomers = await readNewcomers(env.DB, setting, without, seal);
  const unpaid = unpaidAmong(newcomers, histories);
  const found = agentKeys.flatMap((agentKey) => {
    const history = histories.get(agentKey);
    if (history === undefined || history.pending) return [];
    if (history.latest === null) {
      const newcomer = newcomers.get(agentKey);
      return newcomer === undefined || unpaid.has(agentKey)
        ? []
        : (firstDifference(agentKey, history, newcomer, as) ?? []);
    }
    // Nothing is set off across currencies: the line that changed it waits, and says so.
    if (history.root === null || history.latest.payUnit !== history.root.unit) return [];
    return differenceOf(agentKey, history, history.root, facts.get(agentKey) ?? NONE, as) ?? [];
  });
  const paid = [...facts].filter(([agentKey]) => isCompared(histories.get(agentKey)));
  const isTold =
    (await tellOverlaps(env, setting, paid, now)) && (await tellUnpaid(env, setting, unpaid, now));
  // A version sent out meanwhile pays in full whom nothing was paid: then they are looked at anew.
  const isNew = found.some(({ delta: { agentKey } }) => {
    const history = histories.get(agentKey);
    return history?.latest === null || (history !== undefined && isUnbound(history, run.period));
  });
  const guards = isNew ? noLaterVersion(run, runsOfPeriod) : [];
  return { found, isTold, guards, unpaid: [...unpaid.keys()] };
}

function unpaidAmong(
  newcomers: ReadonlyMap<string, Newcomer>,
  histories: ReadonlyMap<string, History>,
): Map<string, Unpaid> {
  const unpaid = new Map<string, Unpaid>();
  for (const [agentKey, newcomer] of newcomers) {
    const why = unpaidOf(newcomer, histories.get(agentKey)?.root ?? null);
    if (why !== null) unpaid.set(agentKey, why);
  }
  return unpaid;
}

/** Something was paid by facts, and nothing is on its way. */
const isCompared = (history: History | undefined): boolean =>
  history !== undefined &&
  history.root !== null &&
  !history.pending &&
  history.latest?.left === false;

/** Of one without a line: what the period is worth to them now, against nothing or the deltas since. */
function firstDifference(
  agentKey: string,
  history: History,
  { worth, unit, rate, facts }: Newcomer,
  as: AsOf,
): Found | null {
  const root = history.root ?? { run: as.setting.name, delivery: null, unit, amount: 0n, rate };
  return foundAs(agentKey, history, root, { worth, facts }, as);
}

const NONE: PeriodFacts = { ...NO_FACTS, actuals: actualsName([]), overlapsAt: [] };

interface AsOf {
  readonly setting: RunSetting;
  readonly seal: number;
  readonly now: number;
}

function differenceOf(
  agentKey: string,
  history: History,
  root: Root,
  facts: PeriodFacts,
  as: AsOf,
): Found | null {
  const { plan, pinned } = as.setting;
  const { latest } = history;
  const known = calculate(readyPlan(plan), facts, pinned);
  const { left, rate }: Pick<PastLine, 'left' | 'rate'> =
    latest === null || latest.blocked ? { left: false, rate: root.rate } : latest;
  // Nothing is said of time that two buckets claim: whoever takes one out is heard again.
  if (!left && countsTwice(readyPlan(plan), known, facts)) return null;
  const pinnedRate = rate === null ? null : parseFraction(rate);
  const worth = left ? 0n : amountIn(known.amount, plan.currency, root.unit, pinnedRate);
  if (worth === null) return null;
  return foundAs(agentKey, history, root, { worth, facts: factsHash(known, facts) }, as);
}

/** The delta between what the books say and what it is worth; null where they agree. */
function foundAs(
  agentKey: string,
  { deltas }: History,
  root: Root,
  { worth, facts }: Pick<Newcomer, 'worth' | 'facts'>,
  { setting: { run }, seal, now }: AsOf,
): Found | null {
  const before = dueOf(root, deltas, run.period);
  if (worth === before || !isPayable(worth)) return null;
  const own = inCurrency(deltas, run.period, root.unit);
  const delta = newDelta(
    {
      id: nextDelta(agentKey, run, deltas),
      agentKey,
      plan: run.planId,
      period: run.period,
      run: root.run,
      delivery: root.delivery,
      kind: 'FACTS',
      unit: root.unit,
      amount: worth - before,
      facts,
      factsSeal: seal,
      at: now,
    },
    own,
  );
  const open = netted([...own, delta]).find((one) => one.delta === delta)?.open ?? 0n;
  // Whoever writes off something of the period meanwhile has it reckoned anew.
  return { before, place: placeOf(run), delta, open, guards: unclaimed(own) };
}

interface Written {
  readonly answer: string;
  /** Agents whose deltas the books refuse, or that were not tried after too many of others. */
  readonly refused: readonly string[];
}

async function write(
  env: DeliveryEnv,
  found: readonly Found[],
  guards: readonly Guard[],
): Promise<Written> {
  const names = await readAgentIds(
    env.DB,
    found.map(({ delta }) => delta.agentKey),
  );
  const refused: string[] = [];
  for (const set of setsOf(found)) {
    const written = await writeSet(env, set, names, guards, MOST_REFUSED - refused.length);
    refused.push(...written.refused);
    if (written.answer !== 'committed') return written;
  }
  return { answer: 'committed', refused };
}

/**
 * One that the books refuse is left out, and nobody else with it: the journal writes down why. Where
 * `most` were refused the others wait for the next call, in which they may come first.
 */
async function writeSet(
  env: DeliveryEnv,
  found: readonly Found[],
  names: ReadonlyMap<string, string>,
  guards: readonly Guard[],
  most: number,
): Promise<Written> {
  if (most <= 0) return { answer: 'committed', refused: found.map(agentOf) };
  const rows = found.flatMap((one) =>
    rowsOf(one, names.get(one.delta.agentKey) ?? null, env.SECRETS_KEY),
  );
  const set = { rows, guards: [...guards, ...found.flatMap((one) => one.guards)] };
  const { verdict } = await commit(env, set, found[0]?.delta.at ?? 0);
  if (verdict !== 'rejected') return { answer: verdict, refused: [] };
  const half = Math.floor(found.length / 2);
  if (half === 0) {
    log('error', 'pay.delta-refused', { deltaId: found[0]?.delta.id ?? '' });
    return { answer: 'committed', refused: found.map(agentOf) };
  }
  const first = await writeSet(env, found.slice(0, half), names, guards, most);
  if (first.answer !== 'committed') return first;
  const rest = most - first.refused.length;
  const { answer, refused } = await writeSet(env, found.slice(half), names, guards, rest);
  return { answer, refused: [...first.refused, ...refused] };
}

const agentOf = ({ delta }: Found): string => delta.agentKey;
