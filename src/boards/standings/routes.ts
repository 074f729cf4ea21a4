/**
 * `/v1/leaderboards/{id}/standings`: who stands where, now or as it was recorded at an earlier
 * instant, a page at a time. A cursor carries the seal and the instants of its first page, so
 * all pages show one state of the books and say the same of it. Refuses instants that have not
 * come yet.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { instantText } from '../../http/fields';
import { encodeCursor, pageFields } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { civilDay, isDay, LAST_INSTANT_MS, printInstant } from '../../kernel/instant';
import { periodEnd } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import { pointsUnit, printAmount } from '../../kernel/units';
import { type ConfigVersion, inForce } from '../../ledger/config';
import { readSealAt, readVersionsBy } from '../../ledger/store';
import { BOARD_KIND, type Leaderboard, rewardUnit, tierOf } from '../board';
import { askOf, type BoardsEnv, readStandings, type StandingsAnswer } from '../client';
import { readOrganisationBy } from '../store';

const params = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a leaderboard'),
});
const dayText = z.string().refine(isDay, 'a day YYYY-MM-DD or an instant with a zone');
const query = z.strictObject({
  ...pageFields,
  as_of: instantText.optional().meta({ description: 'What was recorded at that instant.' }),
  effective: z
    .union([instantText, dayText])
    .optional()
    .meta({ description: 'The local day whose standings are wanted; `as_of` or now when absent.' }),
});

const line = z.object({
  rank: z.int().meta({ description: 'Competition ranking 1, 2, 2, 4.' }),
  agentId: z.string().nullable().meta({ description: 'null for a person who was erased.' }),
  score: z.string().meta({ description: 'Points after decay, rounded to 4 places for reading.' }),
  exactScore: z.string().meta({ description: 'All digits; ranks come from these.' }),
  unit: z.string(),
  reachedAt: z.string().meta({ description: 'When the last award that counts was earned.' }),
  reward: z
    .object({ rewardType: z.string(), value: z.union([z.number(), z.string()]), unit: z.string() })
    .nullable()
    .meta({ description: 'What this rank brings if the period ends like this.' }),
});
const shown = z.object({
  leaderboardId: z.string(),
  version: z.int(),
  pointCategory: z.string(),
  asOf: z.string(),
  effectiveDay: z.string().meta({ description: 'Local day of the standings.' }),
  seal: z.int().meta({ description: 'The last seal that is counted.' }),
  participants: z.int(),
  items: z.array(line),
  nextCursor: z.string().nullable(),
});

/** The state of the books that a page shows. */
interface Moment {
  /** Null: everything there is. */
  readonly seal: number | null;
  /** Decides day and eligibility, UTC ms. */
  readonly instant: number;
  readonly offset: number;
  /** Up to when what was recorded is shown, UTC ms. */
  readonly asOf: number;
}

/** Cursors of versions before this one end with the offset. */
const POSITION = /^([0-9]{1,15})\.([0-9]{1,15})\.([0-9]{1,7})(?:\.([0-9]{1,15}))?$/;

function fromCursor(cursor: string): Moment | null {
  const match = POSITION.exec(cursor);
  if (match === null) return null;
  const [seal = 0, instant = 0, offset = 0, asOf = instant] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  return Math.max(instant, asOf) > LAST_INSTANT_MS ? null : { seal, instant, offset, asOf };
}

const NEWEST = Number.MAX_SAFE_INTEGER;

export const readStandingsRoute = <E extends BoardsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/leaderboards/{id}/standings',
    tag: 'Leaderboards',
    summary: 'Read the standings of a leaderboard',
    description:
      'Exact scores: points × (1 − rate)^age in whole local days. Equal scores share rank and reward; among them the one who reached the score first stands first, then the lower agent id. Pages after the first show the same state of the books. M7, DEC-17.',
    permission: 'read',
    params,
    query,
    answers: { 200: { description: 'A page of the standings.', schema: shown } },
    async handle(call) {
      const { id } = call.params;
      const { DB } = call.env;
      const asked = await momentOf(DB, call.query, call.now);
      if (!asked.ok) return asked;
      const { instant, offset, asOf } = asked.value;
      const recordedBy = asked.value.seal ?? NEWEST;
      const found = await versionAt(DB, id, recordedBy, instant);
      if (found === null) return fail({ kind: 'not-found', what: 'leaderboard', id });
      const organisation = await readOrganisationBy(DB, recordedBy, instant);
      const page = { seal: asked.value.seal, offset, limit: call.query.limit };
      const ask = askOf(found.content, organisation, instant, page);
      const answer = await readStandings(call.env, id, ask);
      const body = {
        leaderboardId: id,
        version: found.version,
        pointCategory: found.content.pointCategory,
        asOf: printInstant(asOf),
        effectiveDay: civilDay(ask.scoring.today),
        seal: answer.seal,
        participants: answer.participants,
        items: await itemsOf(DB, found.content, organisation.currency, answer),
        nextCursor: nextOf(answer, { instant, asOf, offset: offset + call.query.limit }),
      };
      return ok({ status: 200, body });
    },
  });

async function momentOf(
  db: D1Database,
  asked: z.output<typeof query>,
  now: number,
): Promise<Result<Moment>> {
  const { as_of: past, effective, cursor } = asked;
  const asOf = past ?? now;
  if (asOf > now) {
    return fail(
      invalidField('query:/as_of', 'future', 'nothing is recorded for an instant to come'),
    );
  }
  if (cursor !== undefined) {
    const moment = fromCursor(cursor);
    return moment === null
      ? fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'))
      : ok(moment);
  }
  if (past === undefined && effective === undefined)
    return ok({ seal: null, instant: now, offset: 0, asOf });
  const seal = await readSealAt(db, past ?? NEWEST);
  const instant =
    typeof effective === 'string' ? await endOfDay(db, effective, seal, asOf) : (effective ?? asOf);
  return ok({ seal, instant, offset: 0, asOf });
}

/** The last instant of a local day. */
async function endOfDay(
  db: D1Database,
  day: string,
  seal: number,
  instant: number,
): Promise<number> {
  const { timeZone } = await readOrganisationBy(db, seal, instant);
  return periodEnd({ lastDay: day }, timeZone) - 1;
}

/** The version of a board in force; the first one also before it was recorded (DEC-6). */
async function versionAt(
  db: D1Database,
  id: string,
  seal: number,
  instant: number,
): Promise<ConfigVersion<Leaderboard> | null> {
  const versions = await readVersionsBy<Leaderboard>(db, BOARD_KIND, id, NEWEST);
  const recorded = versions.filter((version) => version.seal <= seal);
  return inForce(recorded, instant) ?? versions[0] ?? null;
}

async function itemsOf(
  db: D1Database,
  board: Leaderboard,
  currency: string,
  { lines }: StandingsAnswer,
) {
  const ids = await readAgentIds(
    db,
    lines.map(({ agentKey }) => agentKey),
  );
  const unit = pointsUnit(board.pointCategory);
  return lines.map(({ agentKey, rank, score, exactScore, reachedAt }) => {
    const tier = tierOf(board, rank);
    return {
      rank,
      agentId: ids.get(agentKey) ?? null,
      score: printAmount(BigInt(score), unit),
      exactScore,
      unit,
      reachedAt: printInstant(reachedAt),
      reward:
        tier === null
          ? null
          : {
              rewardType: tier.rewardType,
              value: tier.value,
              unit: rewardUnit(tier, currency),
            },
    };
  });
}

const nextOf = (
  { seal, participants }: StandingsAnswer,
  { instant, offset, asOf }: Omit<Moment, 'seal'>,
): string | null =>
  offset < participants ? encodeCursor(`${seal}.${instant}.${offset}.${asOf}`) : null;
