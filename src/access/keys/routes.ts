/**
 * Routes of keys. A key's secret is shown once, in the answer to its making. Refuses scopes that
 * the roles do not grant, lives longer than a year, and a person who would give themself more than
 * they have.
 */
import * as z from 'zod';
import { instantText, plainText } from '../../http/fields';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { type FieldError, invalidField } from '../../kernel/failure';
import { fail, ok, type Result } from '../../kernel/result';
import { type LedgerEnv, submit } from '../../ledger/client';
import { configRow } from '../../ledger/config';
import { randomBytes, randomHex } from '../../runtime/chance';
import { type AccessEnv, sealAnswer } from '../client';
import { ADMIN_TOKEN_ID, keySubject } from '../identity';
import { type Permission, permissionsOf, personOf } from '../role';
import { readKey, readKeys } from '../store';
import {
  KEY_KIND,
  keyAnswer,
  MAX_KEY_MS,
  newKey,
  personText,
  revoked,
  roleList,
  type StoredKey,
  scopeList,
  shownKey,
} from './key';

type Env = LedgerEnv & AccessEnv;

const keyBody = z
  .strictObject({
    name: plainText(100),
    person: personText.meta({ description: 'Whom the key is made for; two keys, one person.' }),
    roles: roleList.min(1),
    scopes: scopeList
      .optional()
      .meta({ description: 'Permissions to which the roles are narrowed; all when absent.' }),
    expiresAt: instantText
      .optional()
      .meta({ description: 'At most 365 days ahead, which is what it is when absent.' }),
  })
  .meta({ id: 'KeyBody' });

const example = { name: 'Reporting', person: 'pat@example.com', roles: ['viewer'] };

const createKey: Route<Env> = route({
  method: 'POST',
  path: '/v1/keys',
  tag: 'Access',
  summary: 'Make an API key',
  description: 'The field `key` is shown in this answer and never again.',
  permission: 'keys',
  body: keyBody,
  examples: { request: example },
  answers: {
    201: { description: 'The key, whole.', schema: keyAnswer.safeExtend({ key: z.string() }) },
  },
  async handle(call) {
    const { env, now, body, actor } = call;
    const refusal = refusalOf(body, now) ?? selfGrant(call);
    if (refusal !== null) return refusal;
    const made = newKey(randomBytes(40), env.SANDBOX === 'true' ? 'test' : 'live');
    const content: StoredKey = {
      name: body.name,
      person: body.person,
      roles: body.roles,
      scopes: body.scopes ?? null,
      secretHash: made.secretHash,
      createdAt: now,
      createdBy: actor.person,
      expiresAt: body.expiresAt ?? now + MAX_KEY_MS,
      revokedAt: null,
    };
    const version = { kind: KEY_KIND, name: made.id, version: 1, effectiveFrom: null };
    const row = configRow(
      { ...version, writtenAt: now, author: actor.person, content },
      randomHex(16),
    );
    const shown = shownKey(made.id, content);
    const answer: Answer = { status: 201, body: { ...shown, key: made.text } };
    return submit(call, {
      rows: [row],
      audit: { action: 'KEY_CREATED', subject: keySubject(made.id), detail: shown },
      answer,
      kept: await sealAnswer(env.SECRETS_KEY, answer),
    });
  },
});

type KeyCall = ParsedCall<Env, unknown, unknown, z.output<typeof keyBody>>;

function refusalOf(body: KeyCall['body'], now: number): Result<never> | null {
  const granted = permissionsOf(body.roles);
  const errors = (body.scopes ?? []).flatMap((scope, index): FieldError[] =>
    granted.has(scope)
      ? []
      : [{ pointer: `#/scopes/${index}`, code: 'not-granted', detail: `no role grants ${scope}` }],
  );
  if (errors.length > 0) {
    return fail({ kind: 'invalid', detail: 'scopes only narrow what the roles grant', errors });
  }
  const { expiresAt } = body;
  if (expiresAt === undefined || (expiresAt > now && expiresAt <= now + MAX_KEY_MS)) return null;
  return fail(invalidField('#/expiresAt', 'out-of-range', 'ahead, and at most 365 days'));
}

/** Rights are given by another person: nobody gives themself a permission they do not have. */
function selfGrant({ actor, body }: KeyCall): Result<never> | null {
  if (actor.keyId === ADMIN_TOKEN_ID || actor.person !== personOf(body.person)) return null;
  const asked: Permission[] = [...permissionsOf(body.roles, body.scopes)];
  const missing = asked.filter((permission) => !actor.permissions.has(permission));
  if (missing.length === 0) return null;
  const detail = `nobody gives themself what they do not have: ${missing.join(', ')}`;
  return fail({ kind: 'forbidden', detail });
}

const listKeys: Route<Env> = route({
  method: 'GET',
  path: '/v1/keys',
  tag: 'Access',
  summary: 'List the keys, by id',
  permission: 'keys',
  query: pageQuery,
  answers: { 200: { description: 'Keys without their secrets.', schema: pageOf(keyAnswer) } },
  async handle({ env, query }) {
    const versions = await readKeys(env.DB, query.cursor ?? null, query.limit + 1);
    const page = pageFrom(versions, query.limit, ({ name }) => name);
    const items = page.items.map(({ name, content }) => shownKey(name, content));
    return ok({ status: 200, body: { ...page, items } });
  },
});

const REVOKE_ATTEMPTS = 3;

const revokeKey: Route<Env> = route({
  method: 'DELETE',
  path: '/v1/keys/{id}',
  tag: 'Access',
  summary: 'Revoke a key',
  description: 'It is refused from the next request on. Revoking it again changes nothing.',
  permission: 'keys',
  params: z.strictObject({ id: plainText(40) }),
  answers: { 204: { description: 'The key is revoked.' } },
  async handle(call) {
    const { env, now, actor, params } = call;
    const answer: Answer = { status: 204 };
    for (let attempt = 1; ; attempt += 1) {
      const version = await readKey(env.DB, params.id);
      if (version === null) return fail({ kind: 'not-found', what: 'key', id: params.id });
      if (version.content.revokedAt !== null) return ok(answer);
      const written = await submit(call, {
        rows: [configRow(revoked(version, actor.person, now), randomHex(16))],
        audit: { action: 'KEY_REVOKED', subject: keySubject(params.id), detail: {} },
        answer,
      });
      const raced = !written.ok && written.failure.kind === 'conflict';
      if (!raced || attempt === REVOKE_ATTEMPTS) return written;
    }
  },
});

export const keyRoutes: readonly Route<Env>[] = [createKey, listKeys, revokeKey];
