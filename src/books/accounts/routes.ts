/**
 * What accounts hold and what moved on them. An agent's account is named with the agent's own id.
 * Refuses agents nobody wrote; an account on which nothing moved holds nothing.
 */
import * as z from 'zod';
import { agentIdText } from '../../agents/agent';
import { readAgentIds } from '../../agents/store';
import { encodeCursor, type Page, pageFields, pageFrom } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { type Failure, invalidField } from '../../kernel/failure';
import { fail, ok } from '../../kernel/result';
import { agentOf } from '../../ledger/account';
import {
  type Bounds,
  readAgentBalances,
  readAgentEntries,
  readEntries,
  type StoredEntry,
} from '../../ledger/entries/store';
import { isPosition, positionOf, walkNewest } from '../../ledger/walk/store';
import { pointsOf, showAddress } from '../address';
import type { BooksEnv } from '../client';
import { findHolder, insideOf, namesOf } from '../holder/store';
import { asOfField, effectiveField } from '../moment/day';
import { boundsOf } from '../moment/store';
import { amountShape, keysOfEntries, showAmount, showLine, statementLine } from '../shape';
import { readTrialBalance } from '../store';
import { readBalances } from './store';

const MAX_ADDRESS = 300;

const accountShape = z
  .object({
    account: z.string(),
    balances: z.array(amountShape).meta({ description: 'One per unit that ever moved.' }),
    items: z.array(statementLine),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'Account' });

/** `GET /v1/ledger/accounts/{address}` → balances and a page of entries, newest first; 404 for an unknown agent. */
export const readAccount = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/accounts/{address}',
    tag: 'Ledger',
    summary: 'Read an account',
    description:
      "An agent's account is addressed with the agent's id, e.g. " +
      '`agent:pat-doe:points:Mentorship:none`; its entries come by business day, those of other ' +
      'accounts by seal. A page may be short or empty and still have a `nextCursor`. `as_of` reads ' +
      "one row for each of an agent's entries; for another account, one for each row sealed since, " +
      'and beyond 200 seals one for each entry of the ledger.',
    permission: 'read',
    params: z.strictObject({
      address: z
        .string()
        .min(1)
        .max(MAX_ADDRESS)
        .meta({ examples: ['program:Mentorship'] }),
    }),
    query: z.strictObject({ ...pageFields, as_of: asOfField, effective: effectiveField }),
    answers: { 200: { description: 'The account.', schema: accountShape } },
    async handle({ env, params, query, now }) {
      const asked = await boundsOf(env.DB, query, now);
      if (!asked.ok) return asked;
      const bounds = asked.value;
      const address = await insideOf(env, params.address);
      if (!address.ok) return address;
      const account = address.value;
      const wrong = agentOf(account) === null ? wrongAsked(bounds, query.cursor) : null;
      if (wrong !== null) return fail(wrong);
      const page = await entriesOf(env.DB, account, query.cursor ?? null, query.limit, bounds);
      const [balances, agentIds] = await Promise.all([
        readBalances(env.DB, account, bounds),
        readAgentIds(env.DB, keysOfEntries(page.items)),
      ]);
      return ok({
        status: 200,
        body: {
          account: params.address,
          balances: balances.map(({ amount, unit }) => showAmount(amount, unit)),
          items: page.items.map((entry) => showLine(entry, account, agentIds)),
          nextCursor: page.nextCursor,
        },
      });
    },
  });

/** What is wrong with a query of an account that is no agent's; its entries come by seal. */
function wrongAsked({ untilDay }: Bounds, cursor: string | undefined): Failure | null {
  if (untilDay !== null) {
    const detail = "days are kept for agents' accounts; ask this one for `as_of`";
    return invalidField('query:/effective', 'not_an_agent', detail);
  }
  return cursor === undefined || isPosition(cursor)
    ? null
    : invalidField('query:/cursor', 'custom', 'not a cursor of this list');
}

async function entriesOf(
  db: D1Database,
  account: string,
  cursor: string | null,
  limit: number,
  bounds: Bounds,
): Promise<Page<StoredEntry>> {
  if (agentOf(account) !== null) {
    const entries = await readAgentEntries(db, account, cursor, limit + 1, bounds);
    return pageFrom(entries, limit, ({ id }) => id);
  }
  const { seal } = bounds;
  const newest = seal === null ? null : positionOf({ seal: seal + 1, place: 0 });
  const { ids, nextCursor } = await walkNewest(db, 'entries', cursor ?? newest, limit);
  const entries = await readEntries(
    db,
    ids.map(({ id }) => id),
  );
  return {
    items: entries.filter(({ from, to }) => from === account || to === account),
    nextCursor: nextCursor === null ? null : encodeCursor(nextCursor),
  };
}

const pointsShape = z
  .object({
    agentId: z.string().nullable().meta({ description: 'null for a person who was erased.' }),
    items: z.array(
      amountShape.extend({ category: z.string(), season: z.string(), account: z.string() }),
    ),
  })
  .meta({ id: 'AgentPoints' });

/** `GET /v1/agents/{id}/points` → what the agent holds in each category and season; 404. */
export const readPoints = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/agents/{id}/points',
    tag: 'Agents',
    summary: "Read an agent's points",
    permission: 'read',
    params: z.strictObject({ id: agentIdText }),
    query: z.strictObject({ as_of: asOfField, effective: effectiveField }),
    answers: { 200: { description: 'A balance per category and season.', schema: pointsShape } },
    async handle({ env, params: { id }, query, now }) {
      const bounds = await boundsOf(env.DB, query, now);
      if (!bounds.ok) return bounds;
      const holder = await findHolder(env, id);
      if (!holder.ok) return holder;
      const balances = await readAgentBalances(env.DB, holder.value.agentKey, bounds.value);
      const named = namesOf(holder.value);
      const items = balances.flatMap(({ account, amount, unit }) => {
        const points = pointsOf(account);
        if (points === null) return [];
        return { ...points, ...showAmount(amount, unit), account: showAddress(account, named) };
      });
      return ok({ status: 200, body: { agentId: holder.value.agentId, items } });
    },
  });

const trialShape = z
  .object({
    balanced: z.boolean().meta({ description: 'Every sum is zero and no running row drifted.' }),
    units: z.array(
      z.object({
        unit: z.string(),
        moved: z.string(),
        agents: z.string().meta({ description: "What agents' accounts hold, from the entries." }),
        others: z.string().meta({ description: 'What other accounts hold, by running rows.' }),
        sum: z.string(),
      }),
    ),
    drift: z
      .array(
        z.object({
          account: z.string(),
          unit: z.string(),
          running: z.string(),
          entries: z.string(),
        }),
      )
      .meta({ description: 'Running rows that are not the sum of their entries.' }),
  })
  .meta({ id: 'TrialBalance' });

/** `GET /v1/ledger/trial-balance` → per unit what all accounts hold together: zero. Reads every entry. */
export const readTrial = <E extends BooksEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/ledger/trial-balance',
    tag: 'Ledger',
    summary: 'Read the trial balance',
    description:
      'Reads every entry; meant for checks, not for pages. As of an instant all sums come from the ' +
      'entries, because running rows are of now.',
    permission: 'read',
    query: z.strictObject({ as_of: asOfField }),
    answers: { 200: { description: 'The sums, unit by unit.', schema: trialShape } },
    async handle({ env, query, now }) {
      const bounds = await boundsOf(env.DB, query, now);
      if (!bounds.ok) return bounds;
      const { units, drift } = await readTrialBalance(env.DB, bounds.value.seal);
      const shown = (amount: bigint, unit: string) => showAmount(amount, unit).amount;
      return ok({
        status: 200,
        body: {
          balanced: drift.length === 0 && units.every(({ sum }) => sum === 0n),
          units: units.map(({ unit, moved, agents, others, sum }) => ({
            unit,
            moved: shown(moved, unit),
            agents: shown(agents, unit),
            others: shown(others, unit),
            sum: shown(sum, unit),
          })),
          drift: drift.map(({ account, unit, running, entries }) => ({
            account,
            unit,
            running: shown(running, unit),
            entries: shown(entries, unit),
          })),
        },
      });
    },
  });
