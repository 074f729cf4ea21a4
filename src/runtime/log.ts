/**
 * Structured logs: one line of JSON per event, with ids and numbers and never a body, a header or
 * a secret. Values under names that could hold one are refused, not masked.
 */

type Field = string | number | boolean | null;
const SECRET_NAME = /secret|token|authorization|signature|cookie|password|body/i;

export type Level = 'info' | 'warn' | 'error';

/** Writes one line. `event` is a constant of the code, never text from outside. */
export function log(
  level: Level,
  event: string,
  fields: Readonly<Record<string, Field>> = {},
): void {
  const kept = Object.entries(fields).filter(([name]) => !SECRET_NAME.test(name));
  const line = JSON.stringify({ level, event, ...Object.fromEntries(kept) });
  if (level === 'error') console.error(line);
  else if (level === 'warn') console.warn(line);
  else console.log(line);
}

/**
 * The message of anything thrown, cut to 300 characters, never throwing itself. It is that of the
 * innermost cause: the error of a query quotes its statement and parameters, its cause does not.
 */
export function messageOf(thrown: unknown): string {
  let error = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error; depth += 1) {
    if (!(error.cause instanceof Error)) return error.message.slice(0, 300);
    error = error.cause;
  }
  return error instanceof Error
    ? error.message.slice(0, 300)
    : 'something that is no Error was thrown';
}
