/** Drizzle tables of goals. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const goalLocks = sqliteTable('goal_locks', {
  id: text('id').primaryKey(),
  goal: text('goal').notNull(),
  period: text('period').notNull(),
  status: text('status').notNull(),
  metricValue: text('metric_value').notNull(),
  evaluatedAt: integer('evaluated_at').notNull(),
  goalVersion: integer('goal_version').notNull(),
  teamVersion: integer('team_version').notNull(),
  covered: integer('covered').notNull(),
  members: text('members').notNull(),
  seal: integer('seal').notNull(),
});
