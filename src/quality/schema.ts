/** Drizzle table of quality results. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const qualityResults = sqliteTable('quality_results', {
  id: text('id').primaryKey(),
  agentKey: text('agent_key').notNull(),
  resultId: text('result_id').notNull(),
  status: text('status').notNull(),
  score: text('score'),
  scorecardVersion: text('scorecard_version'),
  createdAt: integer('created_at').notNull(),
  revisedAt: integer('revised_at').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});
