/**
 * When a cron string fires, as far as the triggers of this Worker need it: minutes and hours of
 * every day, in UTC. Refuses strings that name days, months or weekdays, and those that are no
 * cron strings. Imports nothing, so that the command line reads it too.
 */

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTES_OF_HOUR = 60;
const HOURS_OF_DAY = 24;

/** The values of one field: a star, a value or a range, each with a stride or none, and lists of them. */
function valuesOf(field: string, count: number): ReadonlySet<number> | null {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    if (match === null) return null;
    const first = Number(match[1] ?? 0);
    const last = match[1] === undefined ? count - 1 : Number(match[2] ?? match[1]);
    const stride = Number(match[3] ?? 1);
    if (first > last || last >= count || stride === 0) return null;
    for (let value = first; value <= last; value += stride) values.add(value);
  }
  return values;
}

/** Minutes of the day at which a cron string fires, ascending; null when it is not understood. */
function minutesOf(cron: string): readonly number[] | null {
  const [minute = '', hour = '', ...days] = cron.split(' ');
  if (days.length !== 3 || days.some((field) => field !== '*')) return null;
  const minutes = valuesOf(minute, MINUTES_OF_HOUR);
  const hours = valuesOf(hour, HOURS_OF_DAY);
  if (minutes === null || hours === null) return null;
  return [...hours]
    .flatMap((each) => [...minutes].map((of) => each * MINUTES_OF_HOUR + of))
    .sort((a, b) => a - b);
}

/**
 * The last instant (UTC ms) at which a cron string fires, after `after` and not after `upto`; null
 * when it does not fire between them. Throws for a string that `minutesOf` does not understand.
 */
export function lastFiring(cron: string, after: number, upto: number): number | null {
  const minutes = minutesOf(cron);
  if (minutes === null) throw new Error(`this is no daily cron string: ${cron}`);
  const today = Math.floor(upto / DAY_MS) * DAY_MS;
  for (const day of [today, today - DAY_MS]) {
    const firing = minutes.findLast((minute) => day + minute * MINUTE_MS <= upto);
    if (firing !== undefined) {
      const at = day + firing * MINUTE_MS;
      return at > after ? at : null;
    }
  }
  return null;
}
