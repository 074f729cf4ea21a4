/**
 * What stands behind the reward of a leaderboard: the run with the seal that fixed its standings,
 * the board's version in force, the agent's rank and score, and the transactions whose points
 * counted. Reads only; what was erased is null.
 */
import {
  DEFAULT_ORGANISATION,
  ORGANISATION_KIND,
  ORGANISATION_NAME,
  type Organisation,
} from '../../access/organisation';
import { noticeId } from '../../delivery/notice';
import { civilDay, printInstant } from '../../kernel/instant';
import { pointsUnit, printAmount } from '../../kernel/units';
import { agentOf } from '../../ledger/account';
import { inForce } from '../../ledger/config';
import { readLatestEntries, startOfDay } from '../../ledger/entries/store';
import type { Entry } from '../../ledger/entry';
import type { Explainer, Told } from '../../ledger/explain';
import { readInForce, readSealNames, readVersionsBy } from '../../ledger/store';
import { BOARD_KIND, type Leaderboard, scoringOf } from '../board';
import { RUN_KIND, type Run } from '../rewards/reward';

interface ReadsD1 {
  readonly DB: D1Database;
}

/** `board-run/<board>.<last day of the period>/<version>` */
const CAUSE = /^board-run\/(.+)\.([0-9]{4}-[0-9]{2}-[0-9]{2})\/[0-9]{6}$/;
const NEWEST = Number.MAX_SAFE_INTEGER;
/** Points of one agent that are listed; a window of 30 days holds fewer. */
const MOST_COUNTED = 200;

/** What was frozen for whoever delivers the reward. */
interface Placing {
  readonly rank: number;
  readonly score: string;
  readonly period: string;
}

export const boardRunExplainer: Explainer<ReadsD1> = {
  kind: 'leaderboard-period',
  matches: (cause) => CAUSE.test(cause),
  async explain({ DB: db }, cause, entries) {
    const run = await readRun(db, cause);
    if (run === null) return null;
    const { boardId, period, lastDay, instant, issued } = run.content;
    const [{ asked }, versions, organisation, placings] = await Promise.all([
      readSealNames(db, run.seal),
      readVersionsBy<Leaderboard>(db, BOARD_KIND, boardId, run.seal),
      readInForce<Organisation>(
        db,
        { kind: ORGANISATION_KIND, name: ORGANISATION_NAME },
        run.seal,
        instant,
      ),
      readPlacings(db, entries),
    ]);
    const board = inForce(versions, instant);
    const [entry] = entries;
    const placing = entry === undefined ? undefined : placings.get(entry.id);
    const holder = entry === undefined ? null : agentOf(entry.to);
    const calendar = organisation ?? DEFAULT_ORGANISATION;
    return {
      leaderboardId: boardId,
      period,
      lastDay,
      endedAt: printInstant(instant + 1),
      standings: {
        seal: run.seal,
        sealHash: asked?.sealHash ?? null,
        path: standingsPath(boardId, lastDay, asked?.at ?? instant),
      },
      leaderboard: board === null ? null : { version: board.version, ...board.content },
      rank: placing?.rank ?? null,
      score: placing?.score ?? null,
      counted:
        board === null || holder === null
          ? []
          : await readCounted(
              db,
              holder,
              board.content,
              scoringOf(board.content, calendar, instant),
              run.seal,
            ),
      issued:
        issued === undefined ? null : { rewards: issued.rewards, unpayable: issued.unpayable },
    };
  },
  async tell({ DB: db }, entries) {
    const placings = await readPlacings(db, entries);
    return new Map(
      entries.map((entry): [string, Told] => {
        const [, leaderboardId = '', lastDay = ''] = CAUSE.exec(entry.cause) ?? [];
        const placing = placings.get(entry.id);
        const rank = placing === undefined ? 'A rank' : `Rank ${placing.rank}`;
        const period = placing?.period ?? `the period that ended on ${lastDay}`;
        const why = `${rank} of leaderboard ${leaderboardId} for ${period}.`;
        return [entry.id, { about: { leaderboardId }, why }];
      }),
    );
  },
};

/** Where the standings can be read as they were then. */
const standingsPath = (boardId: string, lastDay: string, asOf: number): string =>
  `/v1/leaderboards/${boardId}/standings?effective=${lastDay}&as_of=${printInstant(asOf)}`;

interface SealedRun {
  readonly content: Run;
  /** The seal as of which the standings count: that of the run's first row. */
  readonly seal: number;
}

async function readRun(db: D1Database, cause: string): Promise<SealedRun | null> {
  const [, boardId = '', lastDay = ''] = CAUSE.exec(cause) ?? [];
  const versions = await readVersionsBy<Run>(db, RUN_KIND, `${boardId}.${lastDay}`, NEWEST);
  const [first, last] = [versions[0], versions.at(-1)];
  return first === undefined || last === undefined
    ? null
    : { content: last.content, seal: first.seal };
}

/** Rank and score of each rewarded entry, from the notices frozen with them. */
async function readPlacings(
  db: D1Database,
  entries: readonly Entry[],
): Promise<Map<string, Placing>> {
  const ids = entries.map(({ id, cause }) => {
    const boardId = CAUSE.exec(cause)?.[1] ?? '';
    const subject = `board:${boardId}`;
    return noticeId({ kind: 'board.reward.issued', subject, cause: id });
  });
  const { results } = await db
    .prepare(
      'SELECT n.id, n.content FROM json_each(?) AS w CROSS JOIN notices AS n ON n.id = w.value',
    )
    .bind(JSON.stringify(ids))
    .all<{ id: string; content: string | null }>();
  const placings = new Map<string, Placing>();
  for (const { id, content } of results) {
    const entry = entries[ids.indexOf(id)];
    if (content === null || entry === undefined) continue;
    placings.set(entry.id, JSON.parse(content) as Placing);
  }
  return placings;
}

/** The agent's points that the standings counted, of whatever season, latest day first. */
async function readCounted(
  db: D1Database,
  agentKey: string,
  { pointCategory }: Leaderboard,
  { fromDay, today }: { readonly fromDay: number; readonly today: number },
  seal: number,
) {
  const unit = pointsUnit(pointCategory);
  const entries = await readLatestEntries(
    db,
    [startOfDay(agentKey, civilDay(fromDay)), startOfDay(agentKey, civilDay(today + 1))],
    { unit, seal, count: MOST_COUNTED },
  );
  return entries.map(({ tx, kind, to, amount, occurredAt }) => ({
    transaction: tx,
    kind,
    change: printAmount(agentOf(to) === agentKey ? amount : -amount, unit),
    unit,
    occurredAt: printInstant(occurredAt),
  }));
}
