/**
 * Routes of sources: write, read, list, rotate a secret. Refuses to change the
 * namespace of a source that has had an event, and never shows a secret.
 */
import * as z from 'zod';
import { fingerprintOf } from '../../access/secrets/secret';
import { checkPreconditions } from '../../http/etag';
import { encodeCursor, pageFields, pageOf } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { absent } from '../../kernel/change-set';
import { invalidField } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import { submit, type WritePlan } from '../../ledger/client';
import { type ConfigVersion, configRow, etagOf } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import type { IntakeEnv } from '../client';
import { keyOf } from '../signatures/secret';
import { checkKeptBearer, forgetSource, openedSecrets, sealDraft, sealFor } from './client';
import { draftSource, rotated } from './draft';
import {
  LIVE_SECRETS,
  SOURCE_ID,
  SOURCE_KIND,
  type Source,
  sourceBodySchema,
  viewOf,
  viewSchema,
} from './source';
import { readSource, readSources, readUsed, usedRowId } from './store';

export const sourceParams = z.strictObject({ id: z.string().regex(SOURCE_ID) });

type Call<E, B = unknown> = ParsedCall<E, { id: string }, unknown, B>;

const EXAMPLE = {
  platform: 'genesys-cloud',
  namespace: 'default',
  signature: { scheme: 'sha256-base64', header: 'X-Hub-Signature-256' },
  secrets: ['a-secret-of-at-least-16-bytes'],
  events: ['performance.coaching.completed'],
};

export function sourceRoutes<E extends IntakeEnv>(): Route<E>[] {
  return [putSource(), getSource(), listSources(), rotateSource()];
}

const putSource = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/sources/{id}',
    tag: 'Intake',
    summary: 'Create or replace a source',
    description:
      'Also takes a webhook subscription (`endpointUrl`, `authentication`, `retryPolicy`, ' +
      '`signatureValidation`). Without `secrets` and `bearer` those before are kept; ' +
      '`bearer: null` takes it away. The namespace of a source that has had an event stays.',
    permission: 'admin',
    params: sourceParams,
    body: sourceBodySchema,
    examples: { request: EXAMPLE },
    answers: {
      200: { description: 'Replaced.', schema: viewSchema },
      201: { description: 'Created.', schema: viewSchema },
    },
    async handle(call) {
      const { env, params, body, headers } = call;
      const present = await readSource(env.DB, params.id);
      const checked = checkPreconditions(headers, present === null ? null : etagOf(present));
      if (!checked.ok) return checked;
      const previous = present?.content ?? null;
      // Only those that are kept need to open: new ones mend a source of another SECRETS_KEY.
      const kept = body.secrets === undefined ? (previous?.secrets ?? []) : [];
      const opened = await openedSecrets(env, params.id, kept);
      if (!opened.ok) return opened;
      const draft = draftSource(body, previous && opened.value);
      if (!draft.ok) return draft;
      if (previous !== null && draft.value.bearer === 'keep') {
        const holds = await checkKeptBearer(env, params.id, previous);
        if (!holds.ok) return holds;
      }
      const content = await sealDraft(env, params.id, draft.value, previous);
      return write(call, present, content, 'SOURCE_WRITTEN');
    },
  });

/** Writes the next version; a change of namespace holds only while no event has come. */
async function write<E extends IntakeEnv>(
  call: Call<E>,
  present: ConfigVersion<Source> | null,
  content: Source,
  action: string,
): Promise<Result<Answer>> {
  const { env, params, now, actor } = call;
  const used = await readUsed(env.DB, params.id);
  const moved = present !== null && present.content.namespace !== content.namespace;
  if (moved && used) return fail(NAMESPACE_STAYS);
  const version = (present?.version ?? 0) + 1;
  const next: ConfigVersion<Source> = {
    kind: SOURCE_KIND,
    name: params.id,
    version,
    effectiveFrom: present === null ? null : now,
    writtenAt: now,
    author: actor.person,
    content,
  };
  const plan: WritePlan = {
    rows: [configRow(next, randomHex(16))],
    ...(moved && { guards: [absent('config', usedRowId(params.id))] }),
    audit: {
      action,
      subject: `config:${SOURCE_KIND}/${params.id}`,
      detail: {
        version,
        namespace: content.namespace,
        scheme: content.signature.scheme,
        secrets: content.secrets.map(({ fingerprint }) => fingerprint),
      },
    },
    answer: {
      status: present === null ? 201 : 200,
      body: viewOf(params.id, version, content, used),
      headers: { ETag: etagOf(next) },
    },
  };
  const answer = await submit(call, plan);
  forgetSource(params.id);
  return answer;
}

const NAMESPACE_STAYS = {
  kind: 'conflict',
  detail: 'the source has had an event: its coaching sessions stay in their namespace',
} as const;

const getSource = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/sources/{id}',
    tag: 'Intake',
    summary: 'Read a source',
    permission: 'read',
    params: sourceParams,
    answers: { 200: { description: 'The source; secrets by fingerprint.', schema: viewSchema } },
    async handle({ env, params: { id } }) {
      const found = await readSource(env.DB, id);
      if (found === null) return fail({ kind: 'not-found', what: 'source', id });
      const body = viewOf(id, found.version, found.content, await readUsed(env.DB, id));
      return ok({ status: 200, body, headers: { ETag: etagOf(found) } });
    },
  });

const listSources = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/sources',
    tag: 'Intake',
    summary: 'List sources',
    permission: 'read',
    query: z.strictObject(pageFields),
    answers: { 200: { description: 'A page of sources.', schema: pageOf(viewSchema) } },
    async handle({ env, query: { limit, cursor } }) {
      const found = await readSources(env.DB, cursor ?? null, limit + 1);
      const shown = found.slice(0, limit);
      const items = await Promise.all(
        shown.map(async ({ name, version, content }) =>
          viewOf(name, version, content, await readUsed(env.DB, name)),
        ),
      );
      const last = shown.at(-1);
      const more = found.length > limit && last !== undefined;
      const nextCursor = more ? encodeCursor(last.name) : null;
      return ok({ status: 200, body: { items, nextCursor } });
    },
  });

const rotateBody = z
  .strictObject({
    secret: z.string().min(1).max(600).optional().meta({
      description: 'Becomes the newest; the one before stays live, older ones go',
    }),
    retire: z
      .string()
      .regex(/^[0-9a-f]{8}$/)
      .optional()
      .meta({
        description: 'Fingerprint of a secret that ends now',
      }),
  })
  .refine((body) => body.secret !== undefined || body.retire !== undefined, {
    message: 'name a new secret, one to retire, or both',
  });

const rotateSource = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/sources/{id}/rotate',
    tag: 'Intake',
    summary: 'Add a secret beside the present one, or retire one',
    description: `At most ${LIVE_SECRETS} secrets are live: the newest and the one before.`,
    permission: 'admin',
    params: sourceParams,
    body: rotateBody,
    examples: { request: { secret: 'another-secret-of-16-bytes' } },
    answers: { 200: { description: 'The source with its live secrets.', schema: viewSchema } },
    async handle(call) {
      const { env, params, body, headers } = call;
      const present = await readSource(env.DB, params.id);
      if (present === null) return fail({ kind: 'not-found', what: 'source', id: params.id });
      const checked = checkPreconditions(headers, etagOf(present));
      if (!checked.ok) return checked;
      const content = await rotate(env, params.id, present.content, body);
      if (!content.ok) return content;
      const holds = await checkKeptBearer(env, params.id, present.content);
      return holds.ok ? write(call, present, content.value, 'SOURCE_ROTATED') : holds;
    },
  });

async function rotate(
  env: IntakeEnv,
  id: string,
  source: Source,
  { secret, retire }: z.output<typeof rotateBody>,
): Promise<Result<Source>> {
  const left = source.secrets.filter(({ fingerprint }) => fingerprint !== retire);
  if (retire !== undefined && left.length === source.secrets.length)
    return fail(invalidField('#/retire', 'unknown', 'no live secret has this fingerprint'));
  if (secret === undefined) {
    if (left.length > 0) return ok({ ...source, secrets: left });
    return fail(
      invalidField('#/retire', 'last', 'the only secret is not retired without a new one'),
    );
  }
  const key = keyOf(source.signature.scheme, secret);
  if (!key.ok) return fail(invalidField('#/secret', 'secret', key.failure));
  if (left.some(({ fingerprint }) => fingerprint === fingerprintOf(id, secret)))
    return fail(invalidField('#/secret', 'known', 'this secret is live already'));
  const added = await sealFor(env, id, secret);
  return ok({ ...source, secrets: rotated(left, added, LIVE_SECRETS) });
}
