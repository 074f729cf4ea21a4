/**
 * The senders of a history: each says its events in its own way, once or again, alone or in arrays,
 * in bursts, contradicting itself, in nonsense; and tries until it is heard. Records what was
 * acknowledged as what; judges nothing (`mail-truth.ts` does).
 */
import { eventRowIdOf } from '../../src/kernel/ids';
import { database } from '../worker/database';
import { quiet } from '../worker/io';
import type { History } from './history';
import type { Operation, PlannedEvent, SourceId } from './plan';
import { type Heard, type Message, send } from './sender';

const SENDER_TRIES = 2;
const LATE_MS = 72 * 3_600_000;
/** After a fault the journal rests for up to half a minute, and D1 may have only just come back. */
const AFTER_A_FAULT_MS = 60_000;

export type MailKind = 'event' | 'contradiction' | 'unusable' | 'bad-signature';

/** One acknowledged or refused message, in the order of sending. */
export interface Delivery {
  readonly message: Message;
  readonly kind: MailKind;
  readonly at: number;
  readonly heard: Heard;
  /** D1 was away or something failed while it was on its way, or shortly before. */
  readonly disturbed: boolean;
}

export type MailOperation =
  | {
      readonly system: 'mail';
      readonly kind: 'deliver';
      readonly keys: readonly string[];
      readonly copies: number;
    }
  | { readonly system: 'mail'; readonly kind: 'contradict'; readonly key: string }
  | { readonly system: 'mail'; readonly kind: 'bad-signature'; readonly key: string }
  | {
      readonly system: 'mail';
      readonly kind: 'unusable';
      readonly source: SourceId;
      readonly text: string;
    }
  | { readonly system: 'mail'; readonly kind: 'rotate'; readonly source: SourceId };

/** Long enough for any profile, and a canary: it must appear in no log, answer or table. */
export const secretOf = (seed: number, source: SourceId, salt: number): string =>
  `canary-${source}-${seed}-${salt}-9f3c5a7e1b`;

const FIRST_SECRET = 1;

export class Mail {
  readonly deliveries: Delivery[] = [];
  readonly #history: History;
  readonly #events: ReadonlyMap<string, PlannedEvent>;
  readonly #secrets = new Map<SourceId, string>();
  readonly #unheard: { message: Message; kind: MailKind }[] = [];
  readonly #acknowledged = new Set<string>();
  readonly #said = new Set<string>();
  #sent = 0;
  #rotations = 0;
  #faultsSeen = 0;
  #troubledAt = Number.NEGATIVE_INFINITY;

  constructor(history: History) {
    this.#history = history;
    this.#events = new Map(history.plan.events.map((event) => [event.key, event]));
  }

  /** Events of which at least one copy was sent. */
  get sentEvents(): PlannedEvent[] {
    return this.#history.plan.events.filter(({ key }) => this.#said.has(key));
  }

  /** Answers that never came: whatever they would have said may have been done. */
  get lostAnswers(): number {
    return this.deliveries
      .filter(({ heard }) => heard.status !== 200)
      .reduce((sum, { message }) => sum + Math.max(1, message.keys.length), 0);
  }

  /** What nobody has acknowledged yet, for the end. */
  get unheard(): readonly Message[] {
    return this.#unheard.map(({ message }) => message);
  }

  /** Every sender tries once more. */
  async sendUnheard(): Promise<void> {
    for (const { message, kind } of this.#unheard.splice(0)) await this.#deliver(message, kind);
  }

  /** Sends a message once and says what was heard. */
  async again(message: Message, kind: MailKind): Promise<Heard> {
    const heard = await this.#once(message, kind);
    await quiet(this.#history.world.board);
    return heard;
  }

  /** The message that says these events, in one array if they are several. */
  messageOf(keys: readonly string[]): Message {
    const texts = keys.map((key) => this.event(key).text);
    const source = this.event(keys[0] ?? '').source;
    return { source, keys, text: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join()}]` };
  }

  event(key: string): PlannedEvent {
    const event = this.#events.get(key);
    if (event === undefined) throw new Error(`no event ${key}`);
    return event;
  }

  async perform(operation: Operation): Promise<void> {
    const own = operation as MailOperation;
    switch (own.kind) {
      case 'deliver':
        return this.#say(own.keys, own.copies);
      case 'contradict':
        return this.#contradict(own.key);
      case 'bad-signature':
        return this.#forge(own.key);
      case 'unusable':
        this.#history.trouble('unusable body');
        return this.#deliver({ source: own.source, text: own.text, keys: [] }, 'unusable');
      case 'rotate':
        return this.#rotate(own);
    }
  }

  #secret(source: SourceId): string {
    return this.#secrets.get(source) ?? secretOf(this.#history.plan.seed, source, FIRST_SECRET);
  }

  async #once(message: Message, kind: MailKind, secret?: string): Promise<Heard> {
    this.#sent += 1;
    const at = this.#history.world.now;
    this.#notices(at);
    const name = `message ${this.#sent}`;
    const heard = await send(name, message, secret ?? this.#secret(message.source));
    this.#notices(at);
    const disturbed = at - this.#troubledAt <= AFTER_A_FAULT_MS;
    this.deliveries.push({ message, kind, at, heard, disturbed });
    if (kind === 'event') {
      for (const key of message.keys) {
        this.#said.add(key);
        if (heard.status === 200) this.#acknowledged.add(key);
      }
    }
    console.debug(`  heard ${heard.status} ${heard.verdicts.join(' ')}`);
    return heard;
  }

  /** Remembers when something last failed. */
  #notices(at: number): void {
    const { board } = this.#history.world;
    const faults = [...board.fired.values()].reduce((sum, one) => sum + one, 0);
    if (board.d1Away || faults > this.#faultsSeen) this.#troubledAt = at;
    this.#faultsSeen = faults;
  }

  /** Tries as a sender does; what stays unheard is sent again in the liveness phase. */
  async #deliver(message: Message, kind: MailKind): Promise<void> {
    for (let attempt = 1; attempt <= SENDER_TRIES; attempt += 1) {
      const heard = await this.again(message, kind);
      if (heard.status === 200 || heard.status === 401) return;
    }
    this.#unheard.push({ message, kind });
  }

  async #burst(message: Message, copies: number): Promise<void> {
    const history = this.#history;
    history.trouble('burst');
    const all = await Promise.all(
      Array.from({ length: copies }, () => this.#once(message, 'event')),
    );
    await quiet(history.world.board);
    if (!all.some(({ status }) => status === 200)) this.#unheard.push({ message, kind: 'event' });
  }

  async #say(keys: readonly string[], copies: number): Promise<void> {
    const history = this.#history;
    if (keys.some((key) => this.#acknowledged.has(key))) history.trouble('redelivery');
    if (keys.length > 1) history.trouble('array');
    for (const key of keys) this.#notice(this.event(key));
    const message = this.messageOf(keys);
    if (copies > 1) return this.#burst(message, copies);
    return this.#deliver(message, 'event');
  }

  #notice(event: PlannedEvent): void {
    const history = this.#history;
    const before = this.sentEvents.filter(
      ({ subject, key }) => subject === event.subject && key !== event.key,
    );
    const told: readonly (readonly [string, boolean])[] = [
      ['reordering', before.some(({ occurredAt }) => occurredAt > event.occurredAt)],
      ['late event', history.world.now - event.occurredAt > LATE_MS],
      ['tie', before.some(({ occurredAt }) => occurredAt === event.occurredAt)],
      ['unknown agent', !event.usable],
    ];
    for (const [name, holds] of told) if (holds) history.trouble(name);
    for (const player of history.players.values()) {
      for (const name of player.troublesOf?.(event, before) ?? []) history.trouble(name);
    }
  }

  /**
   * The same id with another content; only where the first stands in the log. One that a source
   * still holds, because the journal could not be reached, may come second there (README).
   */
  async #contradict(key: string): Promise<void> {
    const { usable, contradiction, source, eventId } = this.event(key);
    if (!this.#acknowledged.has(key) || !usable || contradiction === null) return;
    const log = database().prepare('SELECT 1 FROM events WHERE id = ?');
    if ((await log.bind(eventRowIdOf(source, eventId)).first()) === null) return;
    this.#history.trouble('contradiction');
    await this.#deliver({ source, text: contradiction, keys: [key] }, 'contradiction');
  }

  async #forge(key: string): Promise<void> {
    this.#history.trouble('bad signature');
    await this.#once(this.messageOf([key]), 'bad-signature', 'a secret that nobody has given out');
  }

  /** What an operator does waits until D1 is back: it is a cause of the end, not a fault. */
  async #rotate(operation: MailOperation & { readonly kind: 'rotate' }): Promise<void> {
    const { world, plan } = this.#history;
    if (this.#history.postpone(operation)) return;
    this.#history.trouble('rotate');
    // Two may fall into one instant: both were postponed, or both are near one event.
    this.#rotations += 1;
    const secret = secretOf(plan.seed, operation.source, FIRST_SECRET + this.#rotations);
    await world.must('POST', `/v1/sources/${operation.source}/rotate`, { secret });
    this.#secrets.set(operation.source, secret);
  }
}
