/**
 * Twenty virtual days after a history came to rest: measurements end, waiting scores expire,
 * objects are emptied. Then every acknowledged message comes once more, as a sender does that lost
 * its notes, and must change nothing.
 */
import { readBooks } from './books';
import type { History } from './history';
import { stateOf } from './invariants';
import { AWARD_RULE } from './rules';
import type { Message } from './sender';
import { FIRST_RULE_KEY } from './world';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Enough for the measurement of a change (14 days), for expiry (14) and for emptying (4). */
const DAYS = [1, 5, 15, 20];

/** What is broken after the days have passed; the invariants are checked again by the caller. */
export async function settleLongAfter(history: History): Promise<string[]> {
  const { world, machine } = history;
  const start = world.now;
  for (const days of DAYS) {
    await machine.runDue(start + days * DAY);
    world.advanceTo(start + days * DAY);
    for (const cron of ['*/5 * * * *', '7 * * * *', '23 2 * * *']) await machine.cron(cron);
    await machine.runDue(world.now + HOUR);
  }
  history.measured = true;
  const before = new Set(stateOf(await readBooks()));
  const odd = await repeatAll(history);
  await machine.runDue(world.now + HOUR);
  odd.push(...(await repeatRule(history)));
  const after = new Set(stateOf(await readBooks()));
  return [
    ...odd,
    ...missingFrom(after, before).map((line) => `INV-13: a repetition took away ${line}`),
    ...missingFrom(before, after).map((line) => `INV-13: a repetition added ${line}`),
  ];
}

const missingFrom = (from: ReadonlySet<string>, of: ReadonlySet<string>): string[] =>
  [...of].filter((line) => !from.has(line));

async function repeatAll(history: History): Promise<string[]> {
  const seen = new Set<string>();
  const odd: string[] = [];
  for (const { message, kind, heard } of [...history.deliveries]) {
    if (kind === 'bad-signature' || heard.status !== 200 || seen.has(message.text)) continue;
    seen.add(message.text);
    const again = await history.again(message, kind);
    if (again.status !== 200) {
      odd.push(`INV-13 ${message.keys}: status ${again.status} for a repetition`);
    } else if (kind === 'event' && !allKnown(history, message, again.verdicts)) {
      odd.push(`INV-13 ${message.keys}: ${again.verdicts} for a repetition`);
    }
  }
  return odd;
}

/** The POST that made the first rule, once more under its key: the stored answer, and no rule. */
async function repeatRule({ plan, world }: History): Promise<string[]> {
  const rule = plan.rules[0] ?? AWARD_RULE;
  const headers = { 'idempotency-key': FIRST_RULE_KEY };
  const again = await world.operator('POST', '/v1/rules', rule, headers);
  const replayed = again.headers.get('idempotency-replayed') === 'true';
  const other = await world.operator('POST', '/v1/rules', { ...rule, name: 'Other' }, headers);
  return [
    ...(again.status === 201 && replayed ? [] : [`INV-13: a key replayed as ${again.status}`]),
    ...(other.status === 422 ? [] : [`INV-13: a key for another body answered ${other.status}`]),
  ];
}

/** Strangers stay quarantined; everything else is known. */
function allKnown(history: History, message: Message, verdicts: readonly string[]): boolean {
  return message.keys.every((key, index) => {
    const usable = history.plan.events.find((event) => event.key === key)?.usable ?? true;
    return verdicts[index] === 'duplicate' || (!usable && verdicts[index] === 'quarantined');
  });
}
