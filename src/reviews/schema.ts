/** Drizzle tables of reviews and of what persons did about them. Held equal to the migrations by a test. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const reviews = sqliteTable('reviews', {
  id: text('id').primaryKey(),
  kind: text('kind').notNull(),
  subject: text('subject').notNull(),
  openedAt: integer('opened_at').notNull(),
  contentHash: text('content_hash').notNull(),
  seal: integer('seal').notNull(),
  content: text('content'),
  salt: text('salt'),
});

export const reviewActs = sqliteTable('review_acts', {
  id: text('id').primaryKey(),
  act: text('act').notNull(),
  at: integer('at').notNull(),
  contentHash: text('content_hash').notNull(),
  person: text('person'),
  noteHash: text('note_hash').notNull(),
  seal: integer('seal').notNull(),
  actor: text('actor'),
  reason: text('reason'),
  salt: text('salt'),
});
