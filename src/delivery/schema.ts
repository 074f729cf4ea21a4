/** Drizzle table of notices. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const notices = sqliteTable('notices', {
  id: text('id').primaryKey(),
  kind: text('kind').notNull(),
  subject: text('subject').notNull(),
  at: integer('at').notNull(),
  destination: text('destination').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});
