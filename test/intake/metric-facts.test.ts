/** Facts that metric events state are written once each, also when their events are known already. */
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import type { Env } from '../../src/env';
import type { Arrival, Taken } from '../../src/events/event';
import { callSource } from '../../src/intake/client';
import type { FactRows } from '../../src/intake/facts/client';
import { ownerOfMetrics } from '../../src/intake/metrics/client';
import type { Row } from '../../src/kernel/change-set';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { DAY, MONDAY } from '../points/build';
import { arrival } from '../points/world';

const recorded = (id: string, occurredAt: number | null = MONDAY): Arrival =>
  arrival('metric.recorded', id, { metricId: 'm', agentId: 'nobody', value: 1 }, occurredAt);

const factRow = (name: string, says: unknown): Row =>
  configRow(
    {
      ...{ kind: 'fact', name, version: 1, effectiveFrom: null, writtenAt: MONDAY },
      ...{ author: 'test', content: says },
    },
    'salt',
  );

/** Each event states one fact of its own name. */
const facts =
  (says: unknown, suffix = ''): FactRows<Env> =>
  async (_, kept) =>
    kept.map(({ event }) => factRow(event.eventId + suffix, says));

async function said(...names: string[]): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    `SELECT c.content FROM json_each(?) n LEFT JOIN config c ON c.id = 'fact/' || n.value || '/000001'
     ORDER BY n.key`,
  )
    .bind(JSON.stringify(names))
    .all<{ content: string | null }>();
  return results.map(({ content }) => (content === null ? null : JSON.parse(content)));
}

const take = (
  arrivals: readonly Arrival[],
  rows: readonly FactRows<Env>[],
  within: Env = env as Env,
): Promise<readonly Taken[]> => ownerOfMetrics<Env>([], rows)(within, arrivals, MONDAY);

const verdicts = (taken: readonly Taken[]): string[] => taken.map(({ verdict }) => verdict);

/** A journal that is busy for sets that `isRefused` names. */
function busy(isRefused: (rows: readonly Row[]) => boolean): Env {
  const journal = env.JOURNAL.getByName('ledger');
  const stub = {
    commit: async (...given: Parameters<typeof journal.commit>) =>
      isRefused(given[0].rows)
        ? ({ verdict: 'busy', retryAfterMs: 1000 } as const)
        : journal.commit(...given),
  };
  return { ...env, JOURNAL: { getByName: () => stub } } as unknown as Env;
}

test('a fact that another said before keeps no other fact out', async () => {
  const known = [recorded('a1'), recorded('a2'), recorded('a3')];
  expect(verdicts(await take(known, []))).toEqual(['accepted', 'accepted', 'accepted']);
  await commit(env, { rows: [factRow('a2', 'first')] }, MONDAY);
  expect(verdicts(await take(known, [facts('later')]))).toEqual(Array(3).fill('duplicate'));
  expect(await said('a1', 'a2', 'a3')).toEqual(['later', 'first', 'later']);
});

test('facts of more known events than one set holds are all written', async () => {
  const known = Array.from({ length: 300 }, (_, at) => recorded(`b${at}`));
  await take(known, []);
  await take(known, [facts('one', '-1'), facts('two', '-2')]);
  const row = await env.DB.prepare(
    "SELECT count(*) AS n FROM config WHERE kind = 'fact' AND name LIKE 'b%'",
  ).first();
  expect(row).toEqual({ n: 600 });
});

test('one fact that two events of a message state is written once, beside both', async () => {
  const both = [recorded('c1'), recorded('c2')];
  const same: FactRows<Env> = async (_, kept) => kept.map(() => factRow('c', 'said'));
  expect(verdicts(await take(both, [same]))).toEqual(['accepted', 'accepted']);
  expect(await said('c')).toEqual(['said']);
});

test('while the journal is busy the source holds facts of known events, and sends them', async () => {
  const known = [recorded('d1'), recorded('d2')];
  await take(known, []);
  const away = busy((rows) => rows.every(({ table }) => table === 'config'));
  expect(verdicts(await take(known, [facts('held')], away))).toEqual(['duplicate', 'duplicate']);
  expect(await said('d1', 'd2')).toEqual([null, null]);
  await callSource(env as Env, 'platform', (source) => source.due(MONDAY + 60_000));
  expect(await said('d1', 'd2')).toEqual(['held', 'held']);
});

test('a sender who was cut off between event and facts has them held when it comes again', async () => {
  const fresh = [recorded('e1')];
  const away = busy(() => true);
  const deaf = {
    ...away,
    SOURCES: {
      getByName: (name: string) => ({
        accept: (...given: [readonly Arrival[], number]) =>
          env.SOURCES.getByName(name).accept(...given),
        hold: async () => {
          throw new Error('cut off');
        },
      }),
    },
  } as unknown as Env;
  await expect(take(fresh, [facts('kept')], deaf)).rejects.toThrow('cut off');
  expect(verdicts(await take(fresh, [facts('kept')], away))).toEqual(['duplicate']);
  await callSource(env as Env, 'platform', (source) => source.due(MONDAY + 120_000));
  expect(await said('e1')).toEqual(['kept']);
});

test('of a known event without its own time the facts held are of the day it first came', async () => {
  const undated = [recorded('f1', null)];
  await take(undated, []);
  const byTime: FactRows<Env> = async (_, kept) =>
    kept.map(({ event, occurredAt }) => factRow(`${event.eventId}-${occurredAt}`, 'held'));
  const later = MONDAY + DAY;
  const away = busy(() => true);
  const again = await ownerOfMetrics<Env>([], [byTime])(away, undated, later);
  expect(verdicts(again)).toEqual(['duplicate']);
  await callSource(env as Env, 'platform', (source) => source.due(later + 60_000));
  expect(await said(`f1-${MONDAY}`, `f1-${later}`)).toEqual(['held', null]);
});

test('a new event keeps its fact beside a known one that states nothing', async () => {
  const [known, fresh] = [recorded('g1'), recorded('g2')];
  await take([known], []);
  const ofFresh: FactRows<Env> = async (_, kept) =>
    kept.flatMap(({ event }) => (event.eventId === 'g2' ? factRow('g2', 'said') : []));
  expect(verdicts(await take([known, fresh], [ofFresh]))).toEqual(['duplicate', 'accepted']);
  expect(await said('g2')).toEqual(['said']);
});
