/**
 * What cron does for the rewards of boards: starts the run of every period that is due, posts what
 * its ranks bring, and records what is taken back afterwards. Asks what is due and not done: firing
 * twice, at once or late posts the same transactions once. A commit that is not answered ends the
 * run's turn; the next firing goes through it again from its seal.
 */
import type { Organisation } from '../../access/organisation';
import { readOrganisation } from '../../access/store';
import { readLatestAgents } from '../../agents/store';
import { orderDeliveries } from '../../delivery/client';
import { DESTINATION_KIND, type Destination } from '../../delivery/destination';
import type { HealthCheck } from '../../http/health';
import type { Guard, Row } from '../../kernel/change-set';
import { dayNumber } from '../../kernel/period';
import { pointsUnit } from '../../kernel/units';
import { commit } from '../../ledger/client';
import { inForce, MARK_KIND, markRow } from '../../ledger/config';
import { readEntries } from '../../ledger/entries/store';
import { readLatest, readSealNames, readVersions, readVersionsBy } from '../../ledger/store';
import {
  DEFAULT_PROGRAMME,
  PROGRAMME_KIND,
  type Programme,
} from '../../points/programmes/programme';
import type { Mark } from '../../points/sweep/sweep';
import { notBelowZero } from '../../rewards/pool';
import { log, messageOf } from '../../runtime/log';
import {
  BOARD_KIND,
  type BoardVersion,
  type Leaderboard,
  lastRewardedRank,
  scoringOf,
} from '../board';
import { dayOfId } from '../book';
import { askOf, type BoardsEnv, readStandings } from '../client';
import { readBoards, readOrganisationBy } from '../store';
import { paymentRow } from './payment';
import {
  duePeriods,
  finishSet,
  type Reward,
  type Run,
  type RunSeal,
  type RunStart,
  rewardEntry,
  rewardEntryId,
  rewardRows,
  rewardsOf,
  runName,
  standsRow,
  startRow,
  unpayable,
} from './reward';
import { readLastRun, readTakenBack } from './store';

/** Three rows a reward, and room below the 500 rows and 512 KB of a set. */
const WINNERS_A_SET = 100;
const ROWS_A_SET = 400;
/** After the lock window the sweep finds what an alarm missed within five minutes. */
const NET_MS = 5 * 60_000;
const LATE_MS = 2 * 3_600_000;
const TAKEN_ROWS = 5_000;
const TAKEN_PAGES = 20;
/** A mark is a row: it moves when something was found or this many seals lie behind. */
const MARK_AFTER_SEALS = 2_000;

/** Every hour: what is due in any zone. One board that fails stops no other. */
export async function issueBoardRewards(env: BoardsEnv, now: number): Promise<void> {
  for (const { name } of await readBoards(env.DB)) {
    try {
      await issueFor(env, name, now);
    } catch (thrown) {
      log('warn', 'board.rewards-failed', { board: name, message: messageOf(thrown) });
    }
  }
}

async function issueFor(env: BoardsEnv, boardId: string, now: number): Promise<void> {
  const last = await readLastRun(env.DB, boardId);
  if (last !== null && last.content.issued === undefined) {
    if (!(await finish(env, last.content, last.seal, now))) return;
  } else if (last !== null) {
    await recordTakenBack(env, last.content, now);
  }
  for (const start of await dueOf(env, boardId, last?.content.lastDay ?? null, now)) {
    const seal = await begin(env, start, now);
    if (seal === null || !(await finish(env, start, seal, now))) return;
  }
}

async function dueOf(
  env: BoardsEnv,
  boardId: string,
  lastRunDay: string | null,
  now: number,
): Promise<RunStart[]> {
  const versions: BoardVersion[] = await readVersions<Leaderboard>(env.DB, BOARD_KIND, boardId);
  const category = versions.at(-1)?.content.pointCategory ?? '';
  const [calendar, programme] = await Promise.all([
    readOrganisation(env.DB),
    readLatest<Programme>(env.DB, PROGRAMME_KIND, category),
  ]);
  const { lockSeconds } = programme?.content ?? DEFAULT_PROGRAMME;
  return duePeriods(versions, lastRunDay, calendar, { now, settleMs: lockSeconds * 1000 + NET_MS });
}

/** Writes the row that fixes the seal, or finds it written: its seal; null when nobody knows yet. */
async function begin(env: BoardsEnv, start: RunStart, now: number): Promise<number | null> {
  const answer = await commit(env, { rows: [startRow(start)] }, now);
  if (answer.verdict === 'committed') return answer.seal;
  log('warn', 'board.run-not-begun', { run: runName(start), verdict: answer.verdict });
  return null;
}

/** Posts everything a run brings and closes it; false when it must come again. */
async function finish(env: BoardsEnv, run: Run, seal: number, now: number): Promise<boolean> {
  const { boardId, period, lastDay, instant } = run;
  const start: RunStart = { boardId, period, lastDay, instant };
  const { asked } = await readSealNames(env.DB, seal);
  const versions = await readVersionsBy<Leaderboard>(env.DB, BOARD_KIND, boardId, seal);
  const board = inForce(versions, instant)?.content;
  if (asked === null || board === undefined) return false;
  const organisation = await readOrganisationBy(env.DB, seal, instant);
  const totals: Record<string, number> = {};
  let rewards = 0;
  for await (const page of pagesOf(env, { start, at: asked }, board, organisation)) {
    const entries = page.map((reward) => rewardEntry(start, reward, asked.at));
    const ids = entries.map(({ id }) => id);
    const posted = new Map((await readEntries(env.DB, ids)).map((entry) => [entry.id, entry]));
    const fresh = page.filter((_, index) => !posted.has(ids[index] ?? ''));
    if (!(await post(env, { start, seal, at: asked.at }, { board, rewards: fresh }, now))) {
      return false;
    }
    rewards += entries.length;
    for (const entry of entries) {
      const { unit, amount } = posted.get(entry.id) ?? entry;
      totals[unit] = (totals[unit] ?? 0) + amount;
    }
  }
  const left = unpayable(board, organisation.currency);
  const closing = finishSet(start, { seal, rewards, totals, unpayable: left }, asked.at);
  return (await commit(env, closing, now)).verdict === 'committed';
}

/** Posts some rewards with what pays them; false when the journal did not take them. */
async function post(
  env: BoardsEnv,
  run: { readonly start: RunStart; readonly seal: number; readonly at: number },
  { board, rewards }: { readonly board: Leaderboard; readonly rewards: readonly Reward[] },
  now: number,
): Promise<boolean> {
  if (rewards.length === 0) return true;
  const { start, at } = run;
  const payments = await paymentsOf(env, run, board.destinationId ?? null, rewards);
  const rows = rewards.flatMap((reward) => rewardRows(start, reward, at));
  const set = { rows: [...rows, ...payments], guards: guardsOf(rewards) };
  const answer = await commit(env, set, now);
  if (answer.verdict !== 'committed') {
    log('warn', 'board.reward-not-posted', { run: runName(start), verdict: answer.verdict });
    return false;
  }
  const ids = payments.map(({ id }) => id);
  if (board.destinationId !== undefined) {
    await orderDeliveries(env, board.destinationId, ids, now);
  }
  return true;
}

/** A pool never pays more than it holds: a run that it cannot pay comes again until it was funded. */
function guardsOf(rewards: readonly Reward[]): Guard[] {
  const pools = new Map(rewards.map(({ poolId, unit }) => [poolId, unit]));
  return [...pools].flatMap(([poolId, unit]) =>
    poolId === null ? [] : [notBelowZero(poolId, unit)],
  );
}

/**
 * The rows that order the payments of some rewards. The destination is that of the run's seal;
 * whoever the directory does not know any more is paid by nobody and stays pending.
 */
async function paymentsOf(
  env: BoardsEnv,
  { start, seal, at }: { readonly start: RunStart; readonly seal: number; readonly at: number },
  id: string | null,
  rewards: readonly Reward[],
): Promise<Row[]> {
  const { SECRETS_KEY: secretsKey } = env;
  if (id === null) return [];
  const versions = await readVersionsBy<Destination>(env.DB, DESTINATION_KIND, id, seal);
  const destination = versions.at(-1)?.content;
  if (destination === undefined) return [];
  const keys = rewards.map(({ winner }) => winner.agentKey);
  const agents = new Map(
    (await readLatestAgents(env.DB, keys)).map(({ name, content }) => [name, content]),
  );
  return rewards.flatMap((reward) => {
    const payee = agents.get(reward.winner.agentKey);
    if (payee === undefined) return [];
    const row = paymentRow(start, reward, { at, payer: { id, destination }, payee, secretsKey });
    if (row.ok) return [row.value];
    log('warn', 'board.reward-not-payable', { run: runName(start), reason: row.failure });
    return [];
  });
}

/**
 * The rewards of a run, page by page over the standings as of its seal. What an earlier firing has
 * posted stands, also where somebody was forgotten since and those below have moved up.
 */
async function* pagesOf(
  env: BoardsEnv,
  { start, at }: { readonly start: RunStart; readonly at: RunSeal },
  board: Leaderboard,
  organisation: Organisation,
): AsyncGenerator<Reward[]> {
  const lastRank = lastRewardedRank(board);
  for (let offset = 0; ; offset += WINNERS_A_SET) {
    const page = { seal: at.seal, offset, limit: WINNERS_A_SET };
    const ask = askOf(board, organisation, start.instant, page);
    const { lines } = await readStandings(env, start.boardId, ask);
    yield rewardsOf(board, organisation.currency, lines);
    if (lines.length < WINNERS_A_SET || (lines.at(-1)?.rank ?? 0) > lastRank) return;
  }
}

/**
 * Points that were taken back from a rewarded agent after the standings were fixed, and that had
 * counted in them: the reward stands, and the audit log says so.
 */
async function recordTakenBack(env: BoardsEnv, run: Run, now: number): Promise<void> {
  if (run.issued === undefined) return;
  const markName = `board-stands.${run.boardId}`;
  const before = await readLatest<Mark>(env.DB, MARK_KIND, markName);
  const from = Math.max(before?.content.seal ?? 0, run.issued.seal);
  const versions = await readVersionsBy<Leaderboard>(
    env.DB,
    BOARD_KIND,
    run.boardId,
    run.issued.seal,
  );
  const board = inForce(versions, run.instant)?.content;
  if (board === undefined) return;
  const organisation = await readOrganisationBy(env.DB, run.issued.seal, run.instant);
  const { fromDay } = scoringOf(board, organisation, run.instant);
  const unit = pointsUnit(board.pointCategory);
  let reached = from;
  for (let page = 0; page < TAKEN_PAGES; page += 1) {
    const found = await readTakenBack(env.DB, unit, reached, TAKEN_ROWS);
    if (found.reached === reached) break;
    const counted = found.taken.filter(({ id }) => {
      const day = dayOfId(id.split('.')[1] ?? '');
      return fromDay <= day && day <= dayNumber(run.lastDay);
    });
    const rows = (await rewarded(env, run, counted)).map((one) => standsRow(run, one));
    reached = found.reached;
    if (rows.length === 0 && reached - from < MARK_AFTER_SEALS) continue;
    for (let at = 0; at < rows.length; at += ROWS_A_SET) {
      const answer = await commit(env, { rows: rows.slice(at, at + ROWS_A_SET) }, now);
      if (answer.verdict !== 'committed') return;
    }
    await commit(env, { rows: [markRow(markName, before, { seal: reached }, now)] }, now);
    return;
  }
}

/** Those of some entries whose agent the run rewarded. */
async function rewarded<T extends { readonly id: string }>(
  env: BoardsEnv,
  run: Run,
  taken: readonly T[],
): Promise<T[]> {
  if (taken.length === 0) return [];
  const idOf = ({ id }: T): string => rewardEntryId(run, id.split('.')[0] ?? '');
  const posted = await readEntries(env.DB, [...new Set(taken.map(idOf))]);
  const ids = new Set(posted.map(({ id }) => id));
  return taken.filter((one) => ids.has(idOf(one)));
}

/** Boards with a period whose rewards should have been posted long ago. */
export const boardsHealth: HealthCheck<BoardsEnv> = {
  name: 'board-rewards',
  async check(env, now) {
    const late: string[] = [];
    for (const { name } of await readBoards(env.DB)) {
      const last = await readLastRun(env.DB, name);
      const due = await dueOf(env, name, last?.content.lastDay ?? null, now - LATE_MS);
      const open = last !== null && last.content.issued === undefined;
      const stuck = open && last.content.instant + LATE_MS < now;
      if (stuck || due.length > 0) late.push(name);
    }
    return { status: late.length === 0 ? 'ok' : 'late', detail: { boards: late } };
  },
};
