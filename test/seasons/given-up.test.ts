/** What is reported of a platform that a run gives up, and what is left of its batch. */
import { describe, expect, it } from 'vitest';
import type { SeasonsEnv } from '../../src/seasons/client';
import { passUnread } from '../../src/seasons/reset/passing/client';
import { readEarlier } from '../../src/seasons/reset/reading/client';
import { type Batch, beginning } from '../../src/seasons/reset/run';
import { surveyTurn } from '../../src/seasons/reset/turns/client';
import type { Expected } from '../../src/seasons/telling/batch';
import type { NamedDestination } from '../../src/seasons/telling/target';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const told = (destination: string, agentKey: string): Expected =>
  ({ destination, agentKey, userId: agentKey, attributes: {} }) as Expected;

const run = { season: 'Q1', wave: 'RESET', number: 1, next: 'Q2', key: '', by: '' } as const;
const saga = beginning({ ...run, groups: [], instant: 0 }, 1, 0);

/** Of `crm` one is met, one differs, one is missing and two are not read; `desk` has answered. */
const batch: Batch = {
  number: 0,
  agents: [],
  deliveries: [
    { destination: 'crm', id: '1' },
    { destination: 'desk', id: '2' },
  ],
  expected: [...['a', 'b', 'c', 'd', 'e'].map((key) => told('crm', key)), told('desk', 'b')],
  requests: 6,
  retries: 0,
  met: ['crm a'],
  unmet: [
    { name: 'crm b', fields: ['tier'] },
    { name: 'crm c', fields: null },
    { name: 'desk b', fields: ['tier'] },
  ],
  unread: [{ destination: 'crm', since: 0, asks: 4, lastAsk: 20 * HOUR }],
};

const passed = (more: Partial<ReturnType<typeof readEarlier>>) => {
  const found = { ...readEarlier(batch.expected, batch), ...more };
  return passUnread({ saga, off: new Map() }, batch, found, DAY);
};

describe('a platform that is given up', () => {
  it('is asked and told nothing more of the batch: what was read of it is reported as it was', () => {
    const { saga: after, batch: left } = passed({ silent: ['crm'] }) ?? {};
    expect(after?.report).toMatchObject({
      applied: 1,
      differing: 3,
      uncertain: 2,
      missingThere: 1,
      passed: [{ destination: 'crm', reason: 'not-read', agents: 3 }],
    });
    const fields = after?.report.differences.map((one) => [one.agentKey, ...one.fields].join(' '));
    expect(fields).toEqual(['b tier', 'd', 'e']);
    expect(after?.givenUp).toEqual(['crm']);
    expect(left).toMatchObject({
      deliveries: [{ destination: 'desk', id: '2' }],
      expected: [told('desk', 'b')],
      met: [],
      unmet: [{ name: 'desk b', fields: ['tier'] }],
      unread: [],
    });
  });

  it('and is switched off afterwards is not waited for by the survey', async () => {
    const destinations = [{ id: 'crm', hasAttributes: true }] as unknown as NamedDestination[];
    const off = new Map([['crm', { since: 0, isNamed: true }]]);
    const passed = [{ destination: 'crm', reason: 'not-read' as const, agents: 1 }];
    const surveyed = { ...saga, phase: 'RECONCILE' as const, report: { ...saga.report, passed } };
    const turn = (one: typeof saga) =>
      surveyTurn({} as SeasonsEnv, one, { destinations, off }, HOUR);
    expect(await turn(surveyed)).toMatchObject({ cursor: '1:1' });
    expect(await turn({ ...surveyed, report: saga.report })).toBeGreaterThan(HOUR);
  });

  it('is not given up while nobody can ask it', () => {
    expect(passed({ unasked: ['crm'] })).toBeNull();
  });
});
