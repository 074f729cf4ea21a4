/** Waiting with a bound: what is late is told, and nothing stays armed behind the work. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { underDeadline } from '../../src/runtime/clock';

const NEVER = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

describe('work under a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('answers and leaves no timer behind', async () => {
    expect(await underDeadline(10_000, async () => 'done')).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it fails', async () => {
    const failing = underDeadline(10_000, () => Promise.reject(new Error('reset')));
    await expect(failing).rejects.toThrow('reset');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told when its time is over', async () => {
    const waiting = underDeadline(10_000, NEVER).catch((thrown: unknown) => thrown);
    vi.advanceTimersByTime(9_999);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await waiting).toMatchObject({ name: 'TimeoutError' });
  });
});
