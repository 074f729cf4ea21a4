/**
 * `POST /v1/webhooks/{sourceId}`: signed events in. Answers 200 for everything that is durable,
 * used or not, so that no sender retries for ever (DEC-23); 401 for what is not authentic; 503 with
 * Retry-After where something of ours is away, and sending the same again is exactly-once.
 */
import * as z from 'zod';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { chunked } from '../../kernel/change-set';
import { hashBytes } from '../../kernel/hash';
import { ok, type Result } from '../../kernel/result';
import { commit } from '../../ledger/client';
import type { IntakeEnv } from '../client';
import { type Admitted, admit, RETRY_AFTER_SECONDS, unavailable } from '../door/client';
import type { Reading } from '../normalise/normalise';
import type { Owners } from '../owners/client';
import type { LiveSource } from '../sources/client';
import { quarantineAll, takeItems } from './client';
import { type Cut, cutBody, MAX_ITEMS, type Uncut } from './item';
import { type ItemVerdict, quarantinedId, quarantinedOf } from './verdict';

const verdictSchema = z.object({
  status: z.enum(['accepted', 'duplicate', 'quarantined', 'conflict', 'unavailable']),
  eventId: z.string().nullable(),
});

const answerSchema = z
  .union([verdictSchema, z.object({ results: z.array(verdictSchema) })])
  .meta({ description: 'A list is answered by a list, in its order' });

const LIMIT_BYTES = 256 * 1024;

type Call<E> = ParsedCall<E, { sourceId: string }, unknown, unknown>;

export function webhookRoute<E extends IntakeEnv>(owners: Owners<E>): Route<E> {
  return route({
    method: 'POST',
    path: '/v1/webhooks/{sourceId}',
    tag: 'Intake',
    summary: 'Send events, signed as the source’s profile says',
    description:
      `One event, or a list of at most ${MAX_ITEMS} of them. The signature is over the raw bytes. ` +
      '200 says that everything is durable: `accepted`, `duplicate` (taken before), `quarantined` ' +
      '(authentic but not usable; an operator mends it) or `conflict` (the id was taken before ' +
      'with other content; the first stands). 503: send the same again.',
    permission: 'signed',
    mediaType: '*',
    limitBytes: LIMIT_BYTES,
    params: z.strictObject({ sourceId: z.string().max(200) }),
    answers: {
      200: { description: 'Everything is durable.', schema: answerSchema },
      401: { description: 'No such source, a wrong signature or token: always the same answer.' },
      503: { description: 'Not everything is durable: send the same again.', schema: answerSchema },
    },
    examples: {
      request: {
        eventType: 'performance.coaching.completed',
        eventId: 'evt-1',
        occurredAt: '2024-09-02T14:30:00Z',
        coachingSessionId: 'cs-1',
        sessionType: 'Mentorship_Pairing',
        mentorId: 'agent-senior-1',
        menteeId: 'agent-junior-1',
        sessionDurationSeconds: 1800,
        qaCalibrationScore: 85,
      },
      response: { status: 'accepted', eventId: 'evt-1' },
    },
    async handle(call) {
      const admitted = await admit(call, call.params.sourceId);
      return admitted.ok ? receive(call, owners, admitted.value) : admitted;
    },
  });
}

export const readingOf = ({ id, source }: LiveSource): Reading => ({
  source: id,
  platform: source.platform,
  namespace: source.namespace,
  events: source.events,
  mapping: source.mapping,
});

async function receive<E extends IntakeEnv>(
  call: Call<E>,
  owners: Owners<E>,
  { live, authentic }: Admitted,
): Promise<Result<Answer>> {
  const cut = cutBody(call.bytes);
  if (!cut.ok) return keepWhole(call, { live, authentic }, cut.failure);
  const { signature, messageId } = authentic;
  const intake = { call, owners, reading: readingOf(live), signature };
  const door = { ...intake, keeps: true, undatedAt: null };
  const verdicts = await takeItems(
    door,
    cut.value.items.map((item, index) => ({
      item,
      messageId: messageId !== null && cut.value.many ? `${messageId}/${index}` : messageId,
    })),
  );
  return answerOf(cut.value, verdicts);
}

function answerOf(cut: Cut, verdicts: readonly ItemVerdict[]): Result<Answer> {
  const results = verdicts.map(({ status, eventId }) => ({ status, eventId }));
  const durable = results.every(({ status }) => status !== 'unavailable');
  const headers = { 'Retry-After': String(RETRY_AFTER_SECONDS) };
  if (cut.many) {
    const body = { results };
    return ok(durable ? { status: 200, body } : { status: 503, body, headers });
  }
  const [only] = results;
  return durable ? ok({ status: 200, body: only }) : unavailable('the event is not kept yet');
}

/** A body that cannot even be cut into items is kept with every byte. */
async function keepWhole<E extends IntakeEnv>(
  call: Call<E>,
  { live, authentic }: Admitted,
  uncut: Uncut,
): Promise<Result<Answer>> {
  const { messageId, signature } = authentic;
  const item = { value: null, bytes: call.bytes, hash: hashBytes(call.bytes) };
  const unfit = { ...uncut, eventId: null };
  const kept = quarantinedOf(live.id, signature, { item, messageId }, unfit);
  const rows = await quarantineAll(call, [kept]);
  if (rows === null) return unavailable('the body is not kept yet');
  for (const set of chunked(rows.flatMap((row) => row ?? []))) {
    call.later(commit(call.env, set, call.now));
  }
  const eventId = messageId ?? quarantinedId(kept);
  return ok({ status: 200, body: { status: 'quarantined', eventId } });
}
