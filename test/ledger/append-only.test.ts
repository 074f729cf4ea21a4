import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { archiveRow, changeRow } from '../../src/seasons/standing/row';
import { NOTHING_MEASURED } from '../../src/seasons/standing/words';
import { award, journal, NOON, note, wrongIn } from './books';

const STANDING = { tier: 'GOLD', honoured: 'GOLD', graceUntil: null, compliant: true };
const OF_SEASON = { agentKey: 'keptkeptkeptkept', season: '2032-Q2', points: 60_000_000, at: NOON };
const CHANGE = changeRow({ ...OF_SEASON, ...STANDING, number: 1, reason: 'POINTS' });
const ARCHIVED = archiveRow({
  ...OF_SEASON,
  run: '2032-Q2.RESET.1',
  tier: 'GOLD',
  honoured: 'GOLD',
  measures: NOTHING_MEASURED,
  nextSeason: '2032-Q3',
  next: { ...STANDING, number: 0 },
});

beforeAll(async () => {
  const rows = [award('kept'), note('kept'), CHANGE, ARCHIVED];
  const answer = await journal().commit({ rows }, NOON);
  expect(answer.verdict).toBe('committed');
});

const COPY: Readonly<Record<string, string>> = {
  seals: 'id, previous, hash, at, contents, size',
  entries:
    'id, tx, kind, unit, from_account, to_account, amount, cause, rule, reverses, occurred_at, recorded_at, seal',
  audit: 'id, at, action, subject, detail_hash, seal, actor, detail, salt',
  tier_changes: ['id', ...Object.keys(CHANGE.values), 'seal'].join(', '),
  season_archive: ['id', ...Object.keys(ARCHIVED.values), 'seal'].join(', '),
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
