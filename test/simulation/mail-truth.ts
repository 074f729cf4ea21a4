/**
 * What must be true of what senders said and heard: nothing acknowledged is lost, nothing is
 * accepted twice, every answer is one that a sender may be given, every repetition is audited.
 */
import { eventRowIdOf } from '../../src/kernel/ids';
import type { Books } from './books';
import type { History } from './history';
import type { Delivery } from './mail';
import type { PlannedEvent } from './plan';

type Check = (history: History, books: Books) => string[];

const KEPT = new Set(['accepted', 'duplicate']);

interface Heard {
  readonly event: PlannedEvent;
  readonly verdict: string;
  readonly delivery: Delivery;
}

/** Every verdict on an event, in the order of sending. */
function heardOf(history: History): Heard[] {
  const events = new Map(history.plan.events.map((event) => [event.key, event]));
  return history.mail.deliveries
    .filter(({ kind, heard }) => kind === 'event' && heard.status === 200)
    .flatMap((delivery) =>
      delivery.message.keys.flatMap((key, index) => {
        const event = events.get(key);
        const verdict = delivery.heard.verdicts[index];
        return event === undefined || verdict === undefined ? [] : [{ event, verdict, delivery }];
      }),
    );
}

/** INV-1: what was acknowledged stands in the event log once, as it was said. */
const acknowledgedIsKept: Check = (history, books) => {
  const rows = new Map(books.events.map((row) => [row.id, row]));
  const broken: string[] = [];
  for (const { event, verdict } of heardOf(history)) {
    const row = rows.get(eventRowIdOf(event.source, event.eventId));
    if (!event.usable) {
      const quarantined = books.quarantine.some((kept) => kept.body?.includes(event.eventId));
      if (row === undefined && !quarantined)
        broken.push(`INV-1 ${event.key}: not even quarantined`);
    } else if (!KEPT.has(verdict)) {
      broken.push(`INV-1 ${event.key}: answered ${verdict}`);
    } else if (row === undefined) {
      broken.push(`INV-1 ${event.key}: ${verdict}, and not in the event log`);
    } else if (row.occurred_at !== event.occurredAt) {
      broken.push(`INV-18 ${event.key}: occurred at ${row.occurred_at}, not ${event.occurredAt}`);
    }
  }
  return broken;
};

/** INV-1 for what is authentic and unusable: 200 quarantined, and the bytes are kept. */
const unusableIsKept: Check = (history, books) =>
  history.mail.deliveries
    .filter(({ kind, heard }) => kind === 'unusable' && heard.status === 200)
    .flatMap(({ message, heard }) => {
      const kept = books.quarantine.some(({ body }) => body === message.text);
      const said = heard.verdicts.every((verdict) => verdict === 'quarantined');
      if (said && (kept || message.text === '')) return [];
      return [`INV-1 ${JSON.stringify(message.text)}: ${heard.verdicts}, kept: ${kept}`];
    });

/** No answer but 200, 401 for a forger, 409-like verdicts inside 200, and 503 while faults run. */
const answersAreLegal: Check = (history) =>
  history.mail.deliveries.flatMap((delivery) => {
    const { kind, heard, message } = delivery;
    const legal = kind === 'bad-signature' ? [401, 503] : [200, 503];
    if (!legal.includes(heard.status)) {
      return [`${kind} ${message.keys}: status ${heard.status} ${JSON.stringify(heard.body)}`];
    }
    const isBelated = heard.verdicts[0] === 'accepted' && mayBeUnknown(history, delivery);
    const isConflict = heard.verdicts[0] === 'conflict' || isBelated;
    if (kind === 'contradiction' && heard.status === 200 && !isConflict) {
      return [`DEC-23 ${message.keys}: a contradiction was answered ${heard.verdicts}`];
    }
    return [];
  });

const FORGETS_AFTER_MS = 72 * 3_600_000;

const COACHING = new Set(['performance.coaching.completed', 'qa.score.updated']);

/**
 * True of a message about which nobody could be asked. A coaching session remembers its events
 * itself; of others only journal and D1 know. What was accepted so is found to be known later.
 */
const mayBeUnknown = (history: History, { message, disturbed }: Delivery): boolean =>
  disturbed && message.keys.every((key) => !COACHING.has(history.mail.event(key).type));

/** One copy of an event is accepted; a second one only where D1 could not say it was known. */
const acceptedOnce: Check = (history) => {
  const first = new Map<string, number>();
  return heardOf(history).flatMap(({ event, verdict, delivery }) => {
    if (verdict !== 'accepted') return [];
    const known = first.get(event.key);
    first.set(event.key, delivery.at);
    if (known === undefined || delivery.at - known > FORGETS_AFTER_MS) return [];
    if (mayBeUnknown(history, delivery)) return [];
    return [`INV-2 ${event.key}: accepted twice`];
  });
};

/** INV-17: every duplicate and every conflict that was told stands in the audit log, and no more. */
const repeatsAreAudited: Check = (history, books) => {
  const told = (word: string): number =>
    history.mail.deliveries.flatMap(({ heard }) => heard.verdicts).filter((one) => one === word)
      .length;
  const audited = (action: string): number =>
    books.audit.filter((row) => row.action === action).length;
  const belated = history.mail.deliveries.filter(
    ({ kind, heard }) => kind === 'contradiction' && heard.verdicts[0] === 'accepted',
  ).length;
  const undisturbed = history.world.board.fired.size === 0 && !history.troubles.has('D1 away');
  return [
    ['duplicate', 'EVENT_DUPLICATE'] as const,
    ['conflict', 'EVENT_CONFLICT'] as const,
  ].flatMap(([word, action]) => {
    const [heard, kept] = [told(word), audited(action)];
    const legal = undisturbed ? heard === kept : kept <= heard + belated + history.mail.lostAnswers;
    return legal ? [] : [`INV-17 ${heard} times ${word}, ${kept} audit entries`];
  });
};

/** INV-12 and INV-14, as far as the history itself saw them. */
const cameToRest: Check = (history) => [...history.complaints];

const CHECKS: readonly Check[] = [
  answersAreLegal,
  acknowledgedIsKept,
  unusableIsKept,
  acceptedOnce,
  repeatsAreAudited,
  cameToRest,
];

export const brokenMail = (history: History, books: Books): string[] =>
  CHECKS.flatMap((check) => check(history, books));

/**
 * The events that are kept. Strangers are left out: whether intake or the settlement found out that
 * nobody knows them depends on faults.
 */
export const mailState = (books: Books): string[] => [
  ...books.events
    .filter(({ content }) => !content?.includes('nobody-we-know'))
    .map(({ id, occurred_at }) => `event ${id} ${occurred_at}`),
  ...books.quarantine
    .filter(({ reason }) => reason !== 'UNKNOWN_AGENT')
    .map(({ id, reason }) => `quarantine ${id} ${reason}`),
];
