/**
 * Routes of the event log: what arrived, whether it was signed, seen before, and what came of it.
 * A replay offers a logged event to its owner once more; an owner that has it says so and does
 * nothing, so a replay mends what was lost and never doubles what was done.
 */
import * as z from 'zod';
import {
  type Arrival,
  EVENT_TYPES,
  type EventType,
  type KeptEvent,
  type Resettler,
} from '../../events/event';
import { type LoggedEvent, readEvent } from '../../events/store';
import { encodeCursor, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { fail, ok, type Result } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { readBody } from '../../ledger/seals/store';
import { walkFields } from '../../ledger/walk/position';
import { readOutcome } from '../../points/coaching/store';
import type { IntakeEnv } from '../client';
import { unavailable } from '../door/client';
import { type Owners, offerAll } from '../owners/client';
import { SOURCE_ID } from '../sources/source';
import { shownEvent, shownInFull } from './event-view';
import { readEventPage, readRecurrences } from './store';

const params = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/) });

const eventSchema = z.looseObject({
  id: z.string(),
  sourceId: z.string(),
  eventId: z.string().nullable(),
  type: z.string(),
  subject: z.string().nullable(),
  occurredAt: z.string(),
  receivedAt: z.string(),
  signature: z.object({ verdict: z.string(), scheme: z.string(), secret: z.string() }),
});

export type Resettlers<E> = Partial<Record<EventType, Resettler<E>>>;

/** What events of a type are told to count for, as it goes on the wire. */
export type Tellers<E> = Partial<
  Record<EventType, (env: E, kept: KeptEvent) => Promise<Readonly<Record<string, unknown>>>>
>;

export function logRoutes<E extends IntakeEnv>(
  owners: Owners<E>,
  resettlers: Resettlers<E>,
  tellers: Tellers<E>,
): Route<E>[] {
  return [listEvents(), getEvent(tellers), replayEvent(owners, resettlers)];
}

const listEvents = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/events',
    tag: 'Intake',
    summary: 'List what arrived and was usable, newest first',
    permission: 'read',
    query: z.strictObject({
      ...walkFields,
      sourceId: z.string().regex(SOURCE_ID).optional(),
      type: z.enum(EVENT_TYPES).optional(),
      subject: z.string().max(200).optional().meta({
        description: 'Key of a coaching session, as an event shows it',
      }),
    }),
    answers: { 200: { description: 'A page of events.', schema: pageOf(eventSchema) } },
    async handle({ env, query: { limit, cursor, ...filter } }) {
      const page = await readEventPage(env.DB, filter, cursor ?? null, limit);
      const nextCursor = page.nextCursor === null ? null : encodeCursor(page.nextCursor);
      return ok({ status: 200, body: { items: page.items.map(shownEvent), nextCursor } });
    },
  });

const getEvent = <E extends IntakeEnv>(tellers: Tellers<E>): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/events/{id}',
    tag: 'Intake',
    summary: 'Read an event: signature, recurrences, raw body and outcome',
    description:
      'Under `dedup` the newest 200 of what was recorded about it later are shown and counted, ' +
      'of 2,000 that are looked at; `truncated` says whether there is more.',
    permission: 'read',
    params,
    answers: { 200: { description: 'The event.', schema: eventSchema } },
    async handle({ env, params: { id } }) {
      const found = await find(env, id);
      if (!found.ok) return found;
      const event = found.value;
      const { subject, receivedAt, seal, kept } = event;
      const [body, recurrences, outcome, told] = await Promise.all([
        readBody(env.DB, id, seal, receivedAt),
        readRecurrences(env.DB, id),
        subject === null ? null : readOutcome(env.DB, subject, receivedAt),
        kept === null ? null : tellers[kept.event.type]?.(env, kept),
      ]);
      const shown = shownInFull(event, { body, recurrences, outcome });
      return ok({ status: 200, body: { ...shown, ...told } });
    },
  });

async function find(env: IntakeEnv, id: string): Promise<Result<LoggedEvent>> {
  const found = await readEvent(env.DB, id);
  return found === null ? fail({ kind: 'not-found', what: 'event', id }) : ok(found);
}

const replayEvent = <E extends IntakeEnv>(owners: Owners<E>, resettlers: Resettlers<E>): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/events/{id}/replay',
    tag: 'Intake',
    summary: 'Offer a logged event to its owner once more',
    description:
      'An owner that has it answers `duplicate`, and what its subject is worth is decided anew; ' +
      'where that differs from what was posted the difference is posted. A dry run says what it would come to.',
    permission: 'admin',
    params,
    query: z.strictObject({ dry_run: z.enum(['true', 'false']).optional() }),
    answers: {
      200: {
        description: 'What its owner said, or on a dry run who would be asked.',
        schema: z.looseObject({ id: z.string(), dryRun: z.boolean() }),
      },
    },
    async handle(call) {
      const {
        env,
        params: { id },
        query,
      } = call;
      const found = await find(env, id);
      if (!found.ok) return found;
      const arrival = await arrivalOf(env, found.value);
      if (arrival === null)
        return fail({ kind: 'conflict', detail: 'the content of the event was erased' });
      const { type, eventId } = arrival.event;
      const about = { id, eventId, type, subject: found.value.subject };
      if (query.dry_run === 'true') {
        const { subject } = found.value;
        const would =
          subject === null ? null : await resettlers[type]?.foresee(env, subject, call.now);
        const owner = ownerName(owners, type);
        const body = { ...about, dryRun: true, owner, would: would ?? null };
        return ok({ status: 200, body });
      }
      const taken = (await offerAll({ call, owners }, [arrival])).get(arrival);
      if (taken === undefined) return unavailable('the owner of the event does not answer');
      const { subject } = found.value;
      if (subject !== null) await resettlers[type]?.settle(env, subject, call.now);
      return submit(call, {
        rows: [],
        audit: {
          action: 'EVENT_REPLAYED',
          subject: `event:${id}`,
          detail: { eventId, verdict: taken.verdict },
        },
        answer: { status: 200, body: { ...about, dryRun: false, status: taken.verdict } },
      });
    },
  });

/** In words: whether an object decides on events of a type, or they are only logged. */
export const ownerName = <E>(owners: Owners<E>, type: EventType): string =>
  owners[type] === undefined ? 'log only' : 'decided on by its owner';

async function arrivalOf(env: IntakeEnv, event: LoggedEvent): Promise<Arrival | null> {
  const { kept, id, seal, receivedAt, bodyHash, signature } = event;
  if (kept === null) return null;
  const body = (await readBody(env.DB, id, seal, receivedAt)) ?? '';
  return { event: kept.event, body, bodyHash, signature };
}
