/**
 * The operations of a plain endpoint that takes whatever it is sent, signed by Standard Webhooks
 * where the destination has a secret. Decides nothing; it is data. Any 2xx is an answer.
 */
import type { Operation, Operations } from './operation';

const POSTED: Operation = { method: 'POST', path: '', body: '{*}', silent: true };

export const WEBHOOK: Operations = {
  notice: POSTED,
  /** The archive of a season for cold storage. */
  'season-export': POSTED,
  reward: POSTED,
  alert: POSTED,
  /** A GET where only POST is taken: whatever is answered, somebody is there. */
  check: { method: 'GET', path: '' },
};
