import { describe, expect, it } from 'vitest';
import {
  detailsQuery,
  figureOf,
  readDetails,
  readStatus,
} from '../../../src/goals/platform/answer';
import { transitionOf } from '../../../src/goals/platform/change';

const asked = { goalId: 'goal_uuid_q3', period: '2024-09' };
const PRINTED = {
  ...asked,
  status: 'ACHIEVED',
  metricValue: 278.4,
  snapshotLocked: true,
  evaluatedAt: '2024-10-01T00:00:00Z',
};

describe('a platform’s status', () => {
  it('is read as the guide prints it', () => {
    expect(readStatus(PRINTED, asked)).toEqual({
      status: 'ACHIEVED',
      metricValue: 278_400_000n,
      snapshotLocked: true,
    });
  });

  it('is none where it is about something else, or says it in another way', () => {
    for (const answer of [
      { ...PRINTED, goalId: 'another' },
      { ...PRINTED, period: '2024-08' },
      { ...PRINTED, status: 'WON' },
      { ...PRINTED, snapshotLocked: 'true' },
      [PRINTED],
      'ACHIEVED',
      null,
    ]) {
      expect(readStatus(answer, asked)).toBeNull();
    }
  });
});

describe('the details query', () => {
  it('is the guide’s', () => {
    const period = {
      label: '2024-09',
      from: Date.UTC(2024, 8, 1),
      until: Date.UTC(2024, 9, 1),
    };
    const by = 'teamId' as const;
    const metricId = 'acd.handle.time.sum';
    expect(
      detailsQuery({ teamId: 'team_uuid_east', metricId, cadence: 'MONTHLY', period, by }),
    ).toEqual({
      dateFrom: '2024-09-01T00:00:00Z',
      dateTo: '2024-09-30T23:59:59Z',
      groupBy: ['teamId'],
      metrics: ['acd.handle.time.sum'],
      filter: {
        type: 'AND',
        clauses: [{ field: 'teamId', operator: 'EQ', values: ['team_uuid_east'] }],
      },
      aggregation: 'SUM',
      intervalType: 'MONTHLY',
    });
  });

  it('is answered with groups in any of four forms', () => {
    const by = { by: 'teamId', metricId: 'm' } as const;
    const groups = new Map([['t', 283_000_000n]]);
    for (const group of [
      { teamId: 't', value: 283 },
      { group: { teamId: 't' }, metrics: { m: '283.0' } },
      { teamId: 't', metrics: [{ metric: 'm', value: 283 }] },
      { teamId: 't', metricValue: 283 },
    ]) {
      expect(readDetails({ results: [group] }, by)).toEqual(groups);
    }
    expect(readDetails({ results: [] }, by)).toEqual(new Map());
    for (const bad of [{}, { results: [{ teamId: 't' }] }, { results: [{ value: 1 }] }, []]) {
      expect(readDetails(bad, by)).toBeNull();
    }
  });

  it('has figures of any length, rounded half up to six places', () => {
    expect(figureOf('278.4000005')).toBe(278_400_001n);
    expect(figureOf(-1.5)).toBe(-1_500_000n);
    for (const bad of ['1e3', '', 'x', '01', true, null, undefined])
      expect(figureOf(bad)).toBeNull();
  });
});

describe('a transition', () => {
  const change = (previous: string, current: string, id = 'b') =>
    ({ id, previous, current }) as Parameters<typeof transitionOf>[0];

  it('is legal between all statuses but out of an achievement that nobody told of', () => {
    const lower = ['BEHIND', 'AT_RISK', 'ON_TRACK'];
    for (const from of lower) {
      for (const to of [...lower, 'ACHIEVED']) {
        expect(transitionOf(change(from, to), null)).toBe('TAKEN');
      }
      expect(transitionOf(change('ACHIEVED', from), null)).toBe('ILLEGAL');
      expect(transitionOf(change('ACHIEVED', from), 'a')).toBe('TAKEN');
    }
  });

  it('achieves once', () => {
    expect(transitionOf(change('ON_TRACK', 'ACHIEVED', 'a'), 'a')).toBe('TAKEN');
    expect(transitionOf(change('ON_TRACK', 'ACHIEVED'), 'a')).toBe('AGAIN');
  });
});
