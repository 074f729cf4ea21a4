/** Drizzle table of counts of interactions. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const interactionCounts = sqliteTable('interaction_counts', {
  id: text('id').primaryKey(),
  agentKey: text('agent_key').notNull(),
  firstDay: text('first_day').notNull(),
  lastDay: text('last_day').notNull(),
  revision: integer('revision').notNull(),
  count: integer('count').notNull(),
  seal: integer('seal').notNull(),
});
