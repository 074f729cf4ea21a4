/**
 * `/v1/leaderboards/{id}/rewards`: the periods whose ranks were rewarded, with the seal that fixed
 * each and what was posted. Refuses nothing; what each agent got stands in the ledger.
 */
import * as z from 'zod';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { printAmount } from '../../kernel/units';
import { readLatest } from '../../ledger/store';
import { BOARD_KIND } from '../board';
import type { BoardsEnv } from '../client';
import { runId } from './reward';
import { type RunVersion, readRuns } from './store';

const shown = z.object({
  period: z.string(),
  lastDay: z.string(),
  endsAt: z.string(),
  state: z.enum(['RUNNING', 'ISSUED']),
  run: z.string().meta({ description: 'What the transactions name as their cause.' }),
  seal: z.int().meta({ description: 'The standings are those of the books as of this seal.' }),
  rewards: z.int().nullable(),
  totals: z.array(z.object({ unit: z.string(), amount: z.string() })),
  unpayable: z.array(z.string()).meta({ description: 'Rank ranges that could not be paid.' }),
});

const show = ({ content, seal }: RunVersion) => ({
  period: content.period,
  lastDay: content.lastDay,
  endsAt: printInstant(content.instant + 1),
  state: content.issued === undefined ? 'RUNNING' : 'ISSUED',
  run: runId(content),
  seal: content.issued?.seal ?? seal,
  rewards: content.issued?.rewards ?? null,
  totals: Object.entries(content.issued?.totals ?? {}).map(([unit, amount]) => ({
    unit,
    amount: printAmount(amount, unit),
  })),
  unpayable: content.issued?.unpayable ?? [],
});

export const listRewardRuns = <E extends BoardsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/leaderboards/{id}/rewards',
    tag: 'Leaderboards',
    summary: 'List the rewarded periods of a leaderboard, latest first',
    permission: 'read',
    params: z.strictObject({
      id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a leaderboard'),
    }),
    query: pageQuery,
    answers: { 200: { description: 'A page of runs.', schema: pageOf(shown) } },
    async handle(call) {
      const { id } = call.params;
      const { DB } = call.env;
      if ((await readLatest(DB, BOARD_KIND, id)) === null) {
        return fail({ kind: 'not-found', what: 'leaderboard', id });
      }
      const { limit, cursor } = call.query;
      const before = cursor?.startsWith(`${id}.`) ? cursor : null;
      const runs = await readRuns(DB, { boardId: id, before, count: limit + 1 });
      const page = pageFrom(runs, limit, ({ name }) => name);
      return ok({ status: 200, body: { ...page, items: page.items.map(show) } });
    },
  });
