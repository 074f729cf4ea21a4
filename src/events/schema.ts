/** Drizzle tables of what arrived: the event log and the quarantine. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const events = sqliteTable('events', {
  id: text('id').primaryKey(),
  source: text('source').notNull(),
  type: text('type').notNull(),
  subject: text('subject'),
  occurredAt: integer('occurred_at').notNull(),
  receivedAt: integer('received_at').notNull(),
  signature: text('signature').notNull(),
  bodyHash: text('body_hash').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});

export const quarantine = sqliteTable('quarantine', {
  id: text('id').primaryKey(),
  source: text('source').notNull(),
  reason: text('reason').notNull(),
  receivedAt: integer('received_at').notNull(),
  bodyHash: text('body_hash').notNull(),
  detailHash: text('detail_hash').notNull(),
  seal: integer('seal').notNull(),
  body: text('body'),
  detail: text('detail'),
  salt: text('salt'),
});
