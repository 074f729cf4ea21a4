/** Drizzle table of claims under caps. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const capClaims = sqliteTable('cap_claims', {
  id: text('id').primaryKey(),
  menteeKey: text('mentee_key').notNull(),
  week: text('week').notNull(),
  occurredAt: integer('occurred_at').notNull(),
  amount: integer('amount').notNull(),
  standing: integer('standing').notNull(),
  granted: integer('granted').notNull(),
  fixed: integer('fixed').notNull(),
  seal: integer('seal').notNull(),
});
