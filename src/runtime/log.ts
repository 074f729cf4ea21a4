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

/** The message of anything thrown, cut to 300 characters, never throwing itself. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'something that is no Error was thrown';
  const cause = thrown.cause instanceof Error ? `: ${thrown.cause.message}` : '';
  return `${thrown.message}${cause}`.slice(0, 300);
}
