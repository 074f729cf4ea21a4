/** Mentorship points on the platform's scorecards: one value per agent and day, absolute, once. */
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentPoints, programAccount } from '../../src/ledger/account';
import { commit } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { entryRow, transaction } from '../../src/ledger/entry';
import { readLatest } from '../../src/ledger/store';
import { programmeSchema } from '../../src/points/programmes/programme';
import { showBehind } from '../../src/points/surfaces/client';
import { showPoints } from '../../src/points/surfaces/jobs';
import { agentKey, destinationOf, HOUR, keep, NOON, work } from '../delivery/depot';
import { Network } from '../delivery/network';

const network = new Network().install();
afterAll(() => network.remove());

const ADA = agentKey('ada');
const BOB = agentKey('bob');

const versioned = (kind: string, name: string, content: unknown) =>
  configRow(
    { kind, name, version: 1, effectiveFrom: null, writtenAt: 0, author: 'test', content },
    'salt',
  );

const person = (key: string, platformIds: Record<string, string>) =>
  versioned('agent', key, {
    agentId: key,
    name: null,
    status: 'ACTIVE',
    groups: [],
    attributes: {},
    platformIds,
    employeeId: null,
  });

let count = 0;

const move = (from: string, to: string, points: number, day: string) => {
  count += 1;
  const cause = { kind: 'AWARD', cause: `c${count}`, occurredAt: NOON, recordedAt: NOON };
  const amount = points * 10_000;
  return transaction(cause, [{ unit: 'POINTS/Mentorship', from, to, amount, day, rule: null }]).map(
    entryRow,
  );
};

const award = (key: string, points: number, day: string) =>
  move(programAccount('Mentorship'), agentPoints(key, 'Mentorship', 'none'), points, day);

beforeAll(async () => {
  await keep('genesys', destinationOf('genesys-cloud', 'https://genesys.example.com'));
  const externalMetric = { destinationId: 'genesys', metricId: 'm1' };
  const rows = [
    versioned('program', 'Mentorship', programmeSchema.parse({ externalMetric })),
    person(ADA, { genesys: 'g-ada' }),
    person(BOB, {}),
  ];
  await commit(env, { rows }, NOON);
});

const shown = () =>
  network
    .shelf('genesys')
    .list('metrics')
    .map(({ value }) => value);

it('is sent once however often cron fires, and again when the day has changed', async () => {
  const points = agentPoints(ADA, 'Mentorship', 'none');
  const rows = [
    ...award(ADA, 50, '2032-05-01'),
    ...award(ADA, 25, '2032-05-01'),
    ...award(ADA, 10, '2032-05-02'),
    ...award(BOB, 99, '2032-05-01'),
    ...move(points, 'decay:2032-Q2', 3, '2032-05-02'),
  ];
  await commit(env, { rows }, NOON);
  await Promise.all([showPoints(env, NOON), showPoints(env, NOON)]);
  await showPoints(env, NOON + HOUR);
  await work('genesys', NOON + HOUR, NOON + 2 * HOUR);
  const day = (dateOccurred: string, value: number) => ({
    userId: 'g-ada',
    metricId: 'm1',
    dateOccurred,
    value,
    type: 'Total',
  });
  expect(shown()).toEqual([day('2032-05-01', 75), day('2032-05-02', 10)]);
  expect(network.seen).toHaveLength(1);
  const back = move(points, programAccount('Mentorship'), 50, '2032-05-01');
  await commit(env, { rows: back }, NOON);
  await showPoints(env, NOON + 2 * HOUR);
  await work('genesys', NOON + 2 * HOUR, NOON + 3 * HOUR);
  expect(shown()).toEqual([day('2032-05-01', 25), day('2032-05-02', 10)]);
  expect(network.seen).toHaveLength(2);
});

/** A busy ledger that has nothing to do with this programme. */
const goOn = (seals: number) =>
  env.DB.prepare(
    `WITH RECURSIVE n(i, k) AS (SELECT max(id) + 1, 1 FROM seals
       UNION ALL SELECT i + 1, k + 1 FROM n WHERE k < ?)
     INSERT INTO seals (id, previous, hash, at, contents, size) SELECT i, 'p', 'h' || i, ?, '[]', 1 FROM n`,
  )
    .bind(seals, NOON)
    .run();

const markOf = async (name: string): Promise<number> =>
  (await readLatest<{ seal: number }>(env.DB, 'mark', name))?.content.seal ?? 0;

it('is sent however many seals without points of the programme lie before them', async () => {
  const day = (at: string) =>
    shown().filter((value) => (value as { dateOccurred: string }).dateOccurred === at);
  await goOn(250);
  await commit(env, { rows: award(ADA, 5, '2032-05-04') }, NOON);
  await showPoints(env, NOON + 3 * HOUR);
  await work('genesys', NOON + 3 * HOUR, NOON + 4 * HOUR);
  expect(day('2032-05-04')).toHaveLength(1);
  await goOn(4_500);
  await commit(env, { rows: award(ADA, 5, '2032-05-05') }, NOON);
  for (const hour of [4, 5]) await showPoints(env, NOON + hour * HOUR);
  await work('genesys', NOON + 5 * HOUR, NOON + 6 * HOUR);
  expect(day('2032-05-05')).toHaveLength(1);
});

it('waits with its mark while it cannot be shown, and writes no mark for a few seals', async () => {
  const about = { name: 'shown.test', destinationId: 'genesys' };
  await showBehind(env, about, async () => null, NOON);
  expect(await markOf(about.name)).toBe(0);
  for (const seal of [4_000, 4_400, 4_400]) {
    await showBehind(env, about, async () => [], NOON);
    expect(await markOf(about.name)).toBe(seal);
  }
});
