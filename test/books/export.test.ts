/** An exported file shows whatever was done to it, and names the first thing that is wrong. */
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAnchor, sentenceOf } from '../../src/books/export/check';
import type { ExportLine, RowLine, SealLine } from '../../src/books/export/line';
import { readLines } from '../../src/books/export/store';
import { canonicalJson } from '../../src/kernel/hash';
import { readHead } from '../../src/ledger/seals/store';
import { makeKey, send } from '../http/caller';
import {
  agent,
  award,
  behindTheTriggers,
  journal,
  NOON,
  note,
  setting,
  TABLES,
} from '../ledger/books';
import { checked, resealed, textOf, whole } from './exported';

let lines: ExportLine[] = [];
let texts: string[] = [];

async function exported(): Promise<ExportLine[]> {
  const { number } = await readHead(env.DB);
  const read: ExportLine[] = [];
  for (let from: number | null = 1; from !== null; ) {
    const page: Awaited<ReturnType<typeof readLines>> = await readLines(
      env.DB,
      TABLES,
      from,
      number,
    );
    read.push(...page.lines);
    from = page.next;
  }
  return read;
}

beforeAll(async () => {
  const books = journal();
  for (let group = 0; group < 30; group += 1) {
    const sets = Array.from({ length: 1 + (group % 5) * 4 }, (_, index) => {
      const name = `${group}-${index}`;
      const more = index % 5 === 0 ? [setting(name, 1)] : [];
      const rows = [award(name, agent(`v${index}`)), note(name, 'Grüße an 点'), ...more];
      return books.commit({ rows }, NOON + group);
    });
    await Promise.all(sets);
  }
  lines = whole(await exported());
  texts = textOf(lines);
});

const rowAt = (nth: number): { at: number; row: RowLine } => {
  const places = lines.flatMap((line, at) => (line.kind === 'row' ? [{ at, row: line }] : []));
  const found = places[nth % places.length];
  if (found === undefined) throw new Error('no row');
  return found;
};
const replaced = (at: number, line: ExportLine): string[] => texts.with(at, canonicalJson(line));
const lastAnchor = () => {
  const seals = lines.filter((line): line is SealLine => line.kind === 'seal');
  const { number, hash } = seals.at(-1) as SealLine;
  return { number, hash };
};

test('a file nobody touched is whole and holds its anchors', () => {
  expect(checked(texts)).toBeNull();
  for (const line of lines) {
    if (line.kind === 'seal') expect(checked(texts, line)).toBeNull();
  }
  expect(texts.length).toBeGreaterThan(500);
});

test('no name, body or reason is in it', () => {
  const columns = new Set(
    lines.flatMap((line) => (line.kind === 'row' ? Object.keys(line.values) : [])),
  );
  for (const side of ['actor', 'author', 'detail', 'content', 'salt', 'body', 'headers']) {
    expect(columns.has(side), side).toBe(false);
  }
});

describe('a hundred random deeds each', () => {
  test('any byte put in the place of another is found in its line', () => {
    fc.assert(
      fc.property(
        fc.nat(texts.length - 1),
        fc.nat(10_000),
        fc.integer({ min: 32, max: 126 }),
        (at, place, code) => {
          const text = texts[at] ?? '';
          const index = place % text.length;
          const other = String.fromCharCode(code);
          fc.pre(text[index] !== other);
          const flipped = text.slice(0, index) + other + text.slice(index + 1);
          expect(checked(texts.with(at, flipped))?.line).toBe(at + 1);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a line that is taken out, doubled, moved or slipped in is found', () => {
    const deed = fc.constantFrom('removed', 'doubled', 'swapped', 'moved', 'forged');
    fc.assert(
      fc.property(
        deed,
        fc.nat(texts.length - 3),
        fc.nat(texts.length - 3),
        (what, first, second) => {
          const [a, b] = [first + 1, second + 1];
          const file = [...texts];
          if (what === 'removed') file.splice(a, 1);
          if (what === 'doubled') file.splice(b, 0, texts[a] ?? '');
          if (what === 'swapped') [file[a], file[b]] = [texts[b] ?? '', texts[a] ?? ''];
          if (what === 'moved') file.splice(b, 0, ...file.splice(a, 1));
          if (what === 'forged') {
            const { row } = rowAt(second);
            file.splice(a, 0, canonicalJson({ ...row, id: `${row.id}f` }));
          }
          fc.pre(file.join('\n') !== texts.join('\n'));
          const fault = checked(file);
          expect(fault).not.toBeNull();
          const firstWrong = file.findIndex((line, index) => line !== texts[index]);
          expect(fault?.line, sentenceOf(fault ?? ({} as never))).toBe(firstWrong + 1);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a column of a row whose hashes were left is named by its row', () => {
    fc.assert(
      fc.property(fc.nat(2_000), fc.nat(20), (nth, pick) => {
        const { at, row } = rowAt(nth);
        const names = Object.keys(row.values);
        const name = names[pick % names.length] ?? '';
        const value = row.values[name];
        const changed = typeof value === 'number' ? value + 1 : `${value}x`;
        const { table, id, seal } = row;
        const file = replaced(at, { ...row, values: { ...row.values, [name]: changed } });
        expect(checked(file)?.fault).toEqual({ kind: 'altered', seal, table, id });
        const less = Object.entries(row.values).filter(([key]) => key !== name);
        expect(checked(replaced(at, { ...row, values: Object.fromEntries(less) }))?.fault).toEqual({
          kind: 'altered',
          seal,
          table,
          id,
        });
      }),
      { numRuns: 100 },
    );
  });

  test('a tail that was cut off cleanly shows by an anchor alone', () => {
    const anchor = lastAnchor();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: anchor.number - 1 }), (kept) => {
        const body = lines.slice(1, -1);
        const cutAt = body.findIndex((line) => line.kind === 'seal' && line.number === kept + 1);
        const file = textOf(whole(body.slice(0, cutAt)));
        expect(checked(file)).toBeNull();
        expect(checked(file, anchor)?.fault).toMatchObject({ kind: 'cut' });
      }),
    );
  });

  test('a chain that was written anew shows by an anchor alone', () => {
    const anchor = lastAnchor();
    fc.assert(
      fc.property(fc.nat(2_000), (nth) => {
        const { at, row } = rowAt(nth);
        const changed: RowLine = { ...row, values: { ...row.values, amount: 1 } };
        const file = textOf(whole(resealed(lines.slice(1, -1).with(at - 1, changed))));
        expect(checked(file)).toBeNull();
        expect(checked(file, anchor)?.fault).toMatchObject({ kind: 'rewritten' });
      }),
      { numRuns: 30 },
    );
  });
});

test('a file that ends without its last line, or goes on after it, is not whole', () => {
  expect(checked(texts.slice(0, -1))?.fault).toMatchObject({ kind: 'cut' });
  expect(checked([])?.fault).toMatchObject({ kind: 'cut' });
  expect(checked([...texts, ''])?.fault).toMatchObject({ kind: 'form' });
  expect(checked([...texts, ...texts])?.fault).toMatchObject({ kind: 'form' });
  expect(checked(texts.slice(1))?.fault).toMatchObject({ kind: 'form' });
});

test('a row that was altered, removed or moved to another seal in D1 is named from the export', async () => {
  const { row } = rowAt(300);
  const { table, id, seal } = row;
  const deeds = [
    [`UPDATE ${table} SET seal = seal + 1 WHERE id = ?`, 'altered'],
    [`DELETE FROM ${table} WHERE id = ?`, 'missing'],
  ] as const;
  await behindTheTriggers(async () => {
    for (const [sql, kind] of deeds) {
      await env.DB.prepare(`CREATE TABLE kept AS SELECT * FROM ${table}`).run();
      await env.DB.prepare(sql).bind(id).run();
      expect(checked(textOf(whole(await exported())))?.fault).toEqual({ kind, seal, table, id });
      await env.DB.batch(
        [`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM kept`, 'DROP TABLE kept'].map(
          (one) => env.DB.prepare(one),
        ),
      );
    }
  });
  expect(checked(textOf(whole(await exported())))).toBeNull();
});

test('the route hands out the same lines page by page, up to the head of its first page', async () => {
  const books = journal();
  for (let group = 0; group < 5; group += 1) {
    const rows = Array.from({ length: 400 }, (_, index) => note(`many ${group} ${index}`));
    expect(await books.commit({ rows }, NOON + 40)).toMatchObject({ verdict: 'committed' });
  }
  const { key } = await makeKey(['viewer']);
  const { number } = await readHead(env.DB);
  const read: ExportLine[] = [];
  let cursor: unknown = null;
  let pages = 0;
  do {
    const more = cursor === null ? '' : `?cursor=${cursor}`;
    const { status, body } = await send('GET', `/v1/ledger/export${more}`, { key });
    expect(status).toBe(200);
    read.push(...(body.items as ExportLine[]));
    cursor = body.nextCursor;
    pages += 1;
    if (pages === 1) await makeKey(['viewer']);
  } while (cursor !== null);
  expect(pages).toBeGreaterThan(2);
  const file = textOf(whole(read));
  expect(checked(file)).toBeNull();
  expect(file.slice(0, texts.length - 1)).toEqual(texts.slice(0, -1));
  expect(read.filter((line) => line.kind === 'seal')).toHaveLength(number);
  const wrong = await send('GET', '/v1/ledger/export?cursor=MS4y.', { key });
  expect(wrong.status).toBe(422);
});

test('text that is no anchor is none', () => {
  const hash = 'a'.repeat(64);
  expect(parseAnchor(`12:${hash}`)).toEqual({ number: 12, hash });
  for (const text of [
    '',
    '12',
    `0:${hash}`,
    `12:${hash}a`,
    `12:${hash.toUpperCase()}`,
    `012:${hash}`,
  ]) {
    expect(parseAnchor(text)).toBeNull();
  }
});
