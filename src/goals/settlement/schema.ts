/** Drizzle tables of goals' rewards and of cohorts. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const goalRewards = sqliteTable('goal_rewards', {
  id: text('id').primaryKey(),
  goal: text('goal').notNull(),
  period: text('period').notNull(),
  epoch: integer('epoch').notNull(),
  step: text('step').notNull(),
  key: text('key').notNull(),
  at: integer('at').notNull(),
  content: text('content').notNull(),
  seal: integer('seal').notNull(),
});

export const cohortKeepers = sqliteTable('cohort_keepers', {
  id: text('id').primaryKey(),
  team: text('team').notNull(),
  pool: text('pool').notNull(),
  seal: integer('seal').notNull(),
});
