/** The daily anchor: once a day, whoever fires it, and what it finds when it was kept elsewhere. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Anchor } from '../../src/books/anchors/anchor';
import { anchorLedger } from '../../src/books/anchors/jobs';
import { readAnchors } from '../../src/books/anchors/store';
import { jobs } from '../../src/compose';
import { DAY_MS, printInstant } from '../../src/kernel/instant';
import { commit } from '../../src/ledger/client';
import { grown, NO_TREE, rootOf } from '../../src/ledger/seals/merkle';
import { readHead } from '../../src/ledger/seals/store';
import { itemsOf, makeKey, send } from '../http/caller';
import { awardSet, behindTheTriggers, NOON, rollBackTo } from '../ledger/books';

let viewer = '';
const get = (path: string) => send('GET', path, { key: viewer });

let posts = 0;
async function post(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    posts += 1;
    const { verdict } = await commit(env, awardSet(`posted-${posts}`), NOON);
    expect(verdict).toBe('committed');
  }
}

const anchors = async (): Promise<Anchor[]> =>
  (await readAnchors(env.DB, null, 100)).map(({ anchor }) => anchor);

const hashes = async (upTo: number): Promise<string[]> =>
  (
    await env.DB.prepare('SELECT hash FROM seals WHERE id <= ? ORDER BY id')
      .bind(upTo)
      .all<{ hash: string }>()
  ).results.map(({ hash }) => hash);

/** Everything, to the end. */
async function verified(more = ''): Promise<unknown> {
  let cursor = '';
  for (;;) {
    const { status, body } = await get(`/v1/ledger/verify?${more}${cursor}`);
    expect(status).toBe(200);
    if (body.nextCursor === null) return body;
    cursor = `&cursor=${body.nextCursor}`;
  }
}

test('books without a seal have no anchor', async () => {
  await anchorLedger(env, NOON);
  expect(await anchors()).toEqual([]);
});

describe('an anchor', () => {
  beforeAll(async () => {
    await post(5);
    viewer = (await makeKey(['viewer'])).key;
  });

  test('is the head and the root over all seals up to it', async () => {
    const head = await readHead(env.DB);
    await anchorLedger(env, NOON);
    const [anchor] = await anchors();
    const tree = grown(NO_TREE, await hashes(head.number));
    expect(anchor).toEqual({ ...head, root: rootOf(tree), peaks: tree.peaks });
  });

  test('is taken once a day, however often it is fired and whatever was sealed since', async () => {
    const before = await anchors();
    await post(2);
    const { number } = await readHead(env.DB);
    await anchorLedger(env, NOON);
    await Promise.all([anchorLedger(env, NOON + 1), anchorLedger(env, NOON + 2)]);
    expect(await anchors()).toEqual(before);
    expect((await readHead(env.DB)).number).toBe(number);
  });

  test('is one when several firings meet, and grows from the one before', async () => {
    const now = NOON + 3 * DAY_MS;
    await Promise.all([0, 1, 2, 3].map((more) => anchorLedger(env, now + more)));
    const all = await anchors();
    expect(all).toHaveLength(2);
    for (const { number, root } of all) {
      expect(root).toBe(rootOf(grown(NO_TREE, await hashes(number))));
    }
  });

  test('is told to subscribers once', async () => {
    const { results } = await env.DB.prepare(
      "SELECT subject, content FROM notices WHERE kind = 'ledger.anchored' ORDER BY subject",
    ).all<{ subject: string; content: string }>();
    expect(results.map(({ subject }) => subject)).toEqual([
      'anchor/2024-09-15',
      'anchor/2024-09-18',
    ]);
    const [, second] = results;
    const [newest] = await anchors();
    expect(JSON.parse(second?.content ?? '')).toEqual({
      day: '2024-09-18',
      number: newest?.number,
      hash: newest?.hash,
      at: printInstant(newest?.at ?? 0),
      root: newest?.root,
    });
  });

  test('is listed newest first, by pages', async () => {
    const { body } = await get('/v1/ledger/anchors?limit=1');
    const [newest, oldest] = await readAnchors(env.DB, null, 2);
    expect(body.items).toEqual([
      {
        day: '2024-09-18',
        number: newest?.anchor.number,
        hash: newest?.anchor.hash,
        at: printInstant(newest?.anchor.at ?? 0),
        root: newest?.anchor.root,
        anchor: `${newest?.anchor.number}:${newest?.anchor.hash}`,
        takenAt: expect.stringMatching(/^2024-09-18T12:00:00\.00\dZ$/),
      },
    ]);
    const next = await get(`/v1/ledger/anchors?cursor=${body.nextCursor}`);
    expect(itemsOf(next).map(({ number }) => number)).toEqual([oldest?.anchor.number]);
    expect(next.body.nextCursor).toBeNull();
    expect((await get('/v1/ledger/anchors?cursor=eA')).status).toBe(422);
  });

  test('is taken by the daily trigger', () => {
    expect(jobs['23 2 * * *'].map(({ name }) => name)).toEqual(['ledger-anchor', 'body-retention']);
  });
});

describe('an anchor kept elsewhere', () => {
  test('is held by books nobody touched', async () => {
    for (const { number, hash } of await anchors()) {
      expect(await verified(`anchor=${number}:${hash}`)).toMatchObject({
        verdict: 'INTACT',
        fault: null,
        anchor: `${number}:${hash}`,
      });
    }
  });

  test('is refused when it is none', async () => {
    for (const text of ['1', '1:x', `0:${'a'.repeat(64)}`, `1:${'A'.repeat(64)}`]) {
      expect((await get(`/v1/ledger/verify?anchor=${text}`)).status).toBe(422);
    }
  });

  test('tells of a chain that was written anew', async () => {
    const [anchor] = await anchors();
    const other = `${anchor?.number}:${'a'.repeat(64)}`;
    expect(await verified(`anchor=${other}`)).toMatchObject({
      verdict: 'BROKEN',
      fault: {
        kind: 'broken-chain',
        seal: anchor?.number,
        detail: expect.stringContaining('written anew'),
      },
    });
  });

  test('tells of a tail that was cut off, which nothing else does', async () => {
    const head = await readHead(env.DB);
    const tables = ['notices', 'agent_ids'];
    const cut = head.number - 2;
    await rollBackTo(cut);
    await behindTheTriggers(() =>
      env.DB.batch(tables.map((name) => env.DB.prepare(`DELETE FROM ${name} WHERE seal > ${cut}`))),
    );
    const { key } = { key: viewer };
    const ask = (more: string) => send('GET', `/v1/ledger/verify${more}`, { key });
    expect((await ask('')).body).toMatchObject({ verdict: 'INTACT', anchor: null });
    expect((await ask(`?anchor=${head.number}:${head.hash}`)).body).toMatchObject({
      verdict: 'BROKEN',
      fault: {
        kind: 'broken-chain',
        seal: head.number,
        detail: `the chain ends at seal ${cut}, before the anchor: its tail was cut off`,
      },
    });
  });
});
