/**
 * `/v1/leaderboards`: write, list, read and replace boards. Every change is a new version; refuses
 * what `checkBoard` refuses, each with a pointer into the body, and versions that would change the
 * past: rewards may have been paid for it.
 */
import * as z from 'zod';
import { readOrganisation } from '../access/store';
import { operationOf } from '../delivery/connectors/connector';
import type { PresetName } from '../delivery/destination';
import { readDestination } from '../delivery/store';
import { checkPreconditions } from '../http/etag';
import { instantText } from '../http/fields';
import { pageFrom, pageOf, pageQuery } from '../http/paging';
import { type Answer, type Call, type Route, route } from '../http/route';
import { type FieldError, invalidField } from '../kernel/failure';
import { canonicalJson } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import { printInstant } from '../kernel/instant';
import { fail, ok, type Result } from '../kernel/result';
import { type LedgerEnv, submit } from '../ledger/client';
import { configRow, etagOf } from '../ledger/config';
import { readLatest, readLatestPage } from '../ledger/store';
import { readPoolVersion } from '../rewards/store';
import { randomHex } from '../runtime/chance';
import {
  BOARD_KIND,
  type BoardVersion,
  boardSchema,
  checkBoard,
  checkPool,
  type Leaderboard,
  warningsOf,
} from './board';
import type { BoardsEnv } from './client';
import { listRewardRuns } from './rewards/routes';
import { readStandingsRoute } from './standings/routes';
import { readBoards } from './store';

const body = boardSchema.extend({
  effectiveFrom: instantText.optional().meta({
    description:
      'When this version comes into force. Absent: version 1 since ever, later ones now.',
  }),
});
const params = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a leaderboard'),
});
const shown = boardSchema.extend({
  id: z.string(),
  version: z.int(),
  effectiveFrom: z.string().nullable(),
  warnings: z.array(z.string()),
});

/** The seed's board, as it is posted. */
const BOARD_EXAMPLE = {
  name: 'Senior Mentorship Leaderboard',
  description: 'Rolling 30-day leaderboard tracking validated mentorship points with decay',
  enabled: true,
  pointCategory: 'Mentorship',
  evaluationWindow: { type: 'ROLLING', durationDays: 30 },
  decayConfiguration: { enabled: true, decayRatePercentPerDay: 1.5, minimumPointValue: 0 },
  eligibility: {
    userGroups: ['Senior_Agent_Group_ID', 'Mentor_Certified_Group_ID'],
    statusFilter: 'ACTIVE',
  },
  rewardTiers: [
    { rankRange: '1-3', rewardType: 'CASH_BONUS', value: 150 },
    { rankRange: '4-10', rewardType: 'EXTRA_PTO', value: 4 },
  ],
};

const show = (version: BoardVersion, others: readonly BoardVersion[]): Record<string, unknown> => ({
  id: version.name,
  version: version.version,
  effectiveFrom: version.effectiveFrom === null ? null : printInstant(version.effectiveFrom),
  ...version.content,
  warnings: warningsOf(
    version.content,
    others.filter(({ name }) => name !== version.name).map(({ content }) => content),
  ),
});

/** The first id made of this name that no board has; two requests at once make the same and meet. */
function newId(name: string, boards: readonly BoardVersion[]): string {
  const taken = new Set(boards.map((board) => board.name));
  for (let count = 1; ; count += 1) {
    const id = `board_${causeId('leaderboard', name, count).slice(0, 16)}`;
    if (!taken.has(id)) return id;
  }
}

async function refused<E extends LedgerEnv>(
  call: Pick<Call<E>, 'env'>,
  board: Leaderboard,
): Promise<Result<null>> {
  const { DB } = call.env;
  const { currency } = await readOrganisation(DB);
  const errors = checkBoard(board, currency);
  const { destinationId: id } = board;
  const target = id === undefined ? undefined : await readDestination(DB, id);
  if (target !== undefined && !pays(target?.content.preset ?? null)) {
    const detail = target === null ? 'there is no such destination' : 'it pays no rewards';
    errors.push({ pointer: '#/destinationId', code: 'destination', detail });
  }
  errors.push(...(await poolErrors(DB, board, currency)));
  if (errors.length === 0) return ok(null);
  return fail({ kind: 'invalid', detail: errors[0]?.detail ?? '', errors });
}

async function poolErrors(
  db: D1Database,
  board: Leaderboard,
  currency: string,
): Promise<FieldError[]> {
  if (board.rewardPoolId === undefined) return [];
  const pool = await readPoolVersion(db, board.rewardPoolId);
  if (pool !== null) return checkPool(board, pool.content.unit, currency);
  return [{ pointer: '#/rewardPoolId', code: 'pool', detail: 'there is no such pool' }];
}

const pays = (preset: PresetName | null): boolean =>
  preset !== null && operationOf(preset, 'reward') !== null;

async function write<E extends LedgerEnv>(
  call: Omit<Call<E>, 'params'>,
  version: BoardVersion,
  others: readonly BoardVersion[],
): Promise<Result<Answer>> {
  const created = version.version === 1;
  return submit(call, {
    rows: [configRow(version, randomHex(16))],
    audit: {
      action: created ? 'LEADERBOARD_CREATED' : 'LEADERBOARD_REPLACED',
      subject: `config:${BOARD_KIND}/${version.name}`,
      detail: { version: version.version },
    },
    answer: {
      status: created ? 201 : 200,
      body: show(version, others),
      headers: {
        ETag: etagOf(version),
        ...(created && { Location: `/v1/leaderboards/${version.name}` }),
      },
    },
  });
}

const createBoard = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/leaderboards',
    tag: 'Leaderboards',
    summary: 'Write a leaderboard',
    description:
      'Takes the body of a leaderboard as the platform guides print it. One point category; rank ranges `n` or `n-m` that do not overlap. Warnings name what is allowed and yet unwise. M7, DEC-17.',
    permission: 'draft',
    body,
    answers: {
      201: { description: 'The board with its id, version 1 and warnings.', schema: shown },
    },
    examples: { request: BOARD_EXAMPLE },
    async handle(call) {
      const { effectiveFrom, ...board } = call.body;
      const allowed = await refused(call, board);
      if (!allowed.ok) return allowed;
      const boards = await readBoards(call.env.DB);
      const version: BoardVersion = {
        kind: BOARD_KIND,
        name: newId(board.name, boards),
        version: 1,
        effectiveFrom: effectiveFrom ?? null,
        writtenAt: call.now,
        author: call.actor.person,
        content: board,
      };
      return write(call, version, boards);
    },
  });

const listBoards = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/leaderboards',
    tag: 'Leaderboards',
    summary: 'List leaderboards by id',
    permission: 'read',
    query: pageQuery,
    answers: { 200: { description: 'A page of boards.', schema: pageOf(shown) } },
    async handle(call) {
      const { limit, cursor } = call.query;
      const boards = await readBoards(call.env.DB);
      const page = pageFrom(
        await readLatestPage<Leaderboard>(call.env.DB, BOARD_KIND, cursor ?? null, limit + 1),
        limit,
        ({ name }) => name,
      );
      const items = page.items.map((version) => show(version, boards));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

const readBoard = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/leaderboards/{id}',
    tag: 'Leaderboards',
    summary: 'Read a leaderboard',
    permission: 'read',
    params: params,
    answers: { 200: { description: 'The newest version.', schema: shown } },
    async handle(call) {
      const { id } = call.params;
      const version = await readLatest<Leaderboard>(call.env.DB, BOARD_KIND, id);
      if (version === null) return fail({ kind: 'not-found', what: 'leaderboard', id });
      const body = show(version, await readBoards(call.env.DB));
      return ok({ status: 200, body, headers: { ETag: etagOf(version) } });
    },
  });

const replaceBoard = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/leaderboards/{id}',
    tag: 'Leaderboards',
    summary: 'Write the next version of a leaderboard',
    description:
      'The version before stays in force until `effectiveFrom`, which may not lie in the past. If-Match is honoured when sent. The same content again writes nothing.',
    permission: 'draft',
    params: params,
    body,
    answers: { 200: { description: 'The board with its new version.', schema: shown } },
    examples: { request: BOARD_EXAMPLE },
    async handle(call) {
      const { effectiveFrom, ...board } = call.body;
      const { id } = call.params;
      const present = await readLatest<Leaderboard>(call.env.DB, BOARD_KIND, id);
      if (present === null) return fail({ kind: 'not-found', what: 'leaderboard', id });
      const holds = checkPreconditions(call.headers, etagOf(present));
      if (!holds.ok) return holds;
      const boards = await readBoards(call.env.DB);
      const same = canonicalJson(present.content) === canonicalJson(board);
      if (same && effectiveFrom === undefined) {
        const headers = { ETag: etagOf(present) };
        return ok({ status: 200, body: show(present, boards), headers });
      }
      const allowed = await refused(call, board);
      if (!allowed.ok) return allowed;
      if (effectiveFrom !== undefined && effectiveFrom < call.now) {
        return fail(invalidField('#/effectiveFrom', 'past', 'a later version begins now or later'));
      }
      const next: BoardVersion = {
        ...present,
        version: present.version + 1,
        effectiveFrom: effectiveFrom ?? call.now,
        writtenAt: call.now,
        author: call.actor.person,
        content: board,
      };
      return write(call, next, boards);
    },
  });

/** The routes of the boards room, in the order in which the documentation shows them. */
export const boardsRoutes = <E extends BoardsEnv>(): readonly Route<E>[] => [
  createBoard(),
  listBoards(),
  readBoard(),
  replaceBoard(),
  readStandingsRoute(),
  listRewardRuns(),
];
