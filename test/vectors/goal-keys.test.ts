/** The published keys of goal rewards: what another party computes, we compute. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { goalKey, memberKey } from '../../src/goals/keys/key';
import published from './goal-keys.json';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

describe('the published goal keys', () => {
  it('are ours, for the first evaluation and for later ones', () => {
    for (const { goalId, period, status, key, keyOfEpoch2, keyOfEpoch10 } of published.vectors) {
      const fields = { goalId, period, status };
      expect(goalKey(fields)).toBe(key);
      expect(goalKey({ ...fields, epoch: 1 })).toBe(key);
      expect(goalKey({ ...fields, epoch: 2 })).toBe(keyOfEpoch2);
      expect(goalKey({ ...fields, epoch: 10 })).toBe(keyOfEpoch10);
    }
  });

  it('are plain SHA-256 of what they say is hashed', () => {
    for (const { preimage, key, keyOfEpoch2 } of published.vectors) {
      expect(sha256(preimage)).toBe(key);
      expect(sha256(`${preimage}1:2`)).toBe(keyOfEpoch2);
    }
  });

  it('tell apart what the guide’s plain concatenation does not', () => {
    const [, one, other] = published.vectors;
    expect(sha256('goal_uuid_q32024-09ACHIEVED')).toBe(published.vectors[0]?.plainConcatenation);
    expect(one?.plainConcatenation).toBe(other?.plainConcatenation);
    expect(one?.key).not.toBe(other?.key);
  });

  it('are one for each member, from the key and the agent alone', () => {
    const key = goalKey({ goalId: 'g', period: '2024-09', status: 'ACHIEVED' });
    expect(memberKey(key, 'aaaaaaaaaaaaaaaa')).toBe(`${key}-aaaaaaaaaaaaaaaa`);
  });
});
