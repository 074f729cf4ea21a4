/** Drizzle tables of notices, deliveries and their outcomes. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const notices = sqliteTable('notices', {
  id: text('id').primaryKey(),
  kind: text('kind').notNull(),
  subject: text('subject').notNull(),
  at: integer('at').notNull(),
  destination: text('destination').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});

export const deliveries = sqliteTable('deliveries', {
  id: text('id').primaryKey(),
  destination: text('destination').notNull(),
  operation: text('operation').notNull(),
  subject: text('subject').notNull(),
  at: integer('at').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});

export const deliveryOutcomes = sqliteTable('delivery_outcomes', {
  id: text('id').primaryKey(),
  delivery: text('delivery').notNull(),
  outcome: text('outcome').notNull(),
  at: integer('at').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});
