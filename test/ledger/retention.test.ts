/** What becomes of raw bodies as time goes by, played to the journal with virtual time. */
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ChangeSet } from '../../src/kernel/change-set';
import { causeId } from '../../src/kernel/ids';
import { DAY_MS, printInstant } from '../../src/kernel/instant';
import { clearBodies, commit } from '../../src/ledger/client';
import { BODY_TABLES, bodiesTable } from '../../src/ledger/group/group';
import { retireBodies } from '../../src/ledger/retention/jobs';
import { dueClearings, type Holding } from '../../src/ledger/retention/retention';
import { readBody } from '../../src/ledger/store';

const day = (text: string): number => Date.parse(`${text}T02:23:00Z`);

const event = (id: string, at: number): ChangeSet => ({
  rows: [
    {
      table: 'events',
      id: causeId('event', id),
      values: {
        source: 's',
        type: 't',
        occurred_at: at,
        received_at: at,
        signature: 'hmac-hex:x',
        body_hash: 'x',
        content_hash: 'x',
      },
      side: { content: '{}', salt: 's' },
    },
  ],
  bodies: { [causeId('event', id)]: `body of ${id}` },
});

interface Kept {
  readonly id: string;
  readonly at: number;
  readonly seal: number;
}

async function keep(id: string, at: number): Promise<Kept> {
  const answer = await commit(env, event(`${year} ${id}`, at), at);
  if (answer.verdict !== 'committed') throw new Error(JSON.stringify(answer));
  return { id: causeId('event', `${year} ${id}`), at, seal: answer.seal };
}

const bodyOf = ({ id, at, seal }: Kept) => readBody(env.DB, id, seal, at);

const held = async (): Promise<string[]> => {
  const counts = await env.DB.batch(
    BODY_TABLES.map((table) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`)),
  );
  const sizes = counts.flatMap(({ results }) => results as { n: number }[]);
  return BODY_TABLES.filter((_, index) => sizes[index]?.n !== 0);
};

const tables = async () =>
  (
    await env.DB.prepare(
      "SELECT name, sql FROM sqlite_master WHERE name LIKE 'bodies%' ORDER BY name",
    ).all()
  ).results;

const drops = async (): Promise<number | null> =>
  env.DB.prepare("SELECT count(*) AS n FROM audit WHERE action = 'BODIES_DROPPED'").first('n');

/** Time only goes on, and seals too: each test plays in years of its own. */
let year = 2000;
beforeEach(() => {
  year += 10;
});

test('a table goes whole once its youngest body is 90 days old, and is made as it was', async () => {
  const made = await tables();
  const first = await keep('a', day(`${year}-01-03`));
  const last = await keep('b', day(`${year}-01-31`));
  const young = await keep('c', day(`${year}-03-30`));
  await retireBodies(env, last.at + 90 * DAY_MS - 1);
  expect(await bodyOf(first)).toBe(`body of ${year} a`);
  // May has begun, yet a group of tomorrow is as far as ever from January's table.
  await retireBodies(env, day(`${year}-05-02`));
  expect([await bodyOf(first), await bodyOf(last)]).toEqual([null, null]);
  expect(await bodyOf(young)).toBe(`body of ${year} c`);
  expect(await tables()).toEqual(made);
  const again = await keep('d', day(`${year}-06-01`));
  expect(bodiesTable(again.at)).toBe(bodiesTable(first.at));
  expect(await bodyOf(again)).toBe(`body of ${year} d`);
});

test('firing twice and at once changes nothing', async () => {
  const before = await drops();
  const kept = await keep('a', day(`${year}-01-10`));
  const now = day(`${year}-05-12`);
  await Promise.all([retireBodies(env, now), retireBodies(env, now), retireBodies(env, now + 1)]);
  expect(await clearBodies(env, now)).toEqual({ done: [], left: [] });
  expect(await bodyOf(kept)).toBeNull();
  // The last test left bodies of its own; each deed stands once in the audit log.
  const after = (await drops()) ?? 0;
  await retireBodies(env, now + DAY_MS);
  expect(await drops()).toBe(after);
  expect(after).toBeGreaterThan(before ?? 0);
});

test('a month without a firing leaves in the end what daily firings leave', async () => {
  const months = ['01', '02', '03', '04', '05', '06', '07', '08'];
  const kept: Kept[] = [];
  for (const month of months) kept.push(await keep(month, day(`${year}-${month}-20`)));
  // January's and June's bodies are in one table, and so on: nothing fired since the new year.
  await retireBodies(env, day(`${year}-09-10`));
  const bodies = await Promise.all(kept.map(bodyOf));
  const young = [`body of ${year} 06`, `body of ${year} 07`, `body of ${year} 08`];
  expect(bodies).toEqual([null, null, null, null, null, ...young]);
  expect((await held()).length).toBe(3);
});

test('no body goes before it is 90 days old, whatever was sent and fired, and none stays for long', async () => {
  let seed = 42;
  const chance = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const kept: Kept[] = [];
  const start = day(`${year}-01-01`);
  for (let days = 0; days < 500; days += 1) {
    const now = start + days * DAY_MS;
    if (chance(6) === 0) kept.push(await keep(String(days), now + chance(DAY_MS)));
    const silent = days > 150 && days < 260;
    if (!silent && chance(3) > 0) await retireBodies(env, now);
    if (days % 25 !== 0) continue;
    for (const one of kept) {
      const [body, ageDays] = [await bodyOf(one), (now - one.at) / DAY_MS];
      if (ageDays < 90) expect(body, printInstant(one.at)).not.toBeNull();
      if (ageDays > 135 && !silent && days < 150) expect(body, printInstant(one.at)).toBeNull();
    }
  }
  const end = start + 510 * DAY_MS;
  await retireBodies(env, end);
  for (const one of kept) {
    if (end - one.at > 135 * DAY_MS) expect(await bodyOf(one)).toBeNull();
  }
});

describe('what is due', () => {
  const holding = (table: string, oldest: string, newest = oldest): Holding => ({
    table,
    oldest: { seal: 1, at: day(oldest) },
    newest: { seal: 2, at: day(newest) },
  });
  const names = (holdings: Holding[], now: string, sealed = now): unknown[] =>
    dueClearings(holdings, day(sealed), day(now)).map(({ table, before }) => [
      table,
      before === null ? 'whole' : printInstant(before).slice(0, 10),
    ]);
  const january = bodiesTable(day('2024-01-15'));

  test('goes row by row where a group of today, tomorrow or last month may be written', () => {
    const due = [holding(january, '2024-01-31')];
    expect(names(due, '2024-05-15')).toEqual([[january, 'whole']]);
    const left = [[january, '2024-01-31']];
    for (const now of ['2024-05-31', '2024-06-15', '2024-07-02']) {
      expect(names(due, now)).toEqual(left);
    }
    expect(names(due, '2024-08-15')).toEqual([[january, 'whole']]);
  });

  test('is judged by the later of the clock and the last seal', () => {
    expect(names([holding(january, '2024-01-31')], '2024-05-15', '2024-06-02')).toEqual([
      [january, '2024-01-31'],
    ]);
  });

  test('are leftovers of an earlier month beside younger bodies', () => {
    const mixed = [holding(january, '2024-01-05', '2024-06-02')];
    expect(names(mixed, '2024-06-02')).toEqual([[january, '2024-06-01']]);
    expect(names([holding(january, '2024-06-01', '2024-06-02')], '2024-06-02')).toEqual([]);
  });
});
