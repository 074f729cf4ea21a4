/** Drizzle table of WFM actuals. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const wfmActuals = sqliteTable('wfm_actuals', {
  id: text('id').primaryKey(),
  agentKey: text('agent_key').notNull(),
  revisedAt: integer('revised_at').notNull(),
  buckets: text('buckets').notNull(),
  seal: integer('seal').notNull(),
});
