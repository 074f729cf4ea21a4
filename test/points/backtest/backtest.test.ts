/** A back-test says what really happens when its draft goes live on the same events. */
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test } from 'vitest';
import { sessionKeyOf } from '../../../src/kernel/ids';
import { civilDay } from '../../../src/kernel/instant';
import { commit } from '../../../src/ledger/client';
import { readAllVersions } from '../../../src/ledger/store';
import type { Stored } from '../../../src/points/backtest/backtest';
import { readCompeting, readStored } from '../../../src/points/backtest/store';
import { nudgeSessions } from '../../../src/points/guards/client';
import { listingRows } from '../../../src/points/mentoring/listing';
import { PROGRAMME_KIND, type Programme } from '../../../src/points/programmes/programme';
import { readRules } from '../../../src/points/rules/store';
import { DAY, HOUR, MINUTE, NOON, Stage } from '../../conformance/stage';
import { type Books, netsBySession } from '../../simulation/books';
import { AWARD_RULE, REVOKE_RULE } from '../../simulation/rules';
import { countingDb } from '../../worker/counting';
import { removeBoard } from '../../worker/io';

afterEach(removeBoard);

const FROM = new Date(NOON + 3 * HOUR).toISOString();
const COUNT = 12;
const ids = Array.from({ length: COUNT }, (_, index) => `s${index}`);

interface Item {
  readonly coachingSessionId: string;
  readonly agentId: string;
  readonly pointCategory: string;
  readonly before: string;
  readonly after: string;
}

interface Page {
  readonly sessions: number;
  readonly gained: number;
  readonly lost: number;
  readonly changed: number;
  readonly points: readonly { readonly change: string }[];
  readonly agents: readonly { readonly agentId: string; readonly change: string }[];
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** Twelve coaching sessions, an hour apart, of all kinds; one mentor and one mentee. */
async function played(caps: object = {}): Promise<{ stage: Stage; rule: string }> {
  const stage = await Stage.open([]);
  const rule = await stage.world.addRule(AWARD_RULE);
  await stage.world.addRule(REVOKE_RULE);
  await stage.world.must('PUT', '/v1/programs/Mentorship', { caps });
  for (const [index, id] of ids.entries()) {
    const change = [15, 5, 0][index % 3] ?? 0;
    await stage.completed({
      eventId: `completed-${id}`,
      coachingSessionId: id,
      occurredAt: new Date(NOON + index * HOUR).toISOString(),
      sessionDurationSeconds: index % 4 === 0 ? 600 : 1800,
      qaCalibrationScore: 78 + index,
      mentee: { scoreBefore: 70, scoreAfter: 70 + change },
    });
    if (index % 5 === 3) await stage.pass(2 * MINUTE);
    if (index % 6 === 5) {
      await stage.scored(78 + index, 75, {
        eventId: `score-${id}`,
        coachingSessionId: id,
        occurredAt: new Date(NOON + index * HOUR + MINUTE).toISOString(),
      });
    }
  }
  await stage.pass(13 * HOUR);
  return { stage, rule };
}

const backtest = async (stage: Stage, rule: string, body: object): Promise<Page> =>
  (await stage.world.must('POST', `/v1/rules/${rule}/backtest`, body)) as Page;

async function allPages(stage: Stage, rule: string, body: object): Promise<Page[]> {
  const pages: Page[] = [];
  for (let cursor: string | null = null; pages.length < 50; ) {
    const page: Page = await backtest(stage, rule, { ...body, cursor });
    pages.push(page);
    cursor = page.nextCursor;
    if (cursor === null) return pages;
  }
  throw new Error('the pages do not end');
}

const net = (books: Books, id: string): number =>
  Number(netsBySession(books).get(sessionKeyOf('default', id))?.get('Mentorship mentor-1') ?? 0n) /
  10_000;

const withCondition = (field: string, value: number) =>
  AWARD_RULE.conditions.map((one) => (one.field === field ? { ...one, value } : one));
const [award] = AWARD_RULE.actions;

const DRAFTS: readonly (readonly [string, object, object])[] = [
  ['a higher threshold', { conditions: withCondition('qaCalibrationScore', 84) }, {}],
  ['a lower duration', { conditions: withCondition('sessionDurationSeconds', 300) }, {}],
  ['other points', { actions: [{ ...award, points: 62.5 }] }, {}],
  ['a switched off rule', { enabled: false }, {}],
  [
    'a lower duration under caps',
    { conditions: withCondition('sessionDurationSeconds', 300) },
    { perMentor: { count: 4, period: 'DAY' } },
  ],
  [
    'a higher threshold under caps of points',
    { conditions: withCondition('qaCalibrationScore', 84) },
    { perPair: { count: 5, period: 'WEEK' }, points: { amount: '200', period: 'MONTH' } },
  ],
];

describe('a back-test', () => {
  test.each(DRAFTS)('of %s equals what happens when it goes live', async (_, change, caps) => {
    const { stage, rule } = await played(caps);
    const draft = { ...AWARD_RULE, ...change };
    const before = await stage.books();
    const pages = await allPages(stage, rule, { from: FROM, draft, limit: 3 });
    expect((await stage.books()).seals).toHaveLength(before.seals.length);
    expect(pages.length).toBeGreaterThan(1);
    const foretold = new Map(
      pages
        .flatMap(({ items }) => items)
        .map((item) => [item.coachingSessionId, [Number(item.before), Number(item.after)]]),
    );

    const body = { ...draft, effectiveFrom: FROM };
    await stage.world.must('PUT', `/v1/rules/${rule}`, body);
    const keys = ids.map((id) => sessionKeyOf('default', id));
    await nudgeSessions(env, keys, stage.world.now);
    await stage.pass(5 * MINUTE);
    const after = await stage.books();
    const happened = new Map(
      ids
        .map((id): [string, number[]] => [id, [net(before, id), net(after, id)]])
        .filter(([, [old, now]]) => old !== now),
    );
    expect(happened.size).toBeGreaterThan(0);
    expect([...foretold].sort()).toEqual([...happened].sort());
  });

  test('tells awards gained and lost, points and agents, in one page or in many', async () => {
    const { stage, rule } = await played();
    const draft = { ...AWARD_RULE, conditions: withCondition('sessionDurationSeconds', 1900) };
    const whole = await backtest(stage, rule, { from: '2032-05-03', draft });
    expect(whole).toMatchObject({ sessions: COUNT, gained: 0, nextCursor: null });
    expect(whole.lost).toBe(whole.items.length);
    expect(whole.agents).toEqual([
      { agentId: 'mentor-1', pointCategory: 'Mentorship', change: whole.points[0]?.change },
    ]);
    const pages = await allPages(stage, rule, { from: '2032-05-03', draft, limit: 2 });
    const sum = (of: (page: Page) => number): number =>
      pages.reduce((total, page) => total + of(page), 0);
    expect(sum(({ sessions }) => sessions)).toBe(COUNT);
    expect(sum(({ lost }) => lost)).toBe(whole.lost);
    expect(pages.flatMap(({ items }) => items)).toHaveLength(whole.items.length);
  });

  test('of a rule as it stands changes nothing', async () => {
    const { stage, rule } = await played();
    const page = await backtest(stage, rule, { from: FROM });
    expect(page).toMatchObject({ sessions: COUNT - 3, items: [], points: [], agents: [] });
  });

  test('under caps puts as many queries for several mentors as for one', async () => {
    const stage = await Stage.open();
    const caps = { perMentor: { count: 1, period: 'DAY' } };
    await stage.world.must('PUT', '/v1/programs/Mentorship', { caps });
    for (const mentorId of ['mentor-1', 'mentee-of-billing']) {
      const coachingSessionId = `of-${mentorId}`;
      await stage.completed({ eventId: coachingSessionId, coachingSessionId, mentorId });
    }
    await stage.pass(2 * MINUTE);
    const programmes = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
    const settings = { rules: await readRules(env.DB), programmes };
    const asked = async (page: readonly Stored[]) => {
      const { db, queries } = countingDb();
      const claims = await readCompeting(db, page, settings, stage.world.now);
      return { mentors: claims.map(({ mentorKey }) => mentorKey), queries: queries() };
    };
    const { stored } = await readStored(env.DB, 0, { from: 0, to: NOON + HOUR, count: 500 });
    const [alone, both] = [await asked(stored.slice(0, 1)), await asked(stored)];
    expect([alone.mentors.length, new Set(both.mentors).size]).toEqual([1, 2]);
    expect(both.queries).toBe(alone.queries);
  });

  test('under caps sees a mentor’s early competitors, however late another mentor coached', async () => {
    const stage = await Stage.open();
    const caps = { perMentor: { count: 1, period: 'DAY' } };
    await stage.world.must('PUT', '/v1/programs/Mentorship', { caps });
    const late = { mentorId: 'mentee-of-billing' };
    for (const [id, at, fields] of [
      ['first', NOON, {}],
      ['second', NOON + HOUR, {}],
      ['other', NOON + 2 * DAY, late],
    ] as const) {
      const occurredAt = new Date(at).toISOString();
      await stage.completed({ eventId: id, coachingSessionId: id, occurredAt, ...fields });
    }
    await stage.pass(2 * DAY + HOUR);
    await stage.machine.cron('7 * * * *');
    const mentorKey = await stage.keyOf('mentor-1');
    const decision = { postings: [] };
    const between = Array.from({ length: 1020 }, (_, at) => {
      const session = `between${at}`;
      return { session, mentorKey, day: civilDay(Math.floor(NOON / DAY) + 1), decision } as never;
    });
    await commit(env, { rows: listingRows(between) }, stage.world.now);
    const programmes = await readAllVersions<Programme>(env.DB, PROGRAMME_KIND);
    const settings = { rules: await readRules(env.DB), programmes };
    const stretch = { from: 0, to: NOON + 3 * DAY, count: 500 };
    const { stored } = await readStored(env.DB, 0, stretch);
    const first = sessionKeyOf('default', 'first');
    const page = stored.filter(({ session }) => session !== first);
    const claims = await readCompeting(env.DB, page, settings, stage.world.now);
    expect(page).toHaveLength(2);
    expect(claims.map(({ session }) => session)).toContain(first);
  });

  test('looks at the stretch that was asked for', async () => {
    const { stage, rule } = await played();
    const to = new Date(NOON + 5 * HOUR).toISOString();
    expect(await backtest(stage, rule, { from: FROM, to })).toMatchObject({ sessions: 2 });
  });

  test('is refused for what could not be written', async () => {
    const stage = await Stage.open([]);
    const rule = await stage.world.addRule(AWARD_RULE);
    await stage.world.addRule(REVOKE_RULE);
    const ask = (id: string, body: object) =>
      stage.world.operator('POST', `/v1/rules/${id}/backtest`, body);
    expect((await ask('nobody', { from: FROM })).status).toBe(404);
    const draft = { ...AWARD_RULE, evaluationOrder: 30 };
    const late = await ask(rule, { from: '2024-01-01', draft });
    expect([late.status, late.body]).toMatchObject([
      422,
      { errors: [{ pointer: '#/draft/evaluationOrder' }] },
    ]);
    for (const body of [
      { from: 'yesterday' },
      { from: '2024-02-01', to: '2024-01-01' },
      { from: '2024-02-01', cursor: 'x' },
      { from: '2024-02-01', limit: 501 },
    ]) {
      expect((await ask(rule, body)).status).toBe(422);
    }
  });
});
