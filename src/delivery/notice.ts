/**
 * Notices: what subscribers are told about. Decides the frozen row; a notice goes nowhere of itself,
 * it is subscriptions that find it in the seals. Refuses nothing.
 */
import type { Row } from '../kernel/change-set';
import { canonicalJson, hashFields } from '../kernel/hash';
import { causeId } from '../kernel/ids';
import type { JournalTable } from '../ledger/journal';

export interface Notice {
  /** What happened, e.g. `coaching.evaluation.requested`. */
  readonly kind: string;
  /** What it is about, in chained form: keys and hashes only. */
  readonly subject: string;
  /** Names it within kind and subject; the same cause is the same notice. */
  readonly cause: string;
  /** UTC ms. */
  readonly at: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly salt: string;
}

const NOWHERE = 'none';

export const NOTICES_TABLE: JournalTable = {
  name: 'notices',
  values: ['kind', 'subject', 'at', 'destination', 'content_hash'],
  side: ['content', 'salt'],
  bound: [{ hash: 'content_hash', over: ['salt', 'content'] }],
};

export const noticeId = ({ kind, subject, cause }: Pick<Notice, 'kind' | 'subject' | 'cause'>) =>
  causeId('notice', kind, subject, cause);

export function noticeRow(notice: Notice): Row {
  const content = canonicalJson(notice.content);
  return {
    table: 'notices',
    id: noticeId(notice),
    values: {
      kind: notice.kind,
      subject: notice.subject,
      at: notice.at,
      destination: NOWHERE,
      content_hash: hashFields(notice.salt, content),
    },
    side: { content, salt: notice.salt },
  };
}
