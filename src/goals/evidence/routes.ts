/**
 * `/v1/goals/{id}/evidence`: everything a period's reward rests on, as one file, and
 * `/v1/goals/{id}/keys`: the keys under which rewards are paid once, so that an HRIS can compare.
 * Refuses goals nobody wrote and periods of another cadence.
 */
import * as z from 'zod';
import { readAgentIds } from '../../agents/store';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { readLatest } from '../../ledger/store';
import { readReviews } from '../../reviews/store';
import type { GoalsEnv } from '../client';
import { GOAL_ID } from '../draft';
import { GOAL_KIND, type Goal } from '../goal';
import { findPeriod, lookAt } from '../periods/routes';
import type { Step } from '../settlement/step';
import { readOpenings, readSteps } from '../settlement/store';
import { showMembers, shownContributions, showSide } from '../view';
import { LIFE_STATES, type LifeState, lifeOf } from './life';
import { readDelivered, readPosted } from './store';
import { rewardShape, showReward } from './view';

const params = z.strictObject({ id: z.string().regex(GOAL_ID, 'an id of a goal') });

const shownEvidence = z
  .object({
    goalId: z.string(),
    period: z.string(),
    writtenAt: z.string(),
    goal: z.looseObject({}).meta({ description: 'The version that governs the period.' }),
    snapshot: shownContributions.shape.snapshot,
    restated: shownContributions.shape.restated,
    members: shownContributions.shape.members,
    reward: rewardShape,
  })
  .meta({ id: 'GoalEvidence' });

/** The reviews that the steps of a period opened. */
const reviewsOf = (steps: readonly Step[]): string[] =>
  steps.flatMap(({ content }) =>
    'reviewId' in content && content.reviewId !== null && /^[0-9a-f]{32}$/.test(content.reviewId)
      ? [content.reviewId]
      : [],
  );

export const goalEvidence = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/goals/{id}/evidence',
    tag: 'Goals',
    summary: 'Export what a period’s reward rests on, as one file',
    description:
      'Snapshot, restated figures, verdict, who decided, every entry with its seal, and the life line: open, locked, provisional, stabilising until, final. G8, G12.',
    permission: 'read',
    params,
    query: z.strictObject({ period: z.string().max(20) }),
    answers: { 200: { description: 'The file.', schema: shownEvidence } },
    async handle(call) {
      const { env, now, params: asked, query } = call;
      const found = await findPeriod(call, asked.id, query.period, 'present');
      if (!found.ok) return found;
      const { goal, period } = found.value;
      const [{ snapshot, reading }, steps] = await Promise.all([
        lookAt(call, found.value),
        readSteps(env.DB, goal.name, period.label),
      ]);
      const [delivered, entries, reviews] = await Promise.all([
        readDelivered(env.DB, steps),
        readPosted(env.DB, steps),
        readReviews(env.DB, [...new Set(reviewsOf(steps))]),
      ]);
      const sides = [snapshot?.members ?? [], reading?.restated.members ?? []] as const;
      const names = await readAgentIds(env.DB, keysOf(sides.flat(), steps));
      const life = lifeOf(snapshot, steps, delivered);
      const body = {
        goalId: goal.name,
        period: period.label,
        writtenAt: printInstant(now),
        goal: { version: goal.version, ...goal.content },
        snapshot: snapshot === null ? null : showSide(snapshot),
        restated: reading === null ? null : showSide(reading.restated),
        members: showMembers(sides[0], sides[1], (key) => names.get(key)),
        reward: showReward({ life, steps, delivered, entries, reviews, names }),
      };
      const disposition = `attachment; filename="${goal.name}-${period.label}-evidence.json"`;
      return ok({ status: 200, body, headers: { 'Content-Disposition': disposition } });
    },
  });

/** Every agent that the figures or the steps name. */
function keysOf(
  members: readonly { readonly agentKey: string }[],
  steps: readonly Step[],
): string[] {
  const named = steps.flatMap((step) => {
    if (step.name !== 'OPENED') return [];
    const { parts, exclusions } = (step as Step<'OPENED'>).content;
    return [...parts.map(([agentKey]) => agentKey), ...exclusions.map((one) => one.agentKey)];
  });
  return [...new Set([...members.map(({ agentKey }) => agentKey), ...named])];
}

/** A key that is COMPLETED does nothing any more; every other one is gone on with. */
const KEY_STATES = ['RUNNING', 'COMPLETED'] as const;

const shownKey = z
  .object({
    period: z.string(),
    status: z.string(),
    epoch: z.int(),
    key: z.string(),
    state: z.enum(KEY_STATES),
    life: z.enum(LIFE_STATES).meta({ description: 'Where the reward stands.' }),
    openedAt: z.string(),
  })
  .meta({ id: 'GoalKey' });

const COMPLETED: readonly LifeState[] = ['CONFIRMED', 'REVERSED', 'NOTHING'];

export const goalKeys = <E extends GoalsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/goals/{id}/keys',
    tag: 'Goals',
    summary: 'List the keys of a goal’s rewards',
    description:
      'SHA-256 in hex over goal id, period and status, each as its length in UTF-8 bytes, a colon and its bytes; from epoch 2 on the epoch is a fourth field. `npm run cli -- key` computes the same. G7, DEC-12.',
    permission: 'read',
    params,
    query: pageQuery,
    answers: { 200: { description: 'Keys by period and epoch.', schema: pageOf(shownKey) } },
    async handle({ env, params: { id }, query: { limit, cursor } }) {
      const goal = await readLatest<Goal>(env.DB, GOAL_KIND, id);
      if (goal === null) return fail({ kind: 'not-found', what: 'goal', id });
      const opened = await readOpenings(env.DB, id, cursor ?? '', limit + 1);
      const page = pageFrom(opened, limit, (step) => step.id);
      const periods = [...new Set(page.items.map(({ period }) => period))];
      const shown = (
        await Promise.all(periods.map((period) => readSteps(env.DB, id, period)))
      ).flat();
      const delivered = await readDelivered(env.DB, shown);
      const items = page.items.map(({ period, epoch, key, at }) => {
        const own = shown.filter((step) => step.period === period && step.epoch <= epoch);
        const { state } = lifeOf({ evaluatedAt: at }, own, delivered);
        return {
          period,
          status: 'ACHIEVED',
          epoch,
          key,
          state: COMPLETED.includes(state) ? ('COMPLETED' as const) : ('RUNNING' as const),
          life: state,
          openedAt: printInstant(at),
        };
      });
      return ok({ status: 200, body: { ...page, items } });
    },
  });
