import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { award, journal, NOON, note, wrongIn } from './books';

beforeAll(async () => {
  const answer = await journal().commit({ rows: [award('kept'), note('kept')] }, NOON);
  expect(answer.verdict).toBe('committed');
});

const COPY: Readonly<Record<string, string>> = {
  seals: 'id, previous, hash, at, contents, size',
  entries:
    'id, tx, kind, unit, from_account, to_account, amount, cause, rule, reverses, occurred_at, recorded_at, seal',
  audit: 'id, at, action, subject, detail_hash, seal, actor, detail, salt',
};

for (const [table, columns] of Object.entries(COPY)) {
  for (const verb of ['INSERT OR REPLACE', 'INSERT OR IGNORE', 'INSERT', 'REPLACE']) {
    test(`${verb} of a row that ${table} holds is refused`, async () => {
      const sql = `${verb} INTO ${table} (${columns}) SELECT ${columns} FROM ${table}`;
      await expect(env.DB.prepare(sql).run()).rejects.toThrow('UNIQUE');
      expect(await wrongIn()).toBeNull();
    });
  }

  test(`UPDATE of ${table} is refused`, async () => {
    const [column = 'id'] = columns.split(', ').slice(1, 2);
    const sql = `UPDATE ${table} SET ${column} = ${column} || '1'`;
    await expect(env.DB.prepare(sql).run()).rejects.toThrow('append-only');
  });

  test(`DELETE from ${table} is refused`, async () => {
    await expect(env.DB.prepare(`DELETE FROM ${table}`).run()).rejects.toThrow('append-only');
    expect(await wrongIn()).toBeNull();
  });
}
