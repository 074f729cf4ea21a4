import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commit } from '../../src/ledger/client';
import {
  baselineBefore,
  countedResults,
  meanAfter,
  type ResultRevision,
  scoreOf,
} from '../../src/quality/result';
import { readResults, resultRows } from '../../src/quality/store';
import { hire } from '../points/world';

const DAY = 86_400_000;
const revision = (
  resultId: string,
  score: string | null,
  more: Partial<ResultRevision> = {},
): ResultRevision => ({
  agentKey: 'key',
  resultId,
  status: 'COMPLETED',
  score,
  scorecardVersion: null,
  createdAt: DAY,
  revisedAt: DAY,
  ...more,
});

describe('the score of a result', () => {
  test('is its total where it is weighted', () => {
    expect(scoreOf({ total: 85.5, weighted: true, questions: [{ score: 90, weight: 0.5 }] })).toBe(
      '171/2',
    );
  });

  test('is the weighted mean of its questions where it is not, exactly', () => {
    const questions = [
      { id: 'a', score: 90, weight: 0.1 },
      { id: 'b', score: 80, weight: 0.2 },
    ];
    expect(scoreOf({ total: 1, weighted: false, questions })).toBe('250/3');
  });

  test('is none where the weights sum to zero', () => {
    expect(scoreOf({ weighted: false, questions: [{ score: 90, weight: 0 }] })).toBeNull();
  });
});

describe('results that count', () => {
  test('are COMPLETED or PUBLISHED, one per id, the latest revision (P1, P2)', () => {
    const counted = countedResults([
      revision('a', '70/1'),
      revision('a', '90/1', { status: 'PUBLISHED', revisedAt: 2 * DAY }),
      revision('b', '10/1', { status: 'DRAFT' }),
      revision('c', null),
    ]);
    expect(counted.map((one) => [one.resultId, one.score])).toEqual([['a', '90/1']]);
  });

  test('drop out when their latest revision is a draft again', () => {
    const back = revision('a', '90/1', { status: 'DRAFT', revisedAt: 2 * DAY });
    expect(countedResults([revision('a', '70/1'), back])).toEqual([]);
  });
});

describe('the baseline of a mentee (DEC-9)', () => {
  const series = [60, 70, 80, 90, 100, 50].map((score, index) =>
    revision(`r${index}`, `${score}/1`, { createdAt: index * DAY }),
  );

  test('is the mean of the last five counted results before the coaching', () => {
    expect(baselineBefore(series, 5 * DAY)).toBe('80/1');
    expect(baselineBefore(series, 6 * DAY)).toBe('78/1');
    expect(baselineBefore(series, 0)).toBeNull();
  });

  test('leaves out a result of the very instant of the coaching, and "after" as well', () => {
    expect(baselineBefore(series, 2 * DAY)).toBe('65/1');
    expect(meanAfter(series, 2 * DAY, 4 * DAY)).toBe('95/1');
    expect(meanAfter(series, 5 * DAY, 9 * DAY)).toBeNull();
  });

  test('does not depend on the order in which results are read', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(series, { minLength: series.length }), (shuffled) => {
        expect(baselineBefore(shuffled, 6 * DAY)).toBe('78/1');
      }),
    );
  });
});

describe('rows of results', () => {
  const item = {
    id: 'result-1',
    user_id: 'mentee-7',
    scorecard_version_id: 'sc-1',
    result_status: 'completed',
    score: { total: 85.5, weighted: true },
    created_date: '2023-10-15T14:30:00Z',
  };

  test('are the same whenever the same item is sent, and are read back by agent and day', async () => {
    await hire('mentee-7');
    const sent = { platform: 'genesys-cloud', item, occurredAt: 1 };
    const [first] = await resultRows(env, [sent]);
    const [second] = await resultRows(env, [{ ...sent, occurredAt: 2 }]);
    expect(second).toEqual(first);
    if (first == null) throw new Error('the agent is known');
    expect(await commit(env, { rows: [first] }, 3)).toMatchObject({ verdict: 'committed' });
    expect(await commit(env, { rows: [first] }, 4)).toMatchObject({ verdict: 'committed' });
    const at = Date.UTC(2023, 9, 15, 14, 30);
    const read = await readResults(env.DB, 'keymentee7', at - DAY, at);
    expect(read).toMatchObject([{ score: '171/2', status: 'COMPLETED', createdAt: at }]);
    expect(await readResults(env.DB, 'keymentee7', at + 2 * DAY, at + 3 * DAY)).toEqual([]);
  });

  test('are none for persons nobody knows', async () => {
    const sent = { platform: 'x', item: { ...item, user_id: 'nobody' }, occurredAt: 1 };
    expect(await resultRows(env, [sent])).toEqual([null]);
  });
});
