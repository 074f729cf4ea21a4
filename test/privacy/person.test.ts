/** By what a person is recognised: whole ids, words of their own, never a part of another's. */
import { describe, expect, test } from 'vitest';
import type { Agent } from '../../src/agents/agent';
import { namesPerson, personOfVersions } from '../../src/agents/privacy/person';

const agent = (more: Partial<Agent>): Agent => ({
  agentId: 'agent-1',
  name: null,
  status: 'ACTIVE',
  groups: ['Mentors'],
  attributes: {},
  platformIds: {},
  employeeId: null,
  ...more,
});

const person = personOfVersions('key', [
  agent({ name: 'Zoë Ünal', employeeId: '100234', platformIds: { genesys: 'x7' } }),
  agent({ attributes: { mail: 'zoe@example.com', site: 'Berlin' } }),
]);

const says = (value: unknown): boolean => namesPerson(person, JSON.stringify(value));

describe('a person', () => {
  test('is every id, name and mail address of every version, each once', () => {
    expect([...person.words].sort()).toEqual([
      '100234',
      'agent-1',
      'x7',
      'zoe@example.com',
      'zoë ünal',
    ]);
  });

  test.each([
    [{ mentorId: 'agent-1' }, true],
    [{ mentorId: 'AGENT-1' }, true],
    [{ mentorId: 'agent-1-b' }, false],
    [{ mentorId: 'agent-12' }, false],
    [{ note: 'seen with agent-1, twice' }, true],
    [{ note: 'agent-12' }, false],
    [{ menteeId: 'x7' }, true],
    [{ menteeId: 'x77' }, false],
    [{ room: 'x7' }, false],
    [{ roomId: 'x7' }, true],
    [{ user_id: 100234 }, true],
    [{ sessionDurationSeconds: 100234 }, false],
    [{ amount: '100234' }, false],
    [{ deep: [{ list: [{ employeeId: '100234' }] }] }, true],
    [{ mentorName: 'ZOË ÜNAL' }, true],
    [{ mentorName: 'Zoë Ünalova' }, false],
    [{ 'zoe@example.com': true }, true],
    [{ site: 'Berlin', groups: ['Mentors'] }, false],
  ])('is or is not named by %j', (value, named) => {
    expect(says(value)).toBe(named);
  });

  test('is found behind escapes, in prose and in what is not JSON', () => {
    expect(namesPerson(person, '{"name":"Zo\\u00eb \\u00dcnal"}')).toBe(true);
    expect(namesPerson(person, '{"agentId": 100234, broken')).toBe(true);
    expect(namesPerson(person, 'asked by Zoë Ünal today')).toBe(true);
    expect(namesPerson(person, 'asked by nobody')).toBe(false);
    expect(namesPerson(person, null)).toBe(false);
    expect(namesPerson(person, '')).toBe(false);
  });
});
