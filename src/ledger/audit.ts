/**
 * Audit entries: every decision, duplicate, refusal and override. Decides the form of the row;
 * what is personal or free text stands in side columns and is bound by a salted hash, so that it
 * can be emptied without breaking the chain.
 */
import type { Row } from '../kernel/change-set';
import { canonicalJson, hashFields } from '../kernel/hash';
import { causeId } from '../kernel/ids';

export interface AuditEntry {
  /** A constant in capitals. */
  readonly action: string;
  /** What it is about, e.g. `config:rule/abc` or `event:<row id>`; entries are listed by it. */
  readonly subject: string;
  /** UTC ms. */
  readonly at: number;
  /** Person or part of the system that acted. */
  readonly actor: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Names the entry within its subject: a cause id, or a request id for the record of a request. */
  readonly cause: string;
  /** Random text fixed with the cause; it keeps erased details from being guessed. */
  readonly salt: string;
}

export function auditRow(entry: AuditEntry): Row {
  const detail = canonicalJson(entry.detail);
  return {
    table: 'audit',
    id: `${entry.subject}.${causeId('audit', entry.action, entry.cause)}`,
    values: {
      at: entry.at,
      action: entry.action,
      subject: entry.subject,
      detail_hash: hashFields(entry.salt, entry.actor, detail),
    },
    side: { actor: entry.actor, detail, salt: entry.salt },
  };
}
