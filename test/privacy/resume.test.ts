/** What may be emptied and what not; and that a run which stops anywhere is taken up again. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { emptyDirectory, type Forgetting, goOn, PURPOSE } from '../../src/agents/privacy/client';
import { ERASURE_KIND, plainTable, textOf } from '../../src/agents/privacy/erasure';
import { readMark } from '../../src/agents/privacy/store';
import type { Env } from '../../src/env';
import { eventRow, keep } from '../../src/events/event';
import { EVENTS_TABLE } from '../../src/events/store';
import { auditRow } from '../../src/ledger/audit';
import { commit, erase } from '../../src/ledger/client';
import { configRow } from '../../src/ledger/config';
import { NO_BODIES } from '../../src/ledger/erase';
import { sealSecret } from '../../src/runtime/digest';
import { arrival } from '../points/world';

const NOW = Date.UTC(2030, 0, 7);
const KEY = 'aaaaaaaaaaaaaaaa';

const event = (id: string, mentorId: string) => {
  const one = arrival('performance.coaching.created', id, { coachingSessionId: id, mentorId });
  const kept = keep(one, { receivedAt: NOW, subject: `session-${id}`, salt: 'salt' });
  return { row: eventRow(kept), body: one.body, id: kept.id };
};

const record = (cause: string) => ({
  rows: [
    auditRow({
      action: 'TRIED',
      subject: 'test',
      at: NOW,
      actor: 'test',
      detail: {},
      cause,
      salt: 's',
    }),
  ],
});

const events = [event('one', 'agent-1'), event('two', 'agent-2'), event('three', 'agent-1')];

const contents = async (): Promise<unknown[]> => {
  const ids = events.map(({ id }) => id);
  const { results } = await env.DB.prepare(
    'SELECT content FROM json_each(?) n JOIN events e ON e.id = n.value ORDER BY n.key',
  )
    .bind(JSON.stringify(ids))
    .all<{ content: string | null }>();
  return results.map(({ content }) => content !== null);
};

const bodies = async (): Promise<string[]> => {
  const found: string[] = [];
  for (let table = 0; table < 5; table += 1) {
    const { results } = await env.DB.prepare(
      `SELECT j.key AS id FROM bodies_${table} b, json_each(b.content) j`,
    ).all<{ id: string }>();
    found.push(...results.map(({ id }) => id));
  }
  return found.sort();
};

beforeAll(async () => {
  for (const { row, body, id } of events)
    await commit(env, { rows: [row], bodies: { [id]: body } }, NOW);
});

describe('the journal', () => {
  test('empties no chained column, no unknown table and not without bound', async () => {
    const ids = [events[0]?.id ?? ''];
    const tried = [
      [{ table: 'events', columns: ['type'], ids }],
      [{ table: 'events', columns: ['content', 'seal'], ids }],
      [{ table: 'entries', columns: ['amount'], ids }],
      [{ table: 'seals', columns: ['contents'], ids }],
      [{ table: 'events', columns: [], ids }],
      [{ table: 'events', columns: ['content'], ids: Array.from({ length: 1001 }, String) }],
    ];
    for (const rows of tried) {
      const answer = await erase(env, { rows, bodies: NO_BODIES, record: record('no') }, NOW);
      expect(answer.verdict).toBe('rejected');
    }
    expect(await contents()).toEqual([true, true, true]);
    const { results } = await env.DB.prepare("SELECT id FROM audit WHERE action = 'TRIED'").all();
    expect(results).toEqual([]);
  });
});

describe('the directory', () => {
  test('is emptied of a person with more versions than one erasure takes', async () => {
    const name = 'manyversionsmany';
    const version = (at: number) => ({
      ...{ kind: 'agent', name, version: at, effectiveFrom: null, writtenAt: NOW },
      ...{ author: 'test', content: { agentId: 'many' } },
    });
    for (let from = 1; from <= 1_201; from += 400) {
      const some = Array.from({ length: Math.min(400, 1_202 - from) }, (_, at) => from + at);
      const rows = some.map((at) => configRow(version(at), 'salt'));
      expect(await commit(env, { rows }, NOW)).toMatchObject({ verdict: 'committed' });
    }
    for (const later of [0, 1]) await emptyDirectory(env as Env, name, NOW + later);
    const left = await env.DB.prepare(
      `SELECT count(*) AS versions, count(content) AS contents FROM config
       WHERE kind = 'agent' AND name = ?`,
    )
      .bind(name)
      .first();
    expect(left).toEqual({ versions: 1_201, contents: 0 });
    const recorded = await env.DB.prepare(
      "SELECT count(*) AS entries FROM audit WHERE action = 'PERSONAL_DATA_EMPTIED' AND subject = ?",
    )
      .bind(`config:agent/${name}`)
      .first();
    expect(recorded).toEqual({ entries: 2 });
  });
});

describe('a run', () => {
  const told: string[] = [];
  let silent = true;
  const forgetting: Forgetting<Env> = {
    tables: [
      plainTable(EVENTS_TABLE, { also: ['subject'], subject: (row) => textOf(row, 'subject') }),
    ],
    async forgetSubject(_, subject) {
      if (silent) throw new Error('the object cannot be reached');
      told.push(subject);
    },
    async forgetHeld() {},
  };
  const start = async (): Promise<{ agentKey: string; sealed: string }> => {
    const sealed = await sealSecret(env.SECRETS_KEY, PURPOSE, JSON.stringify(['agent-1']));
    return { agentKey: KEY, sealed };
  };

  test('empties nothing before the objects are told, and its mark stays', async () => {
    const run = await start();
    const version = { kind: ERASURE_KIND, name: KEY, version: 1, effectiveFrom: null };
    const request = { ...version, writtenAt: NOW, author: 'test', content: { sealed: run.sealed } };
    await commit(env, { rows: [configRow(request, 'salt')] }, NOW);
    await expect(goOn(env as Env, forgetting, run, NOW)).rejects.toThrow('reached');
    expect(await contents()).toEqual([true, true, true]);
    expect(await readMark(env.DB, KEY)).toBeNull();
  });

  test('goes on where the journal or D1 failed, and empties what names the person', async () => {
    silent = false;
    const run = await start();
    const journal = env.JOURNAL.getByName('ledger');
    const deaf = {
      ...env,
      JOURNAL: {
        getByName: () => ({
          commit: (...given: Parameters<typeof journal.commit>) => journal.commit(...given),
          erase: async (erasure: Parameters<typeof journal.erase>[0], now: number) => {
            await journal.commit(erasure.record, now);
            return { verdict: 'retry' } as const;
          },
        }),
      },
    } as unknown as Env;
    await expect(goOn(deaf, forgetting, run, NOW)).rejects.toThrow('retry');
    expect(await contents()).toEqual([true, true, true]);
    await goOn(env as Env, forgetting, run, NOW + 1);
    expect(await contents()).toEqual([false, true, false]);
    expect(await bodies()).toEqual([events[1]?.id]);
    expect(new Set(told)).toEqual(new Set(['session-one', 'session-three']));
    const mark = await readMark(env.DB, KEY);
    expect(mark?.content).toMatchObject({ emptied: 2, done: false, caughtUpAt: NOW + 1 });
  });

  test('does nothing within the hour, and twenty at once do it once', async () => {
    const run = await start();
    const count = async () =>
      (await env.DB.prepare('SELECT max(id) AS n FROM seals').first<{ n: number }>())?.n ?? 0;
    const before = await count();
    await goOn(env as Env, forgetting, run, NOW + 60_000);
    expect(await count()).toBe(before);
    const late = event('late', 'agent-1');
    await commit(env, { rows: [late.row] }, NOW);
    await Promise.all(
      Array.from({ length: 20 }, () => goOn(env as Env, forgetting, run, NOW + 4_000_000)),
    );
    const row = await env.DB.prepare('SELECT content FROM events WHERE id = ?')
      .bind(late.id)
      .first();
    expect(row).toEqual({ content: null });
    expect((await readMark(env.DB, KEY))?.content).toMatchObject({ emptied: 3, done: false });
  });

  test('is over a day after it first reached the end, if it then finds nothing', async () => {
    const run = await start();
    await goOn(env as Env, forgetting, run, NOW + 25 * 3_600_000);
    expect((await readMark(env.DB, KEY))?.content.done).toBe(true);
    const request = await env.DB.prepare('SELECT content FROM config WHERE id = ?')
      .bind(`${ERASURE_KIND}/${KEY}/000001`)
      .first();
    expect(request).toEqual({ content: null });
  });
});
