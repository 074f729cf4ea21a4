/** Drizzle tables of pay runs. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const paySheets = sqliteTable('pay_sheets', {
  id: text('id').primaryKey(),
  run: text('run').notNull(),
  size: integer('size').notNull(),
  content: text('content').notNull(),
  seal: integer('seal').notNull(),
});

export const payDeltas = sqliteTable('pay_deltas', {
  id: text('id').primaryKey(),
  agentKey: text('agent_key').notNull(),
  plan: text('plan').notNull(),
  period: text('period').notNull(),
  run: text('run').notNull(),
  delivery: text('delivery'),
  kind: text('kind').notNull(),
  unit: text('unit').notNull(),
  amount: integer('amount').notNull(),
  facts: text('facts').notNull(),
  factsSeal: integer('facts_seal').notNull(),
  at: integer('at').notNull(),
  seal: integer('seal').notNull(),
});

export const payClaims = sqliteTable('pay_claims', {
  id: text('id').primaryKey(),
  road: text('road').notNull(),
  line: text('line').notNull(),
  delivery: text('delivery'),
  amount: integer('amount').notNull(),
  at: integer('at').notNull(),
  seal: integer('seal').notNull(),
});

export const payDisputes = sqliteTable('pay_disputes', {
  id: text('id').primaryKey(),
  review: text('review').notNull(),
  at: integer('at').notNull(),
  seal: integer('seal').notNull(),
});
