/** The only reader of time. An instant is read once per request, alarm or job and handed on. */

/** Milliseconds since 1970-01-01T00:00:00Z of the machine's clock. */
export const systemNow = (): number => Date.now();

/** Resolves after that many real milliseconds; only retry policies wait. */
export const pause = (ms: number): Promise<void> => scheduler.wait(ms);

/** The platform's own form of an instant, for the few interfaces that insist on it. */
export const dateOf = (instant: number): Date => new Date(instant);

/** What `work` answers within that many real milliseconds; `otherwise` when it is late or fails. */
export async function within<T>(ms: number, work: Promise<T>, otherwise: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<T>((done) => {
    timer = setTimeout(() => done(otherwise), ms);
  });
  try {
    return await Promise.race([work.catch(() => otherwise), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Work that is given a signal, which aborts with a TimeoutError after that many real milliseconds.
 * The timer ends with the work: one that stays armed keeps an object awake, and its hours are paid.
 */
export async function underDeadline<T>(
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError'));
  }, ms);
  try {
    return await work(late.signal);
  } finally {
    clearTimeout(timer);
  }
}
