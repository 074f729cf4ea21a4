/**
 * Routes of the organisation's settings and of members; those of keys join them here. Refuses
 * settings that do not exist in the world and versions the client has not seen.
 */
import * as z from 'zod';
import { plainText } from '../http/fields';
import { pageFrom, pageOf, pageQuery } from '../http/paging';
import { type Route, route } from '../http/route';
import { fail, ok } from '../kernel/result';
import { type LedgerEnv, submit } from '../ledger/client';
import { configRow, etagOf } from '../ledger/config';
import { randomHex } from '../runtime/chance';
import type { AccessEnv } from './client';
import { keySubject } from './identity';
import { roleList, scopeList } from './keys/key';
import { MEMBER_KIND, type Member, memberAnswer, memberName, shownMember } from './keys/member';
import { keyRoutes } from './keys/routes';
import {
  DEFAULT_ORGANISATION,
  ORGANISATION_KIND,
  ORGANISATION_NAME,
  organisationBody,
} from './organisation';
import { personOf } from './role';
import { nextVersion } from './settings';
import { readMember, readMembers, readOrganisationVersion } from './store';

type Env = LedgerEnv & AccessEnv;

const ORGANISATION_SUBJECT = `config:${ORGANISATION_KIND}/${ORGANISATION_NAME}`;

const putOrganisation: Route<Env> = route({
  method: 'PUT',
  path: '/v1/organisation',
  tag: 'Settings',
  summary: 'Set time zone, currency and first day of the week',
  description: 'Days and periods begin at local midnight in `timeZone`.',
  permission: 'admin',
  body: organisationBody,
  examples: {
    request: { timeZone: 'America/Chicago', currency: 'USD', weekStart: 'SUNDAY' },
    response: { timeZone: 'America/Chicago', currency: 'USD', weekStart: 'SUNDAY' },
  },
  answers: {
    200: { description: 'The settings, replaced or as they were.', schema: organisationBody },
    201: { description: 'The first settings.', schema: organisationBody },
  },
  async handle(call) {
    const present = await readOrganisationVersion(call.env.DB);
    const content = call.body;
    const next = nextVersion(call.headers, present, {
      kind: ORGANISATION_KIND,
      name: ORGANISATION_NAME,
      content,
      author: call.actor.person,
      now: call.now,
    });
    if (!next.ok) return next;
    const headers = { ETag: etagOf(next.value ?? present ?? { version: 0 }) };
    if (next.value === null) return ok({ status: 200, body: content, headers });
    return submit(call, {
      rows: [configRow(next.value, randomHex(16))],
      audit: { action: 'ORGANISATION_WRITTEN', subject: ORGANISATION_SUBJECT, detail: content },
      answer: { status: present === null ? 201 : 200, body: content, headers },
    });
  },
});

const getOrganisation: Route<Env> = route({
  method: 'GET',
  path: '/v1/organisation',
  tag: 'Settings',
  summary: "Read the organisation's settings",
  description: 'Until some are written: Etc/UTC, USD, MONDAY, and no ETag.',
  permission: 'read',
  answers: { 200: { description: 'The settings in force.', schema: organisationBody } },
  async handle({ env }) {
    const present = await readOrganisationVersion(env.DB);
    if (present === null) return ok({ status: 200, body: DEFAULT_ORGANISATION });
    return ok({ status: 200, body: present.content, headers: { ETag: etagOf(present) } });
  },
});

const MAIL = /^[^\s@/]{1,64}@[^\s@/]{1,190}$/;

const memberParams = z.strictObject({
  email: plainText(255).refine((text) => MAIL.test(text), 'a mail address'),
});

const putMember: Route<Env> = route({
  method: 'PUT',
  path: '/v1/members/{email}',
  tag: 'Access',
  summary: 'Give a person behind Cloudflare Access roles',
  description: 'An empty list of roles takes them all away, from the next request on.',
  permission: 'keys',
  params: memberParams,
  body: z.strictObject({ roles: roleList, scopes: scopeList.optional() }),
  examples: { request: { roles: ['approver'] } },
  answers: {
    200: { description: 'The person, replaced or as it was.', schema: memberAnswer },
    201: { description: 'The person, new here.', schema: memberAnswer },
  },
  async handle(call) {
    const { env, now, actor, body, params } = call;
    const email = personOf(params.email);
    if (actor.person === email) {
      return fail({ kind: 'forbidden', detail: 'roles are given by another person' });
    }
    const name = memberName(env.SECRETS_KEY, email);
    const present = await readMember(env.DB, name);
    const content: Member = { email, roles: body.roles, scopes: body.scopes ?? null };
    const wanted = { kind: MEMBER_KIND, name, content, author: actor.person, now };
    const next = nextVersion(call.headers, present, wanted);
    if (!next.ok) return next;
    const headers = { ETag: etagOf(next.value ?? present ?? { version: 0 }) };
    const shown = shownMember(content);
    if (next.value === null) return ok({ status: 200, body: shown, headers });
    return submit(call, {
      rows: [configRow(next.value, randomHex(16))],
      audit: { action: 'MEMBER_WRITTEN', subject: keySubject(`member-${name}`), detail: shown },
      answer: { status: present === null ? 201 : 200, body: shown, headers },
    });
  },
});

const listMembers: Route<Env> = route({
  method: 'GET',
  path: '/v1/members',
  tag: 'Access',
  summary: 'List the persons behind Cloudflare Access who have roles',
  permission: 'keys',
  query: pageQuery,
  answers: { 200: { description: 'Persons and what they may do.', schema: pageOf(memberAnswer) } },
  async handle({ env, query }) {
    const versions = await readMembers(env.DB, query.cursor ?? null, query.limit + 1);
    const page = pageFrom(versions, query.limit, ({ name }) => name);
    return ok({
      status: 200,
      body: { ...page, items: page.items.map(({ content }) => shownMember(content)) },
    });
  },
});

/** Settings, keys and members; the audit log is composed with what else it lists. */
export const accessRoutes: readonly Route<Env>[] = [
  putOrganisation,
  getOrganisation,
  ...keyRoutes,
  putMember,
  listMembers,
];
