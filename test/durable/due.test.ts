import { describe, expect, test } from 'vitest';
import { callObject, mayCallAgain } from '../../src/durable/client';
import { armAfterStep, backoffMs, earliest } from '../../src/durable/due';

describe('due times', () => {
  test('have their minimum as the alarm', () => {
    expect(earliest({})).toBeNull();
    expect(earliest({ a: 5, b: 3 })).toBe(3);
  });

  test.each([
    ['sets an alarm where none is', null, 100, 50, 100],
    ['brings an alarm forward', 100, 80, 50, 80],
    ['pushes no alarm later, so a stream of events cannot starve it', 100, 200, 50, null],
    ['takes a time that has passed for no alarm', 40, 100, 50, 100],
    ['leaves the alarm when nothing is due', 100, null, 50, null],
  ])('a step %s', (_, before, after, now, expected) => {
    expect(armAfterStep(before, after, now)).toBe(expected);
  });

  test('wait 2 s, 4 s, 8 s … 5 min after failures', () => {
    expect([0, 1, 2, 3, 7, 8, 1000].map(backoffMs)).toEqual([
      2000, 4000, 8000, 16000, 256000, 300000, 300000,
    ]);
  });
});

describe('a call of an object', () => {
  const failing = (error: unknown, times: number) => {
    let calls = 0;
    return {
      stub: () => ({}),
      call: () => {
        calls += 1;
        return calls <= times ? Promise.reject(error) : Promise.resolve(calls);
      },
    };
  };

  test('is made again with a new stub only where that helps', async () => {
    const retryable = Object.assign(new Error('reset'), { retryable: true });
    const { stub, call } = failing(retryable, 2);
    expect(await callObject(stub, call)).toBe(3);
  });

  test.each([
    ['an overloaded object', { retryable: true, overloaded: true }],
    ['an exception of ours', { remote: true }],
  ])('is not made again after %s', async (_, flags) => {
    const error = Object.assign(new Error('no'), flags);
    expect(mayCallAgain(error)).toBe(false);
    const { stub, call } = failing(error, 1);
    await expect(callObject(stub, call)).rejects.toBe(error);
  });

  test('gives up after three attempts', async () => {
    const error = Object.assign(new Error('reset'), { retryable: true });
    const { stub, call } = failing(error, 3);
    await expect(callObject(stub, call)).rejects.toBe(error);
  });
});
