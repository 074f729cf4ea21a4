/** Drizzle table of decisions. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const decisions = sqliteTable('decisions', {
  id: text('id').primaryKey(),
  session: text('session').notNull(),
  upto: integer('upto').notNull(),
  outcome: text('outcome').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});
