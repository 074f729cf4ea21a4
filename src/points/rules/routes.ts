/**
 * `/v1/rules`: write, list, read and replace rules. Every change is a new version; refuses a second
 * rule of the same name, live or not, and what `checkRule` refuses, each with a pointer.
 */
import * as z from 'zod';
import { checkPreconditions } from '../../http/etag';
import { instantText } from '../../http/fields';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Answer, type Call, type Route, route } from '../../http/route';
import { canonicalJson } from '../../kernel/hash';
import { causeId } from '../../kernel/ids';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { type LedgerEnv, submit } from '../../ledger/client';
import { configRow, etagOf } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import { checkRule, RULE_KIND, type Rule, type RuleVersion, ruleSchema, warningsOf } from './rule';
import { latestRules, readRules } from './store';

const body = ruleSchema.extend({
  effectiveFrom: instantText.optional().meta({
    description:
      'When this version comes into force. Absent: version 1 since ever, later ones now.',
  }),
});
const params = z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a rule') });
const shown = ruleSchema.extend({
  id: z.string(),
  version: z.int(),
  effectiveFrom: z.string().nullable(),
  warnings: z.array(z.string()),
});

/** The seed's award rule, as it is posted. */
export const RULE_EXAMPLE = {
  name: 'Mentorship Coaching Points Allocation',
  description: 'Awards 50 points for validated coaching sessions',
  enabled: true,
  evaluationOrder: 10,
  conditions: [
    { field: 'eventType', operator: 'EQUALS', value: 'performance.coaching.completed' },
    { field: 'qaCalibrationScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 },
  ],
  actions: [
    { type: 'AWARD_POINTS', points: 50, pointCategory: 'Mentorship', recipientType: 'MENTOR' },
  ],
  deduplicationKey: 'coachingSessionId',
};

const show = (version: RuleVersion, others: readonly Rule[]): Record<string, unknown> => ({
  id: version.name,
  version: version.version,
  effectiveFrom: version.effectiveFrom === null ? null : printInstant(version.effectiveFrom),
  ...version.content,
  warnings: warningsOf(version.content, others),
});

const othersOf = (versions: readonly RuleVersion[], id: string | null): RuleVersion[] =>
  latestRules(versions).filter((version) => version.name !== id);

const contents = (versions: readonly RuleVersion[]): Rule[] =>
  versions.filter(({ content }) => content.enabled).map(({ content }) => content);

/** Why a rule may not be written beside the others, or null. */
function refused(rule: Rule, others: readonly RuleVersion[]): Result<null> {
  const namesake = others.find(({ content }) => content.name === rule.name);
  if (namesake !== undefined) {
    const detail = `the rule ${namesake.name} has this name; replace it or choose another name`;
    return fail({ kind: 'conflict', detail });
  }
  const errors = checkRule(rule, contents(others));
  if (errors.length === 0) return ok(null);
  return fail({ kind: 'invalid', detail: errors[0]?.detail ?? '', errors });
}

/** The first id made of this name that no rule has; two requests at once make the same and meet. */
function newId(name: string, versions: readonly RuleVersion[]): string {
  const taken = new Set(versions.map((version) => version.name));
  for (let count = 1; ; count += 1) {
    const id = `rule_${causeId('rule', name, count).slice(0, 16)}`;
    if (!taken.has(id)) return id;
  }
}

async function write<E extends LedgerEnv>(
  call: Omit<Call<E>, 'params'>,
  version: RuleVersion,
  others: readonly RuleVersion[],
): Promise<Result<Answer>> {
  const created = version.version === 1;
  return submit(call, {
    rows: [configRow(version, randomHex(16))],
    audit: {
      action: created ? 'RULE_CREATED' : 'RULE_REPLACED',
      subject: `config:${RULE_KIND}/${version.name}`,
      detail: { version: version.version },
    },
    answer: {
      status: created ? 201 : 200,
      body: show(version, contents(others)),
      headers: {
        ETag: etagOf(version),
        ...(created && { Location: `/v1/rules/${version.name}` }),
      },
    },
  });
}

export const createRule = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/rules',
    tag: 'Rules',
    summary: 'Write a rule',
    description:
      'Takes the body of a gamification rule as the platform guides print it. Warnings name what is allowed but leaves points that nothing can take back. M1, DEC-6, DEC-7.',
    permission: 'draft',
    body,
    answers: {
      201: { description: 'The rule with its id, version 1 and warnings.', schema: shown },
    },
    examples: { request: RULE_EXAMPLE },
    async handle(call) {
      const { effectiveFrom, ...rule } = call.body;
      const versions = await readRules(call.env.DB);
      const others = othersOf(versions, null);
      const allowed = refused(rule, others);
      if (!allowed.ok) return allowed;
      const version: RuleVersion = {
        kind: RULE_KIND,
        name: newId(rule.name, versions),
        version: 1,
        effectiveFrom: effectiveFrom ?? null,
        writtenAt: call.now,
        author: call.actor.person,
        content: rule,
      };
      return write(call, version, others);
    },
  });

export const listRules = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/rules',
    tag: 'Rules',
    summary: 'List the newest version of each rule',
    permission: 'read',
    query: pageQuery,
    answers: { 200: { description: 'A page of rules by id.', schema: pageOf(shown) } },
    async handle(call) {
      const { cursor = '', limit } = call.query;
      const all = latestRules(await readRules(call.env.DB));
      const page = pageFrom(
        all.filter((version) => version.name > cursor),
        limit,
        (version) => version.name,
      );
      const items = page.items.map((version) =>
        show(version, contents(othersOf(all, version.name))),
      );
      return ok({ status: 200, body: { ...page, items } });
    },
  });

export const readRule = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/rules/{id}',
    tag: 'Rules',
    summary: 'Read a rule, its newest version or another',
    permission: 'read',
    params,
    query: z.strictObject({
      version: z
        .string()
        .regex(/^[1-9][0-9]{0,5}$/, 'a version number')
        .transform(Number)
        .optional(),
    }),
    answers: { 200: { description: 'The rule.', schema: shown } },
    async handle(call) {
      const versions = await readRules(call.env.DB);
      const { version: wanted } = call.query;
      const found = versions.findLast(
        (version) =>
          version.name === call.params.id && (wanted === undefined || version.version === wanted),
      );
      if (found === undefined) return fail({ kind: 'not-found', what: 'rule', id: call.params.id });
      const body = show(found, contents(othersOf(versions, found.name)));
      return ok({ status: 200, body, headers: { ETag: etagOf(found) } });
    },
  });

export const replaceRule = <E extends LedgerEnv>(): Route<E> =>
  route({
    method: 'PUT',
    path: '/v1/rules/{id}',
    tag: 'Rules',
    summary: 'Write the next version of a rule',
    description:
      'The version before stays in force for what happened before `effectiveFrom` (DEC-6). If-Match is honoured when sent. The same content again writes nothing.',
    permission: 'draft',
    params,
    body,
    answers: { 200: { description: 'The rule with its new version.', schema: shown } },
    async handle(call) {
      const { effectiveFrom, ...rule } = call.body;
      const versions = await readRules(call.env.DB);
      const present = versions.findLast((version) => version.name === call.params.id);
      if (present === undefined)
        return fail({ kind: 'not-found', what: 'rule', id: call.params.id });
      const holds = checkPreconditions(call.headers, etagOf(present));
      if (!holds.ok) return holds;
      const others = othersOf(versions, present.name);
      const same = canonicalJson(present.content) === canonicalJson(rule);
      if (same && effectiveFrom === undefined) {
        const body = show(present, contents(others));
        return ok({ status: 200, body, headers: { ETag: etagOf(present) } });
      }
      const allowed = refused(rule, others);
      if (!allowed.ok) return allowed;
      const next: RuleVersion = {
        ...present,
        version: present.version + 1,
        effectiveFrom: effectiveFrom ?? call.now,
        writtenAt: call.now,
        author: call.actor.person,
        content: rule,
      };
      return write(call, next, others);
    },
  });
