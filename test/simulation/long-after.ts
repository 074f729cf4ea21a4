/**
 * Twenty virtual days after a history came to rest: measurements end, waiting scores expire,
 * windows close, objects are emptied. Then every acknowledged message comes once more, as from a
 * sender that lost its notes, and must change nothing.
 */
import { readBooks } from './books';
import type { History } from './history';
import { stateOf } from './invariants';
import type { SourceId } from './plan';
import type { Message } from './sender';
import { SOURCES } from './world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Enough for the measurement of a change (14 days), for expiry (14) and for emptying (4). */
const DAYS = [1, 5, 15, 20];

/** What is broken after the days have passed; the invariants are checked again by the caller. */
export async function settleLongAfter(history: History): Promise<string[]> {
  const { world, machine, players } = history;
  const start = world.now;
  for (const days of DAYS) {
    for (const player of players.values()) await player.attend?.(days);
    await machine.runDue(start + days * DAY);
    world.advanceTo(start + days * DAY);
    for (const cron of ['*/5 * * * *', '7 * * * *', '23 2 * * *']) await machine.cron(cron);
    await machine.runDue(world.now + HOUR);
  }
  for (const player of players.values()) await player.settle?.();
  history.waited = true;
  const before = new Set(stateOf(history, await readBooks()));
  const odd = await repeatAll(history);
  await machine.runDue(world.now + HOUR);
  for (const player of players.values()) odd.push(...((await player.repeat?.()) ?? []));
  const after = new Set(stateOf(history, await readBooks()));
  return [
    ...odd,
    ...missingFrom(after, before).map((line) => `INV-13: a repetition took away ${line}`),
    ...missingFrom(before, after).map((line) => `INV-13: a repetition added ${line}`),
  ];
}

const missingFrom = (from: ReadonlySet<string>, of: ReadonlySet<string>): string[] =>
  [...of].filter((line) => !from.has(line));

/** Events in one array a source, everything else as it was said. */
async function repeatAll(history: History): Promise<string[]> {
  const { mail } = history;
  const heard = mail.deliveries.filter((one) => one.heard.status === 200);
  const odd: string[] = [];
  for (const source of SOURCES) {
    const keys = keysOf(
      heard.filter(({ kind }) => kind === 'event'),
      source,
    );
    if (keys.length > 0) odd.push(...(await repeatEvents(history, keys)));
  }
  const others = new Map(
    heard.filter(({ kind }) => kind === 'unusable').map(({ message }) => [message.text, message]),
  );
  for (const message of others.values()) {
    const { status } = await mail.again(message, 'unusable');
    if (status !== 200) odd.push(`INV-13 ${message.text}: status ${status} for a repetition`);
  }
  return odd;
}

const keysOf = (heard: readonly { readonly message: Message }[], source: SourceId): string[] => [
  ...new Set(
    heard.filter(({ message }) => message.source === source).flatMap(({ message }) => message.keys),
  ),
];

/** Strangers stay quarantined; everything else is known. */
async function repeatEvents({ mail }: History, keys: readonly string[]): Promise<string[]> {
  const { status, verdicts } = await mail.again(mail.messageOf(keys), 'event');
  if (status !== 200) return [`INV-13 ${keys}: status ${status} for a repetition`];
  return keys.flatMap((key, index) => {
    const known = verdicts[index] === 'duplicate';
    const stranger = !mail.event(key).usable && verdicts[index] === 'quarantined';
    return known || stranger ? [] : [`INV-13 ${key}: ${verdicts[index]} for a repetition`];
  });
}
