/**
 * `POST /v1/sources/{id}/test`: signs a sample with the source's newest secret, sends it through the
 * same verification and normalisation as a real one, and says what would happen. Nothing is taken
 * or kept, and the signature itself is not shown: it would be as good as an event.
 */
import * as z from 'zod';
import { type ParsedCall, type Route, route } from '../../http/route';
import { hashBytes } from '../../kernel/hash';
import { printInstant } from '../../kernel/instant';
import { parseJsonBytes } from '../../kernel/json';
import { fail, ok, type Result } from '../../kernel/result';
import { unknownAmong } from '../agents/client';
import type { IntakeEnv } from '../client';
import { ownerName } from '../log/routes';
import type { Owners } from '../owners/client';
import { signBody, verifySignature } from '../signatures/client';
import { keyOf } from '../signatures/secret';
import { openedSecrets } from '../sources/client';
import { sourceParams } from '../sources/routes';
import type { Source } from '../sources/source';
import { readSource } from '../sources/store';
import { prepare } from '../webhooks/client';
import { agentsOf, type Prepared, unknownAgents } from '../webhooks/verdict';

const SAMPLE = {
  eventType: 'performance.coaching.completed',
  eventId: 'sample-1',
  coachingSessionId: 'sample-session-1',
  sessionType: 'Mentorship_Pairing',
  mentorId: 'sample-mentor',
  menteeId: 'sample-mentee',
  sessionDurationSeconds: 1800,
  qaCalibrationScore: 85,
};

const answer = z.looseObject({
  signature: z.object({ verdict: z.enum(['VALID', 'INVALID', 'NO_SECRET']) }).loose(),
  would: z.enum(['accept', 'quarantine', 'refuse']),
  reason: z.string().nullable(),
});

type Call<E> = ParsedCall<E, { id: string }, unknown, { readonly sample?: unknown }>;

export const testSource = <E extends IntakeEnv>(owners: Owners<E>): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/sources/{id}/test',
    tag: 'Intake',
    summary: 'Try a sample: sign it, read it, say what would happen',
    description: 'Takes and keeps nothing. Without `sample` a completed coaching session is tried.',
    permission: 'admin',
    params: sourceParams,
    body: z.strictObject({
      sample: z.record(z.string(), z.unknown()).optional().meta({
        description: 'A body as the sender would send it',
      }),
    }),
    examples: { request: { sample: SAMPLE } },
    answers: { 200: { description: 'What would happen.', schema: answer } },
    async handle(call) {
      const { env, params } = call;
      const found = await readSource(env.DB, params.id);
      if (found === null) return fail({ kind: 'not-found', what: 'source', id: params.id });
      const bytes = new TextEncoder().encode(JSON.stringify(call.body.sample ?? SAMPLE));
      const tried = await signed(call, found.content, bytes);
      if (!tried.ok) return tried;
      const signature = tried.value;
      const reading = await read(call, owners, found.content, bytes);
      const refused = signature.verdict !== 'VALID' || !found.content.enabled;
      const would = refused ? { would: 'refuse', ...reading.otherwise } : reading.body;
      return ok({ status: 200, body: { signature, ...would } });
    },
  });

/** Signs as a sender would and verifies as the door does. */
async function signed<E extends IntakeEnv>(
  { env, params, now }: Call<E>,
  source: Source,
  bytes: Uint8Array,
): Promise<Result<{ readonly verdict: string; readonly [name: string]: unknown }>> {
  const { scheme, header } = source.signature;
  const opened = await openedSecrets(env, params.id, source.secrets.slice(0, 1));
  if (!opened.ok) return opened;
  const [secret] = opened.value;
  const key = secret === undefined ? null : keyOf(scheme, secret);
  const fingerprint = source.secrets[0]?.fingerprint ?? '';
  if (key === null || !key.ok) return ok({ verdict: 'NO_SECRET', scheme, header });
  const headers = await signBody(source.signature, key.value, { id: 'msg_sample', now, bytes });
  const request = { headers: new Headers(headers), bytes, now };
  const keys = [{ fingerprint, key: key.value }];
  const authentic = await verifySignature(source.signature, keys, request);
  const names = Object.keys(headers);
  const verdict = authentic === null ? 'INVALID' : 'VALID';
  return ok({ verdict, scheme, secret: fingerprint, headers: names, bytes: bytes.length });
}

interface Read {
  readonly body: Readonly<Record<string, unknown>>;
  readonly otherwise: Readonly<Record<string, unknown>>;
}

async function read<E extends IntakeEnv>(
  call: Call<E>,
  owners: Owners<E>,
  source: Source,
  bytes: Uint8Array,
): Promise<Read> {
  const { platform, namespace, events, mapping } = source;
  const reading = { source: call.params.id, platform, namespace, events, mapping };
  const parsed = parseJsonBytes(bytes);
  const read = parsed.ok ? { value: parsed.value } : { value: null, fault: parsed.failure };
  const item = { ...read, bytes, hash: hashBytes(bytes) };
  const prepared = prepare({ reading }, { item, messageId: null });
  const unfit = prepared.unusable ?? (await unknownOf(call, prepared));
  const shown = prepared.events.map((event) => ({
    type: event.type,
    eventId: event.eventId,
    occurredAt: event.occurredAt === null ? null : printInstant(event.occurredAt),
    owner: ownerName(owners, event.type),
    data: event.data,
  }));
  const details = { errors: unfit?.faults ?? [], events: shown };
  const would = unfit === null ? 'accept' : 'quarantine';
  return {
    body: { would, reason: unfit?.reason ?? null, ...details },
    otherwise: { reason: 'UNAUTHENTICATED', ...details },
  };
}

async function unknownOf<E extends IntakeEnv>(
  call: Call<E>,
  { events }: Prepared,
): Promise<Prepared['unusable']> {
  const lookups = events.flatMap(agentsOf);
  const unknown = await unknownAmong(call, lookups);
  const fields = lookups.filter(({ id }) => unknown.has(id)).map(({ field }) => field);
  return fields.length === 0 ? null : unknownAgents(events[0]?.eventId ?? '', fields);
}
