/**
 * `POST /v1/rules/{id}/backtest`: what a draft of a rule would change, told before it goes live.
 * Replays stored events page by page and writes nothing. Refuses rules nobody wrote, drafts that
 * could not be written, and stretches that end before they begin.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { readAgentIds } from '../../agents/store';
import { readEvents } from '../../events/store';
import { decodeCursor, encodeCursor } from '../../http/paging';
import { type Route, route } from '../../http/route';
import type { FieldError } from '../../kernel/failure';
import {
  civilDay,
  DAY_MS,
  isDay,
  parseDay,
  parseInstant,
  printInstant,
} from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { pointsUnit, printAmount } from '../../kernel/units';
import { startOfLocalDay } from '../../kernel/zone';
import { agentOf } from '../../ledger/account';
import { readAllVersions } from '../../ledger/store';
import type { PointsEnv } from '../coaching/client';
import { PROGRAMME_KIND, type Programme } from '../programmes/programme';
import { RULE_EXAMPLE } from '../rules/routes';
import { checkRule, type Rule, type RuleVersion, ruleSchema } from '../rules/rule';
import { latestRules, readRules } from '../rules/store';
import { type Difference, differencesOf, rulesWith, settled, summaryOf } from './backtest';
import { lastSealBefore, readCompeting, readStored } from './store';

const MAX_SESSIONS = 500;

const moment = z
  .string()
  .refine((text) => isDay(text) || parseInstant(text) !== null, 'a day or an instant')
  .meta({ examples: ['2024-09-01', '2024-09-01T00:00:00Z'] });

const body = z.strictObject({
  from: moment.meta({ description: 'The draft is in force from here on.' }),
  to: moment.optional().meta({ description: 'A day is included; an instant is not. Absent: now.' }),
  draft: ruleSchema
    .optional()
    .meta({ description: 'The rule as it would be; the newest version when absent.' }),
  limit: z.int().min(1).max(MAX_SESSIONS).default(MAX_SESSIONS),
  cursor: z.string().max(200).nullish(),
});

const amounts = z.object({ agentId: z.string().nullable(), pointCategory: z.string() });
const shown = z.object({
  rule: z.string(),
  from: z.string(),
  to: z.string(),
  sessions: z.int().meta({ description: 'Coaching sessions replayed on this page.' }),
  gained: z.int(),
  lost: z.int(),
  changed: z.int(),
  points: z.array(z.object({ pointCategory: z.string(), change: z.string() })),
  agents: z.array(amounts.extend({ change: z.string() })),
  items: z.array(
    amounts.extend({
      coachingSessionId: z.string().nullable(),
      before: z.string(),
      after: z.string(),
      outcome: z.string(),
    }),
  ),
  nextCursor: z.string().nullable(),
});

export const backtestRule = <E extends PointsEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/rules/{id}/backtest',
    tag: 'Rules',
    summary: 'Back-test a draft of a rule',
    description:
      'Replays the coaching sessions of a stretch of time under a draft: awards gained, lost and changed, points, agents. Pages of at most 500 coaching sessions; the figures are those of the page. Writes nothing.',
    permission: 'read',
    params: z.strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'an id of a rule') }),
    body,
    answers: { 200: { description: 'What the draft would change.', schema: shown } },
    examples: { request: { from: '2024-09-01', to: '2024-09-30', draft: RULE_EXAMPLE } },
    async handle(call) {
      const { env, now } = call;
      const { draft, limit, cursor } = call.body;
      const rules = await readRules(env.DB);
      const present = rules.findLast(({ name }) => name === call.params.id);
      if (present === undefined) {
        return fail({ kind: 'not-found', what: 'rule', id: call.params.id });
      }
      const { timeZone } = await readOrganisation(env.DB);
      const from = instantOf(call.body.from, timeZone, 0);
      const to = call.body.to === undefined ? now : instantOf(call.body.to, timeZone, 1);
      const after = cursor == null ? null : sealOf(cursor);
      const content = draft ?? present.content;
      const wrong = [
        ...faultsOf(content, present, rules),
        ...(from < to ? [] : [fault('#/to', 'out_of_range', 'it ends before it begins')]),
        ...(Number.isNaN(after) ? [fault('#/cursor', 'custom', 'not a cursor of this list')] : []),
      ];
      if (wrong.length > 0) {
        return fail({ kind: 'invalid', detail: wrong[0]?.detail ?? '', errors: wrong });
      }
      const replay = { present, draft: content, rules, from, to, limit };
      const body = await replayed(env, replay, after, now);
      return ok({ status: 200, body });
    },
  });

const fault = (pointer: string, code: string, detail: string): FieldError => ({
  pointer,
  code,
  detail,
});

function instantOf(text: string, zone: string, daysOn: 0 | 1): number {
  const days = parseDay(text);
  return days === null ? (parseInstant(text) ?? 0) : startOfLocalDay(civilDay(days + daysOn), zone);
}

/** The seal a cursor names; NaN for text that is none of ours. */
const sealOf = (cursor: string): number => {
  const text = decodeCursor(cursor) ?? '';
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
};

/** What would keep the draft from being written as the next version. */
function faultsOf(draft: Rule, present: RuleVersion, rules: readonly RuleVersion[]): FieldError[] {
  const others = latestRules(rules)
    .filter(({ name, content }) => name !== present.name && content.enabled)
    .map(({ content }) => content);
  return checkRule(draft, others).map((error) => ({
    ...error,
    pointer: error.pointer.replace('#/', '#/draft/'),
  }));
}

interface Replay {
  readonly present: RuleVersion;
  readonly draft: Rule;
  readonly rules: readonly RuleVersion[];
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

async function replayed(env: PointsEnv, replay: Replay, after: number | null, now: number) {
  const { present, draft, from, to, limit } = replay;
  const programmes = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
  const settings = { rules: rulesWith(replay.rules, present, draft, from), programmes };
  // A day earlier: senders' clocks may run ahead of the seals.
  const start = after ?? (await lastSealBefore(env.DB, from - DAY_MS));
  const { stored, next } = await readStored(env.DB, start, { from, to, count: limit });
  const claims = await readCompeting(env.DB, stored, settings, now);
  const differences = stored.flatMap((one) =>
    differencesOf(one, settled(one, settings, claims, now)),
  );
  return {
    rule: present.name,
    from: printInstant(from),
    to: printInstant(to),
    sessions: stored.length,
    ...(await show(env.DB, differences)),
    nextCursor: next === null ? null : encodeCursor(String(next)),
  };
}

async function show(db: D1Database, differences: readonly Difference[]) {
  const { gained, lost, changed, points, accounts } = summaryOf(differences);
  const keys = [...new Set(differences.flatMap(({ account }) => agentOf(account) ?? []))];
  const [ids, events] = await Promise.all([
    readAgentIds(db, keys),
    readEvents(
      db,
      differences.flatMap(({ completion }) => completion ?? []),
    ),
  ]);
  const sessionIds = new Map(
    events.map(({ id, kept }) => [id, String(kept?.event.data.coachingSessionId ?? '') || null]),
  );
  const about = (account: string, pointCategory: string) => ({
    agentId: ids.get(agentOf(account) ?? '') ?? null,
    pointCategory,
  });
  const print = (amount: number, category: string): string =>
    printAmount(amount, pointsUnit(category));
  return {
    gained,
    lost,
    changed,
    points: [...points].map(([pointCategory, change]) => ({
      pointCategory,
      change: print(change, pointCategory),
    })),
    agents: [...accounts].map(([account, { category, amount }]) => ({
      ...about(account, category),
      change: print(amount, category),
    })),
    items: differences.map(({ account, category, before, after, completion, outcome }) => ({
      coachingSessionId: sessionIds.get(completion ?? '') ?? null,
      ...about(account, category),
      before: print(before, category),
      after: print(after, category),
      outcome,
    })),
  };
}
