/** What a pull judges missing of what a platform names, and what had arrived; all of it pure. */
import { describe, expect, it } from 'vitest';
import type { IntakeEvent, JsonObject } from '../../src/events/event';
import { judgeActuals, judgeCoaching, judgeResult } from '../../src/intake/pulls/judge';
import { eventRowIdOf } from '../../src/kernel/ids';

const AS_OF = Date.UTC(2023, 10, 1, 3);

describe('what had arrived', () => {
  const event = (data: JsonObject, eventId = 'e'): IntakeEvent => ({
    source: 's',
    platform: 'genesys-cloud',
    namespace: 'default',
    eventId,
    type: 'performance.result.updated',
    occurredAt: null,
    data,
  });
  const said = (total: number, more: JsonObject = {}): JsonObject => ({
    id: 'r',
    result_status: 'completed',
    scorecard_version_id: 'v1',
    score: { total },
    ...more,
  });
  const known = {
    status: 'COMPLETED',
    score: '90/1',
    scorecardVersion: 'v1',
    revisedAt: 50,
    isTaken: false,
  };
  const judge = (body: JsonObject, there: typeof known | null, told = false) =>
    judgeResult(body, event(body), there, told, AS_OF);

  it('is a result whose latest revision says the same', () => {
    expect(judge(said(90), known)).toEqual({ units: 1, seen: 1, missing: null });
    expect(judge(said(90), null).missing?.body).toEqual(said(90));
    expect(judge(said(90), null, true).missing).toBeNull();
  });

  it('is no result with another score: an undated one is stamped with the pull', () => {
    expect(judge(said(80), known).missing?.body).toEqual({
      ...said(80),
      pulled_at: '2023-11-01T03:00:00.000Z',
    });
    expect(judge(said(90, { result_status: 'PUBLISHED' }), known).missing).not.toBeNull();
    expect(judge(said(90, { scorecard_version_id: 'v2' }), known).missing).not.toBeNull();
  });

  it('is an older dated revision; a newer one is missing as it is', () => {
    const dated = (date: string) => said(80, { modified_date: date });
    expect(judge(dated('1970-01-02T00:00:00Z'), { ...known, revisedAt: 1e12 }).missing).toBeNull();
    expect(judge(dated('2023-10-20T00:00:00Z'), known).missing?.body).toEqual(
      dated('2023-10-20T00:00:00Z'),
    );
  });

  it('is no result that was given to another agent and comes back as it was, later', () => {
    const taken = { ...known, isTaken: true };
    const back = said(90, { modified_date: '2023-10-20T00:00:00Z' });
    expect(judge(back, taken).missing?.body).toEqual(back);
    expect(judge(back, taken, true).missing).toBeNull();
    for (const old of [said(90), said(90, { modified_date: '1970-01-01T00:00:00Z' })]) {
      expect(judge(old, taken)).toEqual({ units: 1, seen: 1, missing: null });
    }
  });

  it('is a bucket by itself: only those that lack are taken', () => {
    const bucket = (day: number, talk: number): JsonObject => ({
      bucket_start: `2023-10-0${day}T00:00:00Z`,
      bucket_end: `2023-10-0${day}T23:59:59Z`,
      status_codes: [{ status_code_id: 'Talk', duration: talk }],
    });
    const body = { user_id: 'a', actuals: [bucket(1, 10), bucket(2, 20), bucket(3, 30)] };
    const there = (day: number, talk: number) => {
      const start = Date.UTC(2023, 9, day);
      return [start, { start, end: start + 86_400_000, codes: { talk: talk * 1000 } }] as const;
    };
    const fresh = judgeActuals(body, event(body), new Map([there(1, 10)]), AS_OF);
    expect(fresh).toMatchObject({ units: 3, seen: 1, missing: { units: 2 } });
    expect(fresh.missing?.body).toMatchObject({ pulled_at: '2023-11-01T03:00:00.000Z' });
    const none = judgeActuals(body, event(body), new Map(), AS_OF);
    expect(none.missing?.body).toEqual(body);
    const all = new Map([there(1, 10), there(2, 20), there(3, 30)]);
    expect(judgeActuals(body, event(body), all, AS_OF)).toEqual({
      units: 3,
      seen: 3,
      missing: null,
    });
  });

  it('is a coaching told whole, or in both halves, and not in one', () => {
    const body = { mentorId: 'm', menteeId: 'n' };
    const whole = event(body, 'coaching:1:Completed');
    const id = (end: string) => eventRowIdOf('s', `coaching:1:Completed${end}`);
    const judged = (...ends: string[]) => judgeCoaching(body, whole, new Set(ends.map(id))).seen;
    expect(judged('')).toBe(1);
    expect(judged(':mentor:m', ':mentee:n')).toBe(1);
    expect(judged(':mentor:m')).toBe(0);
    expect(judged()).toBe(0);
  });
});
