/**
 * The database of most tests answers what the emulator's binding answers, asked the same.
 * Whatever a query of the engine may come to is asked here: rows, none, values of each kind, what
 * was billed, a batch that fails in its middle, each refusal in its words.
 */
import { abortAllDurableObjects, applyD1Migrations, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { database, useDatabase } from './database';

const SCHEMA = [
  'CREATE TABLE things (id TEXT PRIMARY KEY, amount INTEGER CHECK (amount < 1000), note TEXT) STRICT, WITHOUT ROWID',
  'CREATE TABLE bytes (id INTEGER PRIMARY KEY, body BLOB) STRICT',
  `CREATE TRIGGER things_stay BEFORE DELETE ON things BEGIN SELECT RAISE(ABORT, 'things stay'); END`,
];

type Ask = (db: typeof env.DB) => Promise<unknown>;

const one = 'SELECT id, amount, note FROM things ORDER BY id';
const put = 'INSERT INTO things (id, amount, note) VALUES (?1, ?2, ?3)';

const ASKED: readonly (readonly [string, Ask])[] = [
  ['rows', (db) => db.prepare(one).all()],
  ['rows as arrays', (db) => db.prepare(one).raw()],
  ['rows with their columns', (db) => db.prepare(one).raw({ columnNames: true })],
  ['the first row', (db) => db.prepare(one).first()],
  ['a column of it', (db) => db.prepare(one).first('amount')],
  ['a column that is not there', (db) => db.prepare(one).first('nothing')],
  ['no row', (db) => db.prepare('SELECT id FROM things WHERE id = ?').bind('x').first()],
  ['an empty list', (db) => db.prepare('SELECT id FROM things WHERE id = ?').bind('x').all()],
  ['two columns of one name', (db) => db.prepare('SELECT 1 AS a, 2 AS a').all()],
  ['a number', (db) => db.prepare('SELECT ?1 AS a, typeof(?1) AS t').bind(7).all()],
  ['a fraction', (db) => db.prepare('SELECT ?1 AS a, typeof(?1) AS t').bind(0.1).all()],
  ['beyond 2^53', (db) => db.prepare('SELECT 9007199254740993 AS a').all()],
  ['true and false', (db) => db.prepare('SELECT ?1 AS a, ?2 AS b').bind(true, false).all()],
  ['null', (db) => db.prepare('SELECT ?1 AS a').bind(null).all()],
  ['undefined', async (db) => db.prepare('SELECT ?1 AS a').bind(undefined).all()],
  ['an object', async (db) => db.prepare('SELECT ?1 AS a').bind({}).all()],
  ['text that is not ASCII', (db) => db.prepare('SELECT ?1 AS a').bind('Zürich ✓ 𝄞').all()],
  ['json_each', (db) => db.prepare('SELECT value FROM json_each(?)').bind('[1,"b",null]').all()],
  [
    'bytes',
    (db) =>
      db
        .prepare('SELECT ?1 AS a')
        .bind(new Uint8Array([0, 255]).buffer)
        .all(),
  ],
  ['too few values', (db) => db.prepare(put).bind('x').run()],
  ['too many values', (db) => db.prepare('SELECT ?1').bind(1, 2).all()],
  ['what is no SQL', (db) => db.prepare('SELEKT 1').all()],
  ['a table that is not there', (db) => db.prepare('SELECT 1 FROM nowhere').all()],
  ['an insert', (db) => db.prepare(put).bind('c', 3, null).run()],
  ['the same id', (db) => db.prepare(put).bind('a', 1, null).run()],
  ['a broken CHECK', (db) => db.prepare(put).bind('d', 1000, null).run()],
  ['the wrong type', (db) => db.prepare(put).bind('d', 'many', null).run()],
  ['a trigger that refuses', (db) => db.prepare('DELETE FROM things').run()],
  ['nothing', (db) => db.prepare('  ').all()],
  [
    'a batch',
    (db) => db.batch([db.prepare(put).bind('e', 5, 'five'), db.prepare(one), db.prepare(one)]),
  ],
  [
    'a batch that fails in its middle, whole',
    (db) => db.batch([db.prepare(put).bind('f', 1, ''), db.prepare(put).bind('a', 1, '')]),
  ],
  [
    'lines of statements',
    async (db) => (await db.exec('UPDATE things SET amount = 1;\nDELETE FROM bytes')).count,
  ],
  ['what is there in the end', (db) => db.prepare(one).all()],
];

/** What can be seen of an answer, without what only times and the file tell. */
async function seen(ask: Ask): Promise<unknown> {
  try {
    return JSON.parse(JSON.stringify((await ask(database())) ?? null, onlyBilled));
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

function onlyBilled(key: string, value: unknown): unknown {
  if (key !== 'meta') return value;
  const { rows_read, rows_written } = value as Record<string, unknown>;
  return { rows_read, rows_written };
}

async function answers(): Promise<[string, unknown][]> {
  const db = database();
  await db.batch(SCHEMA.map((text) => db.prepare(text)));
  await db.batch([db.prepare(put).bind('a', 1, 'one'), db.prepare(put).bind('b', 2, null)]);
  const all: [string, unknown][] = [];
  for (const [name, ask] of ASKED) all.push([name, await seen(ask)]);
  return all;
}

describe('the database of tests', () => {
  beforeEach(() => reset());
  afterEach(async () => {
    useDatabase('emulator');
    await reset();
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  });

  it('answers what the emulator answers, refusals in the same words', async () => {
    useDatabase('emulator');
    const expected = await answers();
    useDatabase('object');
    expect(await answers()).toEqual(expected);
  });

  it('keeps what was written when every object is ended', async () => {
    useDatabase('object');
    await answers();
    await abortAllDurableObjects();
    expect(await database().prepare('SELECT count(*) AS n FROM things').first('n')).toBe(4);
  });
});
