/**
 * One end of a season from the rehearsal to the archive, over HTTP: what a dry run lists is what is
 * sent, what is exported is what is archived, and a seat hears of a reset that a platform names.
 */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashJson } from '../../src/kernel/hash';
import { stubOf } from '../delivery/depot';
import { Network } from '../delivery/network';
import { type Body, type Heard, itemsOf, makeKey, send } from '../http/caller';
import { at, earn, hire, measured, season } from './stage';
import { evaluate, Play, platform, type Quarter, quarter, seasonStub } from './theatre';

const COLD = 'cold-ends';
/** Who has left, under a name that a spreadsheet would run. */
const LEAVER = '=SUM(A1)';
const NIGHT = '2031-10-01T00:10:00';
const WINDOW = '2031-10-01T02:00:00';
let network: Network;
let stage: Quarter;
let key = '';
let machine = '';
let dry: Heard;
let counted: { before: unknown; after: unknown };
let asked: readonly Heard[];

const post = (path: string, body: object, headers = {}) =>
  send('POST', path, { key, body, headers });
const archive = (accept: string) =>
  send('GET', `/v1/seasons/${stage.id}/archive`, { key, headers: { Accept: accept } });

const heldBy = (stub: unknown): Promise<string> =>
  runInDurableObject(stub as DurableObjectStub, async (_, state) =>
    JSON.stringify([await state.storage.getAlarm(), ...state.storage.kv.list()]),
  );

/** Rows of every table, and what the objects hold that a reset would speak to. */
async function everything(): Promise<unknown> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'",
  ).all<{ name: string }>();
  const rows = await env.DB.batch<{ n: number }>(
    results.map(({ name }) => env.DB.prepare(`SELECT count(*) AS n FROM "${name}"`)),
  );
  return {
    rows: results.map(({ name }, nth) => [name, rows[nth]?.results[0]?.n]),
    season: await heldBy(seasonStub(stage.id)),
    next: await heldBy(seasonStub(stage.next)),
    platform: await heldBy(stubOf(stage.destination)),
    cold: await heldBy(stubOf(COLD)),
    sent: network.seen.length,
  };
}

const agentId = (nth: number): string => stage.agents[nth]?.id ?? '';

/** Risers and fallers, one kept by the floor, and one whom a compliance minimum held down. */
async function play(): Promise<void> {
  await platform(COLD, 'webhook');
  const compliance = [{ metric: 'csat', atLeast: '7.5', minimumCount: 3 }];
  const fields = { compliance, floor: 'SILVER', coldStorage: COLD };
  stage = await quarter([7500, 6000, 100, 9000, 8500], fields, {
    preset: 'genesys-cloud',
    settings: { schemaId: 'schema-1' },
  });
  const left = { groups: [stage.group], status: 'LEFT', platformIds: {} };
  await hire(LEAVER, left, at('2031-06-01T00:00:00Z'));
  const next = {
    categories: [stage.category],
    startDay: '2031-10-01',
    endDay: '2031-12-31',
    decay: { factor: '1' },
    target_groups: [stage.group],
    destinations: [stage.destination],
    floor: 'SILVER',
    resetPolicy: 'FROM_ARCHIVE',
    thresholds: { GOLD: '6500', PLATINUM: '7000' },
  };
  await season(stage.next, next, at('2031-06-01T00:00:00Z'));
  const [first, , , fourth] = stage.agents;
  await measured(first?.key ?? '', 'aht', [300, 301, 302.5], '2031-08-01');
  await measured(first?.key ?? '', 'csat', [9, 8], '2031-08-02');
  await measured(first?.key ?? '', 'fcr', [1, 0, 1], '2031-08-03');
  await measured(fourth?.key ?? '', 'csat', [5, 6, 5], '2031-08-04');
  await evaluate(env, at('2031-09-30T12:10:00Z'));
  await stage.play.work(at('2031-09-30T13:00:00Z'));
  network.seen.length = 0;
  // Keys end: those of today are not in force in 2031.
  vi.setSystemTime(at('2031-10-01T00:05:00Z'));
  key = (await makeKey(['author', 'viewer'])).key;
  machine = (await makeKey(['platform'])).key;
  const reset = `/v1/seasons/${stage.id}/reset`;
  const viewer = (await makeKey(['viewer'])).key;
  const before = await everything();
  dry = await send('POST', `${reset}?dry_run=true&limit=200`, { key: viewer, body: {} });
  counted = { before, after: await everything() };
  const named = (name: string) => post(reset, {}, { 'Idempotency-Key': name });
  asked = [await named('first'), await named('first'), await named('second')];
  const actors = new Play(stage.play.now, [stage.id, stage.next], [stage.destination, COLD]);
  await actors.step(NIGHT, '2031-10-01T00:20:00');
  await actors.step(WINDOW, '2031-10-01T02:30:00');
  vi.setSystemTime(at('2031-10-01T03:00:00Z'));
}

beforeAll(async () => {
  network = new Network().install();
  await play();
});
afterAll(() => {
  network.remove();
  vi.useRealTimers();
});

describe('a dry run', () => {
  it('lists who rises, who falls and whom the floor keeps', () => {
    const moves = itemsOf(dry)
      .toSorted((a, b) => (String(a.agentId) < String(b.agentId) ? -1 : 1))
      .map((one) => [one.agentId, one.points, one.tier, one.nextTier, one.honoured]);
    expect([dry.status, dry.body.next_season_id]).toEqual([200, stage.next]);
    expect(dry.body.summary).toEqual({ up: 2, down: 1, same: 3 });
    expect(moves).toEqual([
      [LEAVER, '0', 'SILVER', 'SILVER', 'SILVER'],
      [agentId(0), '7500', 'GOLD', 'PLATINUM', 'PLATINUM'],
      [agentId(1), '6000', 'GOLD', 'SILVER', 'GOLD'],
      [agentId(2), '100', 'SILVER', 'SILVER', 'SILVER'],
      [agentId(3), '9000', 'UNRANKED', 'PLATINUM', 'PLATINUM'],
      [agentId(4), '8500', 'PLATINUM', 'PLATINUM', 'PLATINUM'],
    ]);
  });

  it('lists the requests, body by body, that the run then sends', () => {
    const text = (one: object) => JSON.stringify(one);
    const listed = itemsOf(dry).flatMap(({ requests }) => requests as Body[]);
    const sent = network.seen
      .filter(({ name, method }) => name === 'genesys' && method !== 'GET')
      .map(({ method, path, body }) => ({
        destination: stage.destination,
        method,
        path,
        body: body === '' ? null : JSON.parse(body),
      }));
    expect(listed.length).toBeGreaterThan(5);
    expect(listed.map(text).toSorted()).toEqual(sent.map(text).toSorted());
  });

  it('writes no row and touches no object, and sends nothing', () => {
    expect(counted.after).toEqual(counted.before);
  });
});

describe('a reset that is asked for', () => {
  it('is 202 once; the same Idempotency-Key is answered the same, another names the first', () => {
    const [first, same, other] = asked;
    expect([first?.status, first?.body]).toMatchObject([
      202,
      { status: 'accepted', idempotency_key: 'first', season_id: stage.id },
    ]);
    expect([same?.status, same?.text]).toEqual([202, first?.text]);
    expect([other?.status, other?.body]).toMatchObject([
      200,
      { status: 'duplicate', idempotency_key: 'first', run: first?.body.run },
    ]);
  });
});

const NONE = { aht_avg: null, csat_score: null, first_contact_resolution: null };
const logged = (nth: number, tier: string, points: number, metrics: object = NONE) => ({
  agent_id: agentId(nth),
  season_id: stage.id,
  metrics,
  tier,
  points_accumulated: points,
  archive_timestamp: '2031-09-30T23:59:59Z',
});
/** As the document prints them; means of what was measured. */
const entries = () => [
  { ...logged(2, 'SILVER', 0), agent_id: LEAVER },
  logged(0, 'GOLD', 7500, {
    aht_avg: 301.1667,
    csat_score: 8.5,
    first_contact_resolution: 0.6667,
  }),
  logged(1, 'GOLD', 6000),
  logged(2, 'SILVER', 100),
  logged(3, 'UNRANKED', 9000, { ...NONE, csat_score: 5.3333 }),
  logged(4, 'PLATINUM', 8500),
];
const byAgent = <T extends Body>(items: readonly T[]): T[] =>
  items.toSorted((a, b) => (String(a.agent_id) < String(b.agent_id) ? -1 : 1));

describe('an archive', () => {
  it('goes to cold storage line by line, with its count and digest', () => {
    const exported = network.seen.filter(({ name }) => name === 'webhook');
    expect(exported).toHaveLength(1);
    const body = JSON.parse(exported[0]?.body ?? '') as Body;
    const items = body.items as Body[];
    expect({ ...body, items: byAgent(items) }).toEqual({
      season_id: stage.id,
      run: expect.stringContaining(stage.id),
      count: 6,
      digest: hashJson(items),
      items: entries(),
    });
  });

  it('is exported in JSON, NDJSON and CSV with means, tiers and what opened', async () => {
    const opened = ['SILVER', 'PLATINUM', 'SILVER', 'SILVER', 'PLATINUM', 'PLATINUM'];
    const rows = entries().map((one, nth) => ({
      ...one,
      honoured_tier: one.tier,
      next_season_id: stage.next,
      next_tier: opened[nth],
    }));
    expect(byAgent(itemsOf(await archive('application/json')))).toEqual(rows);
    const lines = await archive('application/x-ndjson');
    expect(lines.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    expect(lines.text.endsWith('}\n')).toBe(true);
    const parsed = lines.text.trimEnd().split('\n');
    expect(byAgent(parsed.map((line) => JSON.parse(line) as Body))).toEqual(rows);
    const csv = (await archive('text/csv')).text.split('\r\n');
    expect([csv.length, csv.at(-1)]).toEqual([8, '']);
    const rest = `2031-09-30T23:59:59Z,`;
    expect(csv.slice(1, -1).toSorted()).toEqual([
      `"'${LEAVER}",${stage.id},,,,SILVER,0,${rest}SILVER,${stage.next},SILVER`,
      `${agentId(0)},${stage.id},301.1667,8.5,0.6667,GOLD,7500,${rest}GOLD,${stage.next},PLATINUM`,
      `${agentId(1)},${stage.id},,,,GOLD,6000,${rest}GOLD,${stage.next},SILVER`,
      `${agentId(2)},${stage.id},,,,SILVER,100,${rest}SILVER,${stage.next},SILVER`,
      `${agentId(3)},${stage.id},,5.3333,,UNRANKED,9000,${rest}UNRANKED,${stage.next},PLATINUM`,
      `${agentId(4)},${stage.id},,,,PLATINUM,8500,${rest}PLATINUM,${stage.next},PLATINUM`,
    ]);
  });
});

describe('a decision for a platform that names another season', () => {
  it('is made from the books, which are read anew', async () => {
    const decide = async (interactionId: string, more: object = {}) => {
      const body = { interactionId, agentId: agentId(1), platform: 'genesys-cloud', ...more };
      return (await send('POST', '/v1/routing/decisions', { key: machine, body })).body;
    };
    vi.setSystemTime(at('2031-10-05T11:00:00Z'));
    expect(await decide('wake')).toMatchObject({ tier: 'GOLD', seasonId: stage.next });
    const { category, agents, next, id } = stage;
    await earn(agents[1]?.key ?? '', 9000, '2031-10-05', at('2031-10-05T12:00:00Z'), category);
    await evaluate(env, at('2031-10-05T12:05:00Z'));
    vi.setSystemTime(at('2031-10-05T12:10:00Z'));
    // The news of the rise was lost, and a platform that has applied the same reset does not help.
    expect(await decide('stale', { resetApplied: next })).toMatchObject({ tier: 'GOLD' });
    const told = await decide('other', { resetApplied: id });
    expect(told).toMatchObject({ tier: 'PLATINUM', seasonId: next });
    const why = (told.why as Body[]).find(({ condition }) => condition === 'SEASON');
    expect(why).toMatchObject({ verdict: 'FAILED' });
    expect(String(why?.actual)).toContain(`the platform has applied ${id}`);
  });
});
