/**
 * `/v1/reward-pools`: what goals pay out of. Writing one moves money into the pool or out of it, so
 * it needs `payroll`; the goals that spend it are written by an author: two persons. Refuses to take
 * out what is promised already, and versions the client has not seen.
 */
import * as z from 'zod';
import { readOrganisation } from '../access/store';
import { checkPreconditions } from '../http/etag';
import { pageFrom, pageOf, pageQuery } from '../http/paging';
import { type Answer, type Route, route } from '../http/route';
import { canonicalJson } from '../kernel/hash';
import { printInstant } from '../kernel/instant';
import { fail, ok } from '../kernel/result';
import { printAmount } from '../kernel/units';
import { localDay } from '../kernel/zone';
import { type LedgerEnv, submit } from '../ledger/client';
import { configRow, etagOf } from '../ledger/config';
import { entryRow } from '../ledger/entry';
import { readLatestPage } from '../ledger/store';
import { randomHex } from '../runtime/chance';
import {
  fundingOf,
  POOL_ID,
  POOL_KIND,
  type Pool,
  type PoolVersion,
  poolBody,
  readPool,
  warningsOf,
} from './pool';
import { type Holding, readHolding, readHoldings, readPoolVersion } from './store';

const params = z.strictObject({ id: z.string().regex(POOL_ID, 'letters, digits, _ and -') });
const amount = z.string().meta({ description: 'Decimal text in the unit beside it.' });

const shownPool = z
  .object({
    id: z.string(),
    version: z.int(),
    name: z.string().nullable(),
    unit: z.string(),
    funded: amount,
    perAward: amount.nullable(),
    held: amount.meta({ description: 'What the pool can still promise.' }),
    reserved: amount.meta({ description: 'Set aside for awards that are shared or looked at.' }),
    firstDay: z.string().nullable(),
    lastDay: z.string().nullable(),
    destinationId: z.string().nullable(),
    recognitionDestinationId: z.string().nullable(),
    externalMetricId: z.string().nullable(),
    writtenAt: z.string(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'RewardPool' });

const NOTHING_HELD: Holding = { held: 0n, reserved: 0n };

function show({ name: id, version, writtenAt, content }: PoolVersion, holding: Holding) {
  const { unit, funded, perAward, ...rest } = content;
  const print = (value: bigint | number): string => printAmount(value, unit);
  return {
    id,
    version,
    ...rest,
    unit,
    funded: print(funded),
    perAward: perAward === null ? null : print(perAward),
    held: print(holding.held),
    reserved: print(holding.reserved),
    writtenAt: printInstant(writtenAt),
    warnings: warningsOf(content),
  };
}

/** `PUT /v1/reward-pools/{id}` → 201 or 200 and the pool; 409 where it would go below zero. DEC-15. */
const putPool = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/reward-pools/{id}',
    tag: 'Rewards',
    summary: 'Write and fund a reward pool',
    description:
      'A change of `funded` is posted at once as the difference between `funding:{id}` and ' +
      '`pool:{id}`; a pool that would go below zero is refused. Goals name it in ' +
      '`customFields.rewardPoolId`. G8, DEC-15.',
    permission: 'payroll',
    params,
    body: poolBody,
    examples: {
      request: {
        name: 'Cooperative goals, third quarter',
        unit: 'USD',
        funded: '4500.00',
        firstDay: '2024-07-01',
        lastDay: '2024-09-30',
        destinationId: 'hris',
      },
    },
    answers: {
      200: { description: 'The pool, replaced or as it was.', schema: shownPool },
      201: { description: 'The pool, new here.', schema: shownPool },
    },
    async handle(call) {
      const { env, now, actor, body, headers } = call;
      const { id } = call.params;
      const [present, organisation] = await Promise.all([
        readPoolVersion(env.DB, id),
        readOrganisation(env.DB),
      ]);
      const holds = checkPreconditions(headers, present === null ? null : etagOf(present));
      if (!holds.ok) return holds;
      const read = readPool(body, present?.content ?? null, organisation.currency);
      if (!read.ok) return read;
      const before = await readHolding(env.DB, id, read.value.unit);
      if (present !== null && canonicalJson(present.content) === canonicalJson(read.value)) {
        return ok(answerOf(200, present, before));
      }
      const next: PoolVersion = {
        kind: POOL_KIND,
        name: id,
        version: (present?.version ?? 0) + 1,
        effectiveFrom: present === null ? null : now,
        writtenAt: now,
        author: actor.person,
        content: read.value,
      };
      const today = localDay(now, organisation.timeZone);
      const { entries, guards } = fundingOf(next, present?.content ?? null, { now, today });
      const gained = read.value.funded - (present?.content.funded ?? 0);
      const after = { ...before, held: before.held + BigInt(gained) };
      return submit(call, {
        rows: [configRow(next, randomHex(16)), ...entries.map(entryRow)],
        guards,
        audit: {
          action: 'REWARD_POOL_WRITTEN',
          subject: `config:${POOL_KIND}/${id}`,
          detail: {
            version: next.version,
            funded: printAmount(read.value.funded, next.content.unit),
          },
        },
        answer: answerOf(present === null ? 201 : 200, next, after),
      });
    },
  });

const answerOf = (status: number, version: PoolVersion, holding: Holding): Answer => ({
  status,
  body: show(version, holding),
  headers: { ETag: etagOf(version) },
});

const getPool = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/reward-pools/{id}',
    tag: 'Rewards',
    summary: 'Read a reward pool and what it holds',
    permission: 'read',
    params,
    answers: { 200: { description: 'The newest version, its ETag.', schema: shownPool } },
    async handle({ env, params: { id } }) {
      const version = await readPoolVersion(env.DB, id);
      if (version === null) return fail({ kind: 'not-found', what: 'reward pool', id });
      return ok(answerOf(200, version, await readHolding(env.DB, id, version.content.unit)));
    },
  });

const listPools = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/reward-pools',
    tag: 'Rewards',
    summary: 'List the reward pools',
    permission: 'read',
    query: pageQuery,
    answers: { 200: { description: 'A page of pools, by id.', schema: pageOf(shownPool) } },
    async handle({ env, query: { limit, cursor = null } }) {
      const versions = await readLatestPage<Pool>(env.DB, POOL_KIND, cursor, limit + 1);
      const page = pageFrom(versions, limit, ({ name }) => name);
      const pools = page.items.map(({ name, content }) => ({ poolId: name, unit: content.unit }));
      const holdings = await readHoldings(env.DB, pools);
      const items = page.items.map((version, at) => show(version, holdings[at] ?? NOTHING_HELD));
      return ok({ status: 200, body: { ...page, items } });
    },
  });

/** Reward pools: written and funded, read, listed. */
export const rewardsRoutes = <E extends LedgerEnv>(): readonly Route<E>[] => [
  putPool(),
  getPool(),
  listPools(),
];
