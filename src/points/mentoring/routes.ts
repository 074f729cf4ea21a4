/**
 * `GET /v1/agents/{id}/mentoring`: what an agent's coaching amounts to, and what a supervisor should
 * look at: coaching sessions that overlap, and partners who mentor each other. Refuses agents nobody
 * knows and stretches of more than a year.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { readAgent, readAgentIds } from '../../agents/store';
import { readEvents } from '../../events/store';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { civilDay, isDay, parseDay, printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { localDay } from '../../kernel/zone';
import { readAllVersions } from '../../ledger/store';
import type { PointsEnv } from '../coaching/client';
import { PROGRAMME_KIND, type Programme } from '../programmes/programme';
import { figuresOf, MAX_SESSIONS, reciprocalPairs, sessionsOfEach } from './figures';
import type { Mentored } from './listing';
import { type Overlap, overlapsOf } from './overlap';
import { type Days, readMentored, readSomeMentored } from './store';

const MAX_DAYS = 366;
const DEFAULT_DAYS = 90;
const MAX_PARTNERS = 200;

const day = z.string().refine(isDay, 'a day, YYYY-MM-DD');
const query = z.strictObject({
  from: day.optional().meta({ description: 'First day; 90 days before the last when absent.' }),
  to: day.optional().meta({ description: 'Last day; today when absent.' }),
});

const share = z.string().nullable();
const shown = z.object({
  agentId: z.string(),
  from: z.string(),
  to: z.string(),
  sessions: z.int().meta({ description: 'Completed coaching sessions.' }),
  truncated: z.boolean().meta({ description: 'True where only the latest 1,000 were looked at.' }),
  outcomes: z.record(z.string(), z.int()),
  awardRate: share.meta({ description: 'Awarded of those with a verdict, 0 to 1.' }),
  sample: z.int().meta({ description: 'Those whose mentee was measured before and after.' }),
  meanChange: share.meta({ description: "Mean change of the mentees' scores." }),
  shareImproved: share.meta({ description: 'Of the sample, those with a change of 10 or more.' }),
  overlaps: z.array(
    z.object({
      coachingSessionIds: z.array(z.string().nullable()),
      from: z.string(),
      until: z.string(),
      seconds: z.int(),
    }),
  ),
  reciprocal: z
    .array(z.object({ agentId: z.string().nullable(), mentored: z.int(), mentoredBy: z.int() }))
    .meta({
      description:
        'Partners who mentor each other, among 200 mentees; of each one the latest coaching ' +
        'sessions are looked at, 10,000 of all together.',
    }),
  reciprocalTruncated: z.boolean().meta({
    description: 'True where there are more mentees than that, or one has more coaching sessions.',
  }),
});

export const readMentoring = <E extends PointsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/agents/{id}/mentoring',
    tag: 'Points',
    summary: "Look at an agent's mentoring",
    description:
      'Coaching sessions, award rate, change of the mentees, overlapping coaching sessions and partners who mentor each other. M5, M9.',
    permission: 'read',
    params: z.strictObject({ id: z.string().min(1).max(200) }),
    query,
    answers: { 200: { description: 'The figures of the days asked for.', schema: shown } },
    async handle(call) {
      const { env } = call;
      const { id } = call.params;
      const agent = await readAgent(env, id);
      if (agent === null) return fail({ kind: 'not-found', what: 'agent', id });
      const { timeZone } = await readOrganisation(env.DB);
      const days = daysOf(call.query, localDay(call.now, timeZone));
      if (!days.ok) return days;
      const body = await mentoringOf(env, agent.name, days.value);
      return ok({ status: 200, body: { agentId: agent.content.agentId, ...body } });
    },
  });

function daysOf(asked: z.output<typeof query>, today: string): Result<Days> {
  const last = asked.to ?? today;
  const end = parseDay(last) ?? 0;
  const first = asked.from ?? civilDay(end - DEFAULT_DAYS);
  const length = end - (parseDay(first) ?? 0) + 1;
  if (length >= 1 && length <= MAX_DAYS) return ok({ first, last });
  const detail = `from one day to ${MAX_DAYS} days`;
  return fail(invalidField('query:/from', 'out_of_range', detail));
}

async function mentoringOf(env: PointsEnv, agentKey: string, days: Days) {
  const [read, programmes] = await Promise.all([
    readMentored(env.DB, [agentKey], days, MAX_SESSIONS + 1),
    readAllVersions<Programme>(env.DB, PROGRAMME_KIND),
  ]);
  const own = read.slice(0, MAX_SESSIONS);
  const all = [...new Set(own.map(({ menteeKey }) => menteeKey))].filter((key) => key !== agentKey);
  const mentees = all.slice(0, MAX_PARTNERS);
  const theirs = await readSomeMentored(env.DB, mentees, days, sessionsOfEach(mentees.length));
  const pairs = reciprocalPairs(
    own,
    theirs.mentored.filter(({ menteeKey }) => menteeKey === agentKey),
  );
  const ids = await readAgentIds(
    env.DB,
    pairs.map(({ partner }) => partner),
  );
  return {
    from: days.first,
    to: days.last,
    truncated: read.length > MAX_SESSIONS,
    ...figuresOf(own, programmes),
    overlaps: await showOverlaps(env.DB, overlapsOf(own)),
    reciprocal: pairs.map(({ partner, ...counts }) => ({
      agentId: ids.get(partner) ?? null,
      ...counts,
    })),
    reciprocalTruncated: theirs.cut || all.length > mentees.length,
  };
}

/** Overlaps by the ids that senders use; these stand in the events alone. */
async function showOverlaps(db: D1Database, overlaps: readonly Overlap[]) {
  const completions = overlaps.flatMap(({ sessions }) => sessions.map(completionOf));
  const events = await readEvents(db, [...new Set(completions)]);
  const ids = new Map(
    events.map(({ id, kept }) => [id, String(kept?.event.data.coachingSessionId ?? '') || null]),
  );
  return overlaps.map(({ sessions, from, until }) => ({
    coachingSessionIds: sessions.map((one) => ids.get(completionOf(one)) ?? null),
    from: printInstant(from),
    until: printInstant(until),
    seconds: Math.floor((until - from) / 1000),
  }));
}

const completionOf = ({ decision }: Mentored): string => decision.frozen?.completion ?? '';
