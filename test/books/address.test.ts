import { expect, test } from 'vitest';
import { agentKeysOf, pointsOf, readAddress, showAddress } from '../../src/books/address';

const KEY = 'abcdefghijklmnop';

test('an address outside names the agent by id, inside by key, and back', () => {
  for (const [id, rest] of [
    ['pat', ':points:Mentorship:2024-Q3'],
    ['pat:doe', ':points:Mentorship:none'],
    ['pat', ':reward:pending'],
    ['pat', ':pay:PLAN:2024-09'],
    ['a b/c', ':owed:PLAN'],
    ['pat', ':something:else'],
  ] as const) {
    const asked = readAddress(`agent:${id}${rest}`);
    expect(asked.agentId).toBe(id);
    const inside = asked.inside(KEY);
    expect(inside).toBe(`agent:${KEY}${rest}`);
    expect(showAddress(inside, new Map([[KEY, id]]))).toBe(`agent:${id}${rest}`);
    expect(showAddress(inside, new Map())).toBe(inside);
  }
});

test('an account that is not an agent keeps its address', () => {
  for (const address of ['program:Mentorship', 'pool:P:agent', 'agent', 'agent:', 'agent:x']) {
    const asked = readAddress(address);
    expect([asked.agentId, asked.inside(KEY)]).toEqual([null, address]);
  }
  expect(agentKeysOf(['program:x', `agent:${KEY}:a`, `agent:${KEY}:b`])).toEqual([KEY]);
});

test('only accounts of points have a category and a season', () => {
  expect(pointsOf(`agent:${KEY}:points:Mentorship:none`)).toEqual({
    category: 'Mentorship',
    season: 'none',
  });
  expect(pointsOf(`agent:${KEY}:reward:pending`)).toBeNull();
});
