/** Drizzle table of what pulls found. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const pullGaps = sqliteTable('pull_gaps', {
  id: text('id').primaryKey(),
  source: text('source').notNull(),
  kind: text('kind').notNull(),
  firstDay: text('first_day').notNull(),
  lastDay: text('last_day').notNull(),
  asOf: integer('as_of').notNull(),
  apiCount: integer('api_count').notNull(),
  seen: integer('seen').notNull(),
  fetched: integer('fetched').notNull(),
  refused: integer('refused').notNull(),
  pages: integer('pages').notNull(),
  remarks: text('remarks').notNull(),
  seal: integer('seal').notNull(),
});
