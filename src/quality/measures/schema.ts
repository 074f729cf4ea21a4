/** Drizzle table of values of metrics. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const measures = sqliteTable('measures', {
  id: text('id').primaryKey(),
  agentKey: text('agent_key').notNull(),
  metric: text('metric').notNull(),
  interaction: text('interaction').notNull(),
  revision: integer('revision').notNull(),
  value: integer('value').notNull(),
  occurredAt: integer('occurred_at').notNull(),
  seal: integer('seal').notNull(),
});
