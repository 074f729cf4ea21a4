/** Drizzle table of the addresses under which agents are found. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const agentIds = sqliteTable('agent_ids', {
  id: text('id').primaryKey(),
  agentKey: text('agent_key').notNull(),
  seal: integer('seal').notNull(),
});
