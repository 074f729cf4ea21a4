/**
 * What a period of a goal came to: `status` in the guide's shape, `contributions` member by member,
 * and `close`, which locks a period that has ended. Refuses periods of another cadence, with the
 * form they have, and periods that have not ended.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { readAgentIds } from '../../agents/store';
import { type Answer, type Call, parse, type Route, readJson, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { printInstant } from '../../kernel/instant';
import type { Cadence } from '../../kernel/period';
import { fail, ok, type Result } from '../../kernel/result';
import { readVersions } from '../../ledger/store';
import { closeGoalPeriod, type GoalsEnv, readGoalPeriod } from '../client';
import { GOAL_ID } from '../draft';
import { lifeOf } from '../evidence/life';
import { readDelivered } from '../evidence/store';
import { showLife } from '../evidence/view';
import { GOAL_KIND, type Goal, type GoalVersion, printScaled, type Snapshot } from '../goal';
import { type GoalPeriod, periodAt, periodOfLabel } from '../period';
import { readSteps } from '../settlement/store';
import { readLock } from '../store';
import type { Reading } from '../tracking/reading';
import { showMembers, shownContributions, shownStatus, showSide, showStatus } from '../view';

const params = z.strictObject({ id: z.string().regex(GOAL_ID, 'an id of a goal') });
const label = z
  .string()
  .max(20)
  .meta({
    description: '`2024-09`, `2024-Q3` or `2024-W37`; absent: the present period.',
    examples: ['2024-09'],
  });
const query = z.strictObject({ period: label.optional() });

const FORMS: Readonly<Record<Cadence, string>> = {
  WEEKLY: '2024-W37',
  MONTHLY: '2024-09',
  QUARTERLY: '2024-Q3',
};

interface Asked {
  readonly goal: GoalVersion;
  readonly period: GoalPeriod;
}

/** The goal and the period asked for; `otherwise` names one by the present period. */
export async function findPeriod(
  { env, now }: Pick<Call<GoalsEnv>, 'env' | 'now'>,
  id: string,
  wanted: string | undefined,
  otherwise: 'present' | 'last',
): Promise<Result<Asked>> {
  const [versions, calendar] = await Promise.all([
    readVersions<Goal>(env.DB, GOAL_KIND, id),
    readOrganisation(env.DB),
  ]);
  const goal = versions.at(-1);
  if (goal === undefined) return fail({ kind: 'not-found', what: 'goal', id });
  const cadence = goal.content.evaluationFrequency;
  if (wanted === undefined) {
    const present = periodAt(cadence, now, calendar);
    const isLast = otherwise === 'last' && present.from > 0;
    return ok({ goal, period: isLast ? periodAt(cadence, present.from - 1, calendar) : present });
  }
  const period = periodOfLabel(cadence, wanted, calendar);
  if (period !== null) return ok({ goal, period });
  const detail = `this goal is evaluated ${cadence.toLowerCase()}: its periods are named like ${FORMS[cadence]}`;
  return fail(invalidField('query:/period', 'period', detail));
}

interface Found {
  readonly snapshot: Snapshot | null;
  readonly reading: Reading | null;
}

/** The lock as the books have it, and what the goal has counted as of now. */
export async function lookAt(
  call: Pick<Call<GoalsEnv>, 'env' | 'now'>,
  { goal, period }: Asked,
): Promise<Found> {
  const reading = await readGoalPeriod(call.env, goal.name, period.label, call.now);
  const snapshot = await readLock(call.env.DB, goal.name, period.label);
  return { snapshot, reading };
}

export const goalStatus = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/goals/{id}/status',
    tag: 'Goals',
    summary: 'Say what a period of a goal came to',
    description:
      'Once the period is locked, its snapshot, whatever was corrected since; before, the value as of now with `snapshotLocked` false. G4, G5.',
    permission: 'read',
    params,
    query,
    answers: { 200: { description: 'The status, as the guide prints it.', schema: shownStatus } },
    examples: {
      response: {
        goalId: 'goal_uuid_q3',
        period: '2024-09',
        status: 'ACHIEVED',
        metricValue: 278.4,
        snapshotLocked: true,
        evaluatedAt: '2024-10-01T00:00:00Z',
      },
    },
    async handle(call) {
      const asked = await findPeriod(call, call.params.id, call.query.period, 'present');
      if (!asked.ok) return asked;
      const { snapshot, reading } = await lookAt(call, asked.value);
      const said = snapshot ?? reading?.restated;
      if (said === undefined) return nothing(asked.value);
      return ok({ status: 200, body: showStatus(said, snapshot !== null) });
    },
  });

/** Nothing is counted here and nothing was locked: a platform evaluates it, or the metric is gone. */
const nothing = ({ goal, period }: Asked): Result<never> =>
  fail({ kind: 'not-found', what: 'period of this goal', id: `${goal.name} ${period.label}` });

export const goalContributions = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/goals/{id}/contributions',
    tag: 'Goals',
    summary: 'Say who added what to a period of a goal',
    description:
      'Every member of the period with the value in the snapshot and as restated by corrections since. Under a ratio a contribution is the volume. G4, G12.',
    permission: 'read',
    params,
    query,
    answers: { 200: { description: 'Both sides.', schema: shownContributions } },
    async handle(call) {
      const asked = await findPeriod(call, call.params.id, call.query.period, 'present');
      if (!asked.ok) return asked;
      const { snapshot, reading } = await lookAt(call, asked.value);
      if (snapshot === null && reading === null) return nothing(asked.value);
      const sides = [snapshot?.members ?? [], reading?.restated.members ?? []] as const;
      const keys = sides.flat().map(({ agentKey }) => agentKey);
      const ids = await readAgentIds(call.env.DB, [...new Set(keys)]);
      const { goal, period } = asked.value;
      const volume = reading?.volume ?? null;
      const body = {
        goalId: goal.name,
        period: period.label,
        snapshotLocked: snapshot !== null,
        snapshot: snapshot === null ? null : showSide(snapshot),
        restated: reading === null ? null : showSide(reading.restated),
        volume: volume === null ? null : printScaled(volume),
        floorMet: reading?.floorMet ?? true,
        settlesAt: reading?.settleAt == null ? null : printInstant(reading.settleAt),
        members: showMembers(sides[0], sides[1], (key) => ids.get(key)),
        reward: await readLife(call.env.DB, asked.value, snapshot),
      };
      return ok({ status: 200, body });
    },
  });

/** Where the period's reward stands. */
async function readLife(db: D1Database, { goal, period }: Asked, snapshot: Snapshot | null) {
  const steps = await readSteps(db, goal.name, period.label);
  return showLife(lifeOf(snapshot, steps, await readDelivered(db, steps)), steps);
}

const closing = z.strictObject({ period: label.optional() });

/** The period in the address or in a body; neither needs to be there. */
function wantedPeriod(
  query: { readonly period?: string | undefined },
  bytes: Uint8Array,
): Result<string | undefined> {
  if (query.period !== undefined || bytes.length === 0) return ok(query.period);
  const json = readJson(bytes);
  if (!json.ok) return json;
  const body = parse(closing, json.value, 'body');
  return body.ok ? ok(body.value.period) : body;
}

export const closeGoal = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/goals/{id}/close',
    tag: 'Goals',
    summary: 'Lock a period that has ended',
    description:
      'Alarm and cron do it at the boundary; this does it now and answers with the snapshot. A period that is locked stays what it is. `?period=` or a body `{ "period": "2024-09" }`; absent: the last one that ended. G4, O1.',
    permission: 'draft',
    params,
    query,
    answers: {
      200: { description: 'The locked period.', schema: shownStatus },
      409: { description: 'The period has not ended.' },
    },
    async handle(call) {
      const wanted = wantedPeriod(call.query, call.bytes);
      if (!wanted.ok) return wanted;
      const asked = await findPeriod(call, call.params.id, wanted.value, 'last');
      if (!asked.ok) return asked;
      const isElsewhere = asked.value.goal.content.evaluatedBy === 'PLATFORM';
      return isElsewhere ? lockedElsewhere(call.env.DB, asked.value) : close(call, asked.value);
    },
  });

/** The platform locks it; here it can only be read. */
async function lockedElsewhere(db: D1Database, { goal, period }: Asked): Promise<Result<Answer>> {
  const locked = await readLock(db, goal.name, period.label);
  if (locked !== null) return ok({ status: 200, body: showStatus(locked, true) });
  const detail = 'a platform evaluates this goal and has not confirmed that the period is locked';
  return fail({ kind: 'conflict', detail });
}

async function close(
  call: Pick<Call<GoalsEnv>, 'env' | 'now'>,
  asked: Asked,
): Promise<Result<Answer>> {
  const { goal, period } = asked;
  const answer = await closeGoalPeriod(call.env, goal.name, period.label, call.now);
  switch (answer.verdict) {
    case 'locked':
      return ok({ status: 200, body: showStatus(answer.lock, true) });
    case 'open':
      return fail({
        kind: 'conflict',
        detail: `${period.label} ends at ${printInstant(period.until)} and cannot be locked before`,
      });
    case 'stuck':
    case 'unknown': {
      // The object lets a period go that nothing can change any more; the books keep its lock.
      const locked = await readLock(call.env.DB, goal.name, period.label);
      if (locked !== null) return ok({ status: 200, body: showStatus(locked, true) });
      if (answer.verdict === 'unknown') return nothing(asked);
      return fail({ kind: 'unavailable', detail: answer.reason, retryAfterSeconds: 5 });
    }
  }
}
