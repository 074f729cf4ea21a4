/** What waits for a person is listed by age, open ones first. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/kernel/instant';
import { commit } from '../../src/ledger/client';
import { reviewsHealth } from '../../src/reviews/jobs';
import { reviewRows } from '../../src/reviews/review';
import { ask, decide, type HeardSaid, type Office, openOffice } from './office';

let office: Office;
const ids: string[] = [];

const open = async (cause: string, openedAt: number, kind = 'ADJUSTMENT'): Promise<string> => {
  const rows = reviewRows(
    {
      kind,
      cause,
      subject: 'agent:aaaaaaaaaaaaaaaa',
      openedAt,
      person: null,
      actor: 'goals',
      reason: null,
      salt: 'salt',
      evidence: { cause },
      parties: [],
      outcomes: { APPROVED: { rows: [] }, REJECTED: { rows: [] } },
    },
    env.SECRETS_KEY,
  );
  await commit(env, { rows }, openedAt);
  return rows[0]?.id ?? '';
};

beforeAll(async () => {
  office = await openOffice();
  const now = Date.now();
  for (let day = 10; day > 0; day -= 1) ids.push(await open(`r${day}`, now - day * DAY_MS));
  ids.push(await open('other', now, 'GOAL'));
  for (const id of [ids[2], ids[5]]) await decide(office.approver, id ?? '', 'REJECT');
});

const list = (query: string): Promise<HeardSaid> =>
  ask('GET', `/v1/reviews${query}`, { key: office.viewer });
const idsOf = ({ body }: HeardSaid): string[] => body.items.map((item) => item.id);

describe('the list of reviews', () => {
  test('shows open ones oldest first, then decided ones newest first', async () => {
    const answer = await list('');
    const openIds = ids.filter((_, index) => index !== 2 && index !== 5);
    expect(idsOf(answer)).toEqual([...openIds, ids[5], ids[2]]);
  });

  test('gives the same in pages of every size', async () => {
    const whole = idsOf(await list(''));
    for (const limit of [1, 3, 9, 10, 11]) {
      const pages: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: HeardSaid = await list(
          `?limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        pages.push(...idsOf(page));
        cursor = page.body.nextCursor;
      }
      expect(pages).toEqual(whole);
    }
  });

  test('filters by kind and state', async () => {
    expect(idsOf(await list('?kind=GOAL'))).toEqual([ids[10]]);
    expect(idsOf(await list('?state=DECIDED'))).toEqual([ids[5], ids[2]]);
    expect(idsOf(await list('?state=OPEN&limit=200'))).toHaveLength(9);
    expect(idsOf(await list('?kind=NONE'))).toEqual([]);
  });

  test('says how long each has waited and which is overdue', async () => {
    const { body } = await list('?kind=ADJUSTMENT&state=OPEN');
    const [oldest] = body.items;
    const youngest = body.items.at(-1);
    expect(oldest).toMatchObject({ overdue: true, state: 'OPEN', openedBy: 'goals' });
    expect(oldest?.ageSeconds).toBeGreaterThanOrEqual(10 * 86_400);
    expect(youngest).toMatchObject({ overdue: false });
  });

  test('is in health, late while one is overdue', async () => {
    const look = (overdueAfterDays: number) =>
      reviewsHealth(
        ['ADJUSTMENT', 'GOAL'].map((kind) => ({ kind, permission: 'approve', overdueAfterDays })),
      ).check(env, Date.now());
    const late = await look(7);
    expect(late).toMatchObject({ status: 'late', detail: { open: 9, overdue: 3 } });
    expect(late.detail.oldestSeconds).toBeGreaterThanOrEqual(10 * 86_400);
    expect(await look(11)).toMatchObject({ status: 'ok', detail: { open: 9, overdue: 0 } });
    const { checks } = (await ask('GET', '/v1/health')).body as unknown as {
      readonly checks: readonly { readonly name: string }[];
    };
    const heard = new Map(checks.map((check) => [check.name, check]));
    expect(heard.get('reviews')).toMatchObject({ status: 'late', detail: { open: 9, overdue: 3 } });
    expect(heard.get('quarantine')).toMatchObject({ status: 'ok', detail: { open: 0 } });
    const metrics = await ask('GET', '/v1/metrics', { key: office.viewer });
    expect(metrics.text).toContain('guerdon_finding{check="reviews",name="overdue"} 3');
  });

  test('refuses cursors of other lists', async () => {
    const foreign = Buffer.from('OPEN x y').toString('base64url');
    expect((await list(`?cursor=${foreign}`)).status).toBe(422);
  });

  test('is a new review once, however often the same cause opens it', async () => {
    const before = idsOf(await list('?limit=200')).length;
    const at = Date.UTC(2026, 0, 1);
    expect(await open('same', at)).toBe(await open('same', at));
    expect(idsOf(await list('?limit=200')).length).toBe(before + 1);
  });
});
