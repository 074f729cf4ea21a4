/** Drizzle tables of tier changes and of the archive. Held equal to the migration by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const tierChanges = sqliteTable('tier_changes', {
  id: text('id').primaryKey(),
  number: integer('number').notNull(),
  tier: text('tier').notNull(),
  honoured: text('honoured').notNull(),
  graceUntil: integer('grace_until'),
  compliant: integer('compliant').notNull(),
  points: integer('points').notNull(),
  reason: text('reason').notNull(),
  at: integer('at').notNull(),
  seal: integer('seal').notNull(),
});

export const seasonArchive = sqliteTable('season_archive', {
  id: text('id').primaryKey(),
  run: text('run').notNull(),
  points: integer('points').notNull(),
  tier: text('tier').notNull(),
  honoured: text('honoured').notNull(),
  ahtSum: integer('aht_sum').notNull(),
  ahtCount: integer('aht_count').notNull(),
  csatSum: integer('csat_sum').notNull(),
  csatCount: integer('csat_count').notNull(),
  fcrSum: integer('fcr_sum').notNull(),
  fcrCount: integer('fcr_count').notNull(),
  nextSeason: text('next_season').notNull(),
  nextTier: text('next_tier').notNull(),
  nextHonoured: text('next_honoured').notNull(),
  graceUntil: integer('grace_until'),
  at: integer('at').notNull(),
  seal: integer('seal').notNull(),
});
