/** Drizzle table of who mentored in which coaching session. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const mentorings = sqliteTable('mentorings', {
  id: text('id').primaryKey(),
  sessions: text('sessions').notNull(),
  seal: integer('seal').notNull(),
});
