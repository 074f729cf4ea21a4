/**
 * Routes of reviews: list, evidence, decide. Two persons act on one thing: who caused a review and
 * who gains by it does not decide it, whatever key they come with. A decision, its audit entry and
 * what it writes are one change set. Refuses to decide twice in two ways, and to approve content
 * the caller has not seen.
 */
import * as z from 'zod';
import { recordRefusal } from '../access/client';
import { readAgentIds } from '../agents/store';
import { plainText } from '../http/fields';
import { encodeCursor, pageFields, pageOf } from '../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../http/route';
import { invalidField } from '../kernel/failure';
import { fail, ok, type Result } from '../kernel/result';
import { type LedgerEnv, submit } from '../ledger/client';
import { randomHex } from '../runtime/chance';
import { type PartyEnv, readsAsParty } from './party/store';
import {
  DECISIONS,
  decidingSet,
  type HandledKind,
  type Outcome,
  outcomeOf,
  personHash,
  reviewSubject,
  type StoredReview,
} from './review';
import { type ListPlace, readReview, readReviewPage, readReviews } from './store';
import {
  keysOfReview,
  reviewItem,
  reviewWhole,
  shownInFull,
  shownOutcome,
  shownReview,
  unregistered,
} from './view';

export interface ReviewsEnv extends LedgerEnv, PartyEnv {}

const params = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/) });

type Kinds<E> = readonly HandledKind<E>[];

const kindOf = <E>(kinds: Kinds<E>, name: string): HandledKind<E> =>
  kinds.find(({ kind }) => kind === name) ?? unregistered(name);

const listReviews = <E extends ReviewsEnv>(kinds: Kinds<E>): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/reviews',
    tag: 'Reviews',
    summary: 'List what waits for a person, open ones first',
    description: 'Open ones by age, the oldest first; then decided ones, the newest first.',
    permission: 'read',
    query: z.strictObject({
      ...pageFields,
      kind: z
        .string()
        .regex(/^[A-Z_]{1,40}$/)
        .optional(),
      state: z
        .enum(['OPEN', 'DECIDED', 'ALL'])
        .default('ALL')
        .meta({ description: '`DECIDED`: in the state `APPROVED` or `REJECTED`.' }),
    }),
    answers: { 200: { description: 'A page of reviews.', schema: pageOf(reviewItem) } },
    async handle({ env, now, query: { kind = null, state, limit, cursor = null } }) {
      const after = cursor === null ? null : readPlace(cursor);
      if (cursor !== null && after === null) {
        return fail(invalidField('query:/cursor', 'custom', 'not a cursor of this list'));
      }
      const { places, next } = await readReviewPage(env.DB, { kind, state, after, limit });
      const reviews = await readReviews(
        env.DB,
        places.map(({ id }) => id),
      );
      const names = await readAgentIds(env.DB, reviews.flatMap(keysOfReview));
      const items = reviews.map((one) => shownReview(one, kindOf(kinds, one.kind), names, now));
      const nextCursor = next === null ? null : encodeCursor(writePlace(next));
      return ok({ status: 200, body: { items, nextCursor } });
    },
  });

const writePlace = ({ half, openedAt, id }: ListPlace): string => `${half} ${openedAt} ${id}`;

function readPlace(text: string): ListPlace | null {
  const [, half, openedAt, id] = /^(OPEN|DECIDED) ([0-9]{1,16}) ([0-9a-f]{32})$/.exec(text) ?? [];
  if (half === undefined || id === undefined) return null;
  return { half: half as ListPlace['half'], openedAt: Number(openedAt), id };
}

const getReview = <E extends ReviewsEnv>(kinds: Kinds<E>): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/reviews/{id}',
    tag: 'Reviews',
    summary: 'Read a review: its evidence and what each outcome would post',
    permission: 'read',
    params,
    answers: { 200: { description: 'The review.', schema: reviewWhole } },
    async handle({ env, now, params: { id } }) {
      const review = await readReview(env.DB, id);
      if (review === null) return fail({ kind: 'not-found', what: 'review', id });
      const names = await readAgentIds(env.DB, keysOfReview(review));
      const body = shownInFull(review, kindOf(kinds, review.kind), names, now);
      return ok({ status: 200, body });
    },
  });

const decisionBody = z.strictObject({
  decision: z
    .enum(DECISIONS)
    .meta({ description: '`APPROVE` leads to the state `APPROVED`, `REJECT` to `REJECTED`.' }),
  reason: plainText(1000),
  ifHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .meta({
      description:
        'The `hash` that the review showed when it was read; another is refused with 409.',
    }),
});

type DecisionCall<E> = ParsedCall<E, { id: string }, unknown, z.output<typeof decisionBody>>;

const decideReview = <E extends ReviewsEnv>(kinds: Kinds<E>): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/reviews/{id}/decision',
    tag: 'Reviews',
    summary: 'Approve or reject what another person caused',
    description:
      'Needs the permission the review names. Deciding the same way again answers the first ' +
      'decision, another way is 409.',
    permission: 'read',
    params,
    body: decisionBody,
    examples: { request: { decision: 'APPROVE', reason: 'checked against the roster' } },
    answers: { 200: { description: 'The decision that stands.', schema: reviewWhole } },
    async handle(call) {
      const { env, params: asked, body } = call;
      const review = await readReview(env.DB, asked.id);
      if (review === null) return fail({ kind: 'not-found', what: 'review', id: asked.id });
      const kind = kindOf(kinds, review.kind);
      const refusal = await refusalOf(call, kind, review);
      if (refusal !== null) return refused(call, refusal);
      if (body.ifHash !== undefined && body.ifHash !== review.hash) {
        return fail({ kind: 'conflict', detail: 'ifHash is not the hash of this review' });
      }
      const outcome = outcomeOf(body.decision);
      const stands = await standing(call, kind, review, outcome);
      if (stands !== null) return stands;
      const answer = await decide(call, kind, review, outcome);
      if (answer.ok && kind.decided !== undefined) {
        call.later(kind.decided(env, review.subject, call.now));
      }
      if (answer.ok || answer.failure.kind !== 'conflict') return answer;
      const now = await readReview(env.DB, asked.id);
      return (now === null ? null : await standing(call, kind, now, outcome)) ?? answer;
    },
  });

/** Why this person may not decide this review, or null. */
async function refusalOf<E extends ReviewsEnv>(
  { env, actor }: DecisionCall<E>,
  kind: HandledKind<E>,
  { opened, content }: StoredReview,
): Promise<string | null> {
  if (!actor.permissions.has(kind.permission)) {
    return `deciding this needs the permission ${kind.permission}`;
  }
  const own = personHash(env.SECRETS_KEY, actor.person);
  if (opened?.person === own || content?.causedBy?.includes(own) === true) {
    return 'who caused a review does not decide it; two acts need two persons';
  }
  const isParty = await readsAsParty(env, content?.parties ?? [], actor.person);
  return isParty ? 'who gains or loses by a review does not decide it' : null;
}

function refused<E extends ReviewsEnv>(call: DecisionCall<E>, detail: string): Result<Answer> {
  const { env, actor, requestId, now } = call;
  const about = { method: 'POST', path: '/v1/reviews/{id}/decision', requestId };
  const who = { keyId: actor.keyId, person: actor.person };
  const refusal = { ...about, ...who, action: 'ACCESS_REFUSED', reason: detail } as const;
  call.later(recordRefusal(env, refusal, now));
  return fail({ kind: 'forbidden', detail });
}

/** The answer of a review that is decided: the first one for the same way, 409 for another. */
async function standing<E extends ReviewsEnv>(
  { env, now }: DecisionCall<E>,
  kind: HandledKind<E>,
  review: StoredReview,
  outcome: Outcome,
): Promise<Result<Answer> | null> {
  if (review.decided === null) return null;
  if (review.decided.act !== outcome) {
    return fail({ kind: 'conflict', detail: `the review is decided: ${review.decided.act}` });
  }
  const names = await readAgentIds(env.DB, keysOfReview(review));
  return ok({ status: 200, body: shownInFull(review, kind, names, now) });
}

async function decide<E extends ReviewsEnv>(
  call: DecisionCall<E>,
  kind: HandledKind<E>,
  review: StoredReview,
  outcome: Outcome,
): Promise<Result<Answer>> {
  const { env, now, actor, body } = call;
  const { content } = review;
  if (content === null) return fail({ kind: 'conflict', detail: 'the review was erased' });
  const deciding = { outcome, person: actor.person, reason: body.reason, now, salt: randomHex(16) };
  const names = await readAgentIds(env.DB, keysOfReview(review));
  const act = {
    act: outcome,
    at: now,
    person: null,
    actor: actor.person,
    reason: body.reason,
  };
  const shown = shownInFull({ ...review, decided: act }, kind, names, now);
  return submit(call, {
    ...decidingSet(review, content, deciding, env.SECRETS_KEY),
    audit: {
      action: `REVIEW_${outcome}`,
      subject: reviewSubject(review.id),
      detail: {
        kind: review.kind,
        hash: review.hash,
        reason: body.reason,
        entries: shownOutcome(content.outcomes[outcome], names).postings.length,
      },
    },
    answer: { status: 200, body: shown },
  });
}

/** What waits for a person, of the kinds that compose registers. */
export const reviewRoutes = <E extends ReviewsEnv>(kinds: Kinds<E>): readonly Route<E>[] => [
  listReviews(kinds),
  getReview(kinds),
  decideReview(kinds),
];
