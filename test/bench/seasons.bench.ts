/**
 * `npm run bench -- seasons`: rows per agent for a reset and for a day of decay, and the latency of
 * a routing decision, warm and cold, beside a call of an object that does nothing. The agents and
 * their points are put into the books by SQL, in the form in which the journal leaves them; all that
 * is counted goes the usual way. With a platform up to 10,000 agents: it is read back agent by agent.
 * Rows repeat from run to run; times are this machine's, shares of the yardstick are compared.
 */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, expect, it } from 'vitest';
import { runDecay } from '../../src/seasons/decay/client';
import { driveSeasons } from '../../src/seasons/reset/client';
import { billOf } from '../bill/meter';
import { ask, seatOf } from '../routing/desk';
import { season } from '../seasons/stage';
import { platform } from '../seasons/theatre';
import { type Board, installBoard, removeBoard } from '../worker/io';
import { atMost, type Measure, noBar, reportLines } from './report';
import { sizesOf } from './sizes';
import type { NothingObject } from './worker';

const sizes = sizesOf([1000, 10_000, 100_000], [1000, 10_000]);
/** With more agents than this no platform is told: each is asked about on its own. */
const MOST_TOLD = 10_000;
const WROTE = Date.parse('2031-06-01T00:00:00Z');
const ENDED = Date.parse('2031-10-01T00:05:00Z');
const lines: string[] = [];
const measures: Measure[] = [];
/** Rows an agent; design section 7. */
const [BAR_NIGHT, BAR_RESET] = [1.5, 2];

/** Agents of a group of their own, each with points of one day, under one seal. */
async function fill(group: string, category: string, id: string, count: number): Promise<void> {
  const head = await env.DB.prepare('SELECT max(id) AS id FROM seals').first<{
    id: number | null;
  }>();
  const seal = (head?.id ?? 0) + 1;
  // Seven characters of a key that no other size has, and nine digits: sixteen in all.
  const prefix = `b${count.toString(36).padStart(6, '0')}`;
  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO seals SELECT ?1, coalesce((SELECT hash FROM seals WHERE id = ?1 - 1), printf('%064d', 0)), 'h' || ?1, ?2, '[]', 1",
    ).bind(seal, WROTE),
    env.DB.prepare(
      `WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?1)
       INSERT INTO config SELECT 'agent/' || ?2 || printf('%09d', n) || '/000001', 'agent',
         ?2 || printf('%09d', n), 1, NULL, ?3, 'h', 'h', ?4, 'x', json_object('agentId', ?2 || n,
         'name', NULL, 'status', 'ACTIVE', 'groups', json_array(?5), 'attributes', json('{}'),
         'platformIds', json('{}'), 'employeeId', NULL), 's' FROM c`,
    ).bind(count, prefix, WROTE, seal, group),
    env.DB.prepare(
      `WITH RECURSIVE c (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?1)
       INSERT INTO entries SELECT ?2 || printf('%09d', n) || '.20310910.' || printf('%024d', n),
         ?2 || printf('.%d', n), 'AWARD', 'POINTS/' || ?5, 'program:' || ?5,
         'agent:' || ?2 || printf('%09d', n) || ':points:' || ?5 || ':' || ?6, 1000000 + n,
         printf('%032d.0001', n), 'rule/r/1', NULL, ?3, ?3, ?4 FROM c`,
    ).bind(count, prefix, Date.parse('2031-09-10T12:00:00Z'), seal, category, id),
  ]);
}

/** What a platform holds, for reading back. */
function answering(board: Board): Map<string, object> {
  const users = new Map<string, object>();
  board.outside = async (_, request) => {
    const [, user = ''] = /\/users\/([^/?]+)/.exec(request.url) ?? [];
    if (request.method === 'GET') {
      const held = users.get(user);
      return Response.json(user === '' ? { entities: [] } : { id: user, customAttributes: held });
    }
    const { customAttributes } = (await request.json()) as { customAttributes: object };
    users.set(user, { ...users.get(user), ...customAttributes });
    return Response.json({ id: user });
  };
  return users;
}

interface Due {
  due(now: number): Promise<number | null>;
}

const objectOf = (binding: 'SEASONS' | 'DESTINATIONS', name: string): Due =>
  (env[binding] as unknown as { getByName(name: string): Due }).getByName(name);

/** Season and destination take turns until the run is over. */
async function resetOf(id: string, destination: string | null): Promise<void> {
  let now = ENDED;
  await driveSeasons(env, now);
  for (let turn = 0; turn < 100_000; turn += 1) {
    const next = await objectOf('SEASONS', id).due(now);
    if (destination !== null) await objectOf('DESTINATIONS', destination).due(now + 1);
    if (next === null) return;
    now += 5000;
  }
  throw new Error('it never rests');
}

const shown = (ms: number, count: number): string => `${((ms * 1000) / count).toFixed(0)} µs`;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

for (const count of sizes) {
  it(`${count} agents are reset, and their points decay for a day`, async () => {
    const [id, group, category] = [`S${count}`, `group-${count}`, `Cat${count}`];
    const destination = count <= MOST_TOLD ? `platform-${count}` : null;
    if (destination !== null) await platform(destination, 'seed');
    const dates = {
      categories: [category],
      startDay: '2031-07-01',
      endDay: '2031-09-30',
      target_groups: [group],
      maintenanceWindow: { start: '00:00', minutes: 1440 },
    };
    await season(id, { ...dates, destinations: destination === null ? [] : [destination] }, WROTE);
    await fill(group, category, id, count);
    const board = installBoard();
    const users = answering(board);
    let decayMs = 0;
    const night = await billOf(board, count, async () => {
      decayMs = await timed(() => runDecay(env, ENDED));
    });
    let resetMs = 0;
    const reset = await billOf(board, count, async () => {
      resetMs = await timed(() => resetOf(id, destination));
    });
    removeBoard();
    const { results } = await env.DB.prepare(
      'SELECT count(*) AS n FROM season_archive WHERE id > ?1 AND id < ?2',
    )
      .bind(`${id}.`, `${id}/`)
      .all();
    expect(results).toEqual([{ n: count }]);
    expect(users.size).toBe(destination === null ? 0 : count);
    measures.push(
      atMost(`a day of decay, ${count} agents`, night.total, BAR_NIGHT, 'rows an agent'),
      atMost(`a reset, ${count} agents`, reset.total, BAR_RESET, 'rows an agent'),
    );
    lines.push(
      [
        String(count).padStart(7),
        String(night.total).padStart(13),
        shown(decayMs, count).padStart(10),
        String(reset.total).padStart(13),
        shown(resetMs, count).padStart(10),
        destination === null ? 'books alone' : 'one platform',
      ].join(' | '),
    );
  });
}

/** The clock counts whole milliseconds: a hundred calls together say what one takes. */
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / values.length;

it('a decision is answered by a seat that is warm, put away, or was never asked', async () => {
  const nothing = (env as unknown as { NOTHING: DurableObjectNamespace<NothingObject> }).NOTHING;
  const now = Date.parse('2031-08-15T12:00:00Z');
  const decide = (key: string, interactionId: string): Promise<unknown> =>
    seatOf(key).decide({ ...ask(key, now), interactionId, resetApplied: null });
  const rounds = {
    idle: [] as number[],
    warm: [] as number[],
    woken: [] as number[],
    cold: [] as number[],
  };
  for (let turn = 0; turn < 100; turn += 1) {
    const fresh = `cold${String(turn).padStart(12, 'a')}`;
    rounds.idle.push(await timed(() => nothing.getByName('bench').nothing()));
    rounds.warm.push(await timed(() => decide('warmwarmwarmwarm', `w${turn}`)));
    rounds.cold.push(await timed(() => decide(fresh, 'first')));
    await evictDurableObject(seatOf(fresh));
    rounds.woken.push(await timed(() => decide(fresh, 'second')));
  }
  const idle = meanOf(rounds.idle);
  for (const [what, times] of Object.entries(rounds)) {
    const mean = meanOf(times);
    measures.push(noBar(`routing decision, ${what}`, `mean ${mean.toFixed(2)} ms`));
    const share = idle === 0 ? 'not measurable' : `${(mean / idle).toFixed(1)} times`;
    lines.push(
      `decision ${what}: mean ${mean.toFixed(2)} ms, ${share} beside a call that does nothing`,
    );
  }
});

afterAll(() => {
  const head = ' agents | rows a night | each agent | rows a reset | each agent | told';
  reportLines('seasons', head, lines, measures);
});
