/** Drizzle table of the days on which scorecard versions were in force. Held equal by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const scorecardDays = sqliteTable('scorecard_days', {
  id: text('id').primaryKey(),
  version: text('version').notNull(),
  seal: integer('seal').notNull(),
});
