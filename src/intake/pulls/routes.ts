/**
 * `POST /v1/sources/{id}/pull` asks a platform for what should have come; `GET
 * /v1/sources/{id}/gaps` says what it named, what had arrived and what was fetched. Refuses sources
 * that name no destination to pull from, kinds they do not pull, and more than a hundred days.
 */
import * as z from 'zod';
import { readOrganisation } from '../../access/store';
import { pageFields, pageFrom, pageOf } from '../../http/paging';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { isDay, printInstant } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';
import { fail, ok } from '../../kernel/result';
import { localDay } from '../../kernel/zone';
import { submit } from '../../ledger/client';
import { sourceParams } from '../sources/routes';
import { readSource } from '../sources/store';
import { callPulls, type PullsEnv, requestPulls } from './client';
import { type Look, lookAt } from './look';
import { latelyOf, MAX_PULL_DAYS, PULL_KINDS } from './pull';
import type { PullRun } from './run';
import { type ListedGap, readGaps } from './store';

const day = z.string().refine(isDay, 'a day that exists, YYYY-MM-DD');

const body = z
  .strictObject({
    kinds: z.array(z.enum(PULL_KINDS)).min(1).max(PULL_KINDS.length).optional().meta({
      description: 'All that the source pulls where none is named.',
    }),
    firstDay: day.optional().meta({ description: 'With `lastDay`; else what came lately.' }),
    lastDay: day.optional(),
  })
  .superRefine(({ firstDay, lastDay }, context) => {
    const say = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((firstDay === undefined) !== (lastDay === undefined)) {
      return say(firstDay === undefined ? 'firstDay' : 'lastDay', 'both days or none');
    }
    if (firstDay === undefined || lastDay === undefined) return;
    if (!isDay(firstDay) || !isDay(lastDay)) return;
    const days = dayNumber(lastDay) - dayNumber(firstDay) + 1;
    if (days < 1) say('lastDay', 'not before `firstDay`');
    if (days > MAX_PULL_DAYS) say('lastDay', `at most ${MAX_PULL_DAYS} days`);
  });

const runShown = z.object({
  id: z.string(),
  kind: z.enum(PULL_KINDS),
  firstDay: z.string(),
  lastDay: z.string(),
  asOf: z.string(),
  pages: z.int(),
});

const shownRun = ({ id, kind, firstDay, lastDay, asOf, counts }: PullRun) => ({
  id,
  kind,
  firstDay,
  lastDay,
  asOf: printInstant(asOf),
  pages: counts.pages,
});

const pullSource = <E extends PullsEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/sources/{id}/pull',
    tag: 'Intake',
    summary: 'Ask the platform for what should have come',
    description:
      'Goes on in the background, page by page, and resumes where it was; cron does the same every ' +
      'hour. What never came is taken as if it had been sent. A pull of the same kind and days that ' +
      'waits stands for both. P1, I7.',
    permission: 'admin',
    params: sourceParams,
    body,
    examples: { request: { kinds: ['results'], firstDay: '2023-10-01', lastDay: '2023-10-31' } },
    answers: {
      202: { description: 'All that waits.', schema: z.object({ runs: z.array(runShown) }) },
    },
    async handle(call) {
      const { env, params, now } = call;
      const source = await readSource(env.DB, params.id);
      if (source === null) return fail({ kind: 'not-found', what: 'source', id: params.id });
      const pull = source.content.pull ?? null;
      if (pull === null || !source.content.enabled) {
        const detail = 'the source names no destination to pull from, or is not enabled';
        return fail({ kind: 'conflict', detail });
      }
      const { firstDay, lastDay, kinds = pull.kinds } = call.body;
      const other = kinds.findIndex((kind) => !pull.kinds.includes(kind));
      if (other >= 0) {
        return fail(invalidField(`#/kinds/${other}`, 'custom', 'the source does not pull this'));
      }
      const today = localDay(now, (await readOrganisation(env.DB)).timeZone);
      const wishes = kinds.map((kind) =>
        firstDay === undefined || lastDay === undefined
          ? latelyOf(kind, today)
          : { kind, firstDay, lastDay },
      );
      const runs = await requestPulls(env, params.id, wishes, { asOf: now, now });
      return submit(call, {
        rows: [],
        audit: {
          action: 'PULL_REQUESTED',
          subject: `config:source/${params.id}`,
          detail: { wishes },
        },
        answer: { status: 202, body: { runs: runs.map(shownRun) } },
      });
    },
  });

const gapShown = z.object({
  kind: z.enum(PULL_KINDS),
  firstDay: z.string(),
  lastDay: z.string(),
  asOf: z.string().meta({ description: 'Of the last pull that found other numbers.' }),
  lookedAt: z.string().meta({
    description: 'Of the last pull that ended, whether it found other numbers or the same.',
  }),
  apiCount: z.int().meta({ description: 'Things the platform named.' }),
  seen: z.int().meta({ description: 'Of these, what had arrived.' }),
  fetched: z.int().meta({ description: 'What never came and was fetched.' }),
  fetchedInAll: z.int().meta({ description: 'By all pulls of these days.' }),
  refused: z.int().meta({ description: 'What cannot be used; it is in quarantine.' }),
  pages: z.int(),
  remarks: z.array(z.string()).meta({
    description: 'Pages that SHRANK or REPEATED, what was REFUSED, UNREADABLE or CANNOT_ASK.',
  }),
});

const shownGap = (gap: ListedGap, looks: readonly Look[]): z.output<typeof gapShown> => ({
  kind: gap.kind,
  firstDay: gap.firstDay,
  lastDay: gap.lastDay,
  asOf: printInstant(gap.asOf),
  lookedAt: printInstant(Math.max(gap.asOf, lookAt(looks, gap)?.asOf ?? 0)),
  apiCount: gap.apiCount,
  seen: gap.seen,
  fetched: gap.fetched,
  fetchedInAll: gap.fetchedInAll,
  refused: gap.refused,
  pages: gap.pages,
  remarks: [...gap.remarks],
});

const listGaps = <E extends PullsEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/sources/{id}/gaps',
    tag: 'Intake',
    summary: 'Say what a platform named against what had arrived, by kind and days',
    description: 'Actuals are counted by bucket, results and coachings one by one. I7.',
    permission: 'read',
    params: sourceParams,
    query: z.strictObject(pageFields),
    answers: {
      200: {
        description: 'A page, and what is under way.',
        schema: pageOf(gapShown).extend({ underWay: z.array(runShown) }),
      },
    },
    async handle({ env, params: { id }, query: { limit, cursor } }) {
      const source = await readSource(env.DB, id);
      if (source === null) return fail({ kind: 'not-found', what: 'source', id });
      const found = await readGaps(env.DB, id, cursor ?? '', limit + 1);
      const page = pageFrom(found, limit, ({ position }) => position);
      const runs = await callPulls(env, id, (pulls) => pulls.status());
      const looks = await callPulls(env, id, (pulls) => pulls.looks());
      const items = page.items.map((gap) => shownGap(gap, looks));
      return ok({ status: 200, body: { ...page, items, underWay: runs.map(shownRun) } });
    },
  });

export const pullRoutes = <E extends PullsEnv>(): Route<E>[] => [pullSource(), listGaps()];
