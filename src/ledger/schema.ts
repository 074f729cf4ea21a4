/** Drizzle tables of the ledger's own rows. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const seals = sqliteTable('seals', {
  id: integer('id').primaryKey(),
  previous: text('previous').notNull(),
  hash: text('hash').notNull(),
  at: integer('at').notNull(),
  contents: text('contents').notNull(),
  size: integer('size').notNull(),
});

export const entries = sqliteTable('entries', {
  id: text('id').primaryKey(),
  tx: text('tx').notNull(),
  kind: text('kind').notNull(),
  unit: text('unit').notNull(),
  from: text('from_account').notNull(),
  to: text('to_account').notNull(),
  amount: integer('amount').notNull(),
  cause: text('cause').notNull(),
  rule: text('rule'),
  reverses: text('reverses'),
  occurredAt: integer('occurred_at').notNull(),
  recordedAt: integer('recorded_at').notNull(),
  seal: integer('seal').notNull(),
});

export const balances = sqliteTable('balances', {
  id: text('id').primaryKey(),
  account: text('account').notNull(),
  unit: text('unit').notNull(),
  amount: integer('amount').notNull(),
});

export const audit = sqliteTable('audit', {
  id: text('id').primaryKey(),
  at: integer('at').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  detailHash: text('detail_hash').notNull(),
  seal: integer('seal').notNull(),
  actor: text('actor'),
  detail: text('detail'),
  salt: text('salt'),
});

export const config = sqliteTable('config', {
  id: text('id').primaryKey(),
  kind: text('kind').notNull(),
  name: text('name').notNull(),
  version: integer('version').notNull(),
  effectiveFrom: integer('effective_from'),
  writtenAt: integer('written_at').notNull(),
  authorHash: text('author_hash').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  author: text('author'),
  content: text('content'),
  salt: text('salt'),
});

export const idempotency = sqliteTable('idempotency', {
  id: text('id').primaryKey(),
  fingerprint: text('fingerprint').notNull(),
  at: integer('at').notNull(),
  status: integer('status').notNull(),
  answerHash: text('answer_hash').notNull(),
  seal: integer('seal').notNull(),
  headers: text('headers'),
  body: text('body'),
  salt: text('salt'),
});
