/**
 * The way of authentic items: normalise, look who they are about, offer each to its owner, keep
 * what cannot be used, and hand the rows to the journal after the answer. Promises nothing it has
 * not heard: an owner that throws leaves its items `unavailable`, and sending them again is safe.
 */
import type { Arrival, Taken } from '../../events/event';
import type { Quarantined } from '../../events/quarantine';
import type { Call } from '../../http/route';
import { type ChangeSet, chunked, type Row } from '../../kernel/change-set';
import { commit } from '../../ledger/client';
import { randomHex } from '../../runtime/chance';
import { log, messageOf } from '../../runtime/log';
import { erasedAmong, unknownAmong } from '../agents/client';
import { callSource, type IntakeEnv } from '../client';
import { normalise, type Reading } from '../normalise/normalise';
import { type Asking, type Owners, offerAll } from '../owners/client';
import { usedRow } from '../sources/store';
import type { Item } from './item';
import {
  agentsOf,
  erasedAgents,
  eventSets,
  type ItemVerdict,
  type Prepared,
  quarantinedId,
  quarantinedOf,
  recordRows,
  TOO_LONG,
  textOf,
  textsOf,
  type Unfit,
  unfitAfter,
  unknownAgents,
  verdictOf,
} from './verdict';

export interface Intake<E extends IntakeEnv> {
  readonly call: Asking<E> & Pick<Call<E>, 'clockSet' | 'later'>;
  readonly owners: Owners<E>;
  readonly reading: Reading;
  /** Scheme and fingerprint of the secret that fitted. */
  readonly signature: string;
  /** False where an operator acts: what cannot be used is in quarantine already. */
  readonly keeps: boolean;
  /** UTC ms when an item without a time of its own was first here; null: when its owner takes it. */
  readonly undatedAt: number | null;
}

export interface SignedItem {
  readonly item: Item;
  readonly messageId: string | null;
}

/** Takes items; the verdicts are in their order. */
export async function takeItems<E extends IntakeEnv>(
  intake: Intake<E>,
  items: readonly SignedItem[],
): Promise<ItemVerdict[]> {
  const prepared = await withAgents(
    intake,
    items.map((signed) => prepare(intake, signed)),
  );
  const offered = prepared.map((one) => (one.unusable === null ? arrivalsOf(intake, one) : []));
  const heard = await offerAll(intake, offered.flat());
  const taken = offered.map((arrivals) => arrivals.map((arrival) => heard.get(arrival) ?? null));
  const kept = await keepUnfit(intake, prepared, taken);
  const verdicts = prepared.map((one, index) => {
    const { row: _, ...quarantined } = kept[index] ?? { row: null };
    const known = 'unfit' in quarantined ? quarantined : null;
    return verdictOf(one, taken[index] ?? [], known);
  });
  handOver(intake, prepared, verdicts, kept);
  return verdicts;
}

/** One item read by its source: events, or why not. */
export function prepare<E extends IntakeEnv>(
  { reading }: Pick<Intake<E>, 'reading'>,
  { item, messageId }: SignedItem,
): Prepared {
  if (item.fault !== undefined) {
    const unusable: Unfit = { reason: 'MALFORMED', faults: [item.fault], eventId: null };
    return { item, messageId, events: [], unusable };
  }
  const usable = textOf(item) !== null;
  const read = normalise(reading, item.value, messageId);
  if (!read.ok) return { item, messageId, events: [], unusable: read.failure };
  return { item, messageId, events: read.value, unusable: usable ? null : TOO_LONG };
}

/** Marks items about people nobody knows. While D1 is silent everybody is taken for known. */
async function withAgents<E extends IntakeEnv>(
  { call, reading }: Intake<E>,
  prepared: readonly Prepared[],
): Promise<Prepared[]> {
  const lookups = prepared.flatMap(({ events, unusable }) =>
    unusable === null ? events.flatMap(agentsOf) : [],
  );
  const unknown = await unknownAmong(call, lookups);
  const { platform } = reading;
  const unusable = prepared.filter((one) => one.unusable !== null);
  const texts = unusable.flatMap(({ item }) => [...textsOf(item.value)]);
  const erased = await erasedAmong(call.env, [
    ...lookups.filter(({ id }) => unknown.has(id)),
    ...texts.map((id) => ({ platform, id })),
  ]);
  return prepared.map((one) => {
    const gone = namedIn(one, erased);
    if (gone !== null) return { ...one, unusable: erasedAgents(gone) };
    const fields = one.events.flatMap(agentsOf).filter((lookup) => unknown.has(lookup.id));
    if (one.unusable !== null || fields.length === 0) return one;
    const names = [...new Set(fields.map(({ field }) => field))];
    return { ...one, unusable: unknownAgents(one.events[0]?.eventId ?? '', names) };
  });
}

/** Fields of an item that name one of these ids, or null; of an unusable item only that it does. */
function namedIn(
  { events, unusable, item }: Prepared,
  ids: ReadonlySet<string>,
): readonly string[] | null {
  if (ids.size === 0) return null;
  const fields = events.flatMap(agentsOf).filter(({ id }) => ids.has(id));
  if (fields.length > 0) return [...new Set(fields.map(({ field }) => field))];
  if (unusable === null) return null;
  return [...textsOf(item.value)].some((text) => ids.has(text)) ? [''] : null;
}

const arrivalsOf = <E extends IntakeEnv>(
  { signature, undatedAt }: Intake<E>,
  { item, messageId, events }: Prepared,
): Arrival[] =>
  events.map((event) => ({
    event,
    body: textOf(item) ?? '',
    bodyHash: item.hash,
    signature,
    ...(messageId !== null && { messageId }),
    ...(undatedAt !== null && { takenAt: undatedAt }),
  }));

interface KeptUnfit {
  readonly unfit: Unfit;
  readonly id: string;
  /** False: the source object could not be reached, so the sender must come again. */
  readonly kept: boolean;
  readonly row: Row | null;
}

/** Puts what cannot be used into quarantine, all of a message in one call. */
async function keepUnfit<E extends IntakeEnv>(
  intake: Intake<E>,
  prepared: readonly Prepared[],
  taken: readonly (readonly (Taken | null)[])[],
): Promise<(KeptUnfit | undefined)[]> {
  const { reading, signature } = intake;
  const unfit = prepared.map((one, index) => {
    const eventId = one.events[0]?.eventId ?? '';
    const why = one.unusable ?? unfitAfter(taken[index] ?? [], eventId);
    if (why === null) return undefined;
    return { unfit: why, item: quarantinedOf(reading.source, signature, one, why) };
  });
  const items = unfit.flatMap((one) => one?.item ?? []);
  const rows = intake.keeps && items.length > 0 ? await quarantineAll(intake.call, items) : null;
  let next = 0;
  return unfit.map((one): KeptUnfit | undefined => {
    if (one === undefined) return undefined;
    const row = rows?.[next++] ?? null;
    const kept = !intake.keeps || rows !== null;
    return { unfit: one.unfit, id: quarantinedId(one.item), kept, row };
  });
}

/** The rows that are new, in order; null when the source object is silent. */
export async function quarantineAll<E extends IntakeEnv>(
  call: Intake<E>['call'],
  items: readonly Quarantined[],
): Promise<readonly (Row | null)[] | null> {
  try {
    const [first] = items;
    return await callSource(call.env, first?.source ?? '', (source) =>
      source.quarantine(items, call.now),
    );
  } catch (thrown) {
    log('warn', 'intake.source-silent', { requestId: call.requestId, message: messageOf(thrown) });
    return null;
  }
}

/** Sources of which this isolate knows that the row of their first event is written. */
const marked = new Set<string>();
const MAX_MARKED = 1000;

/**
 * After the answer the rows go to the journal, so that the log shows them within a second. Events
 * and quarantined items are sent again by the object that holds them; the records of the request
 * itself are nobody else's, so they are given to the source object when the journal is away.
 */
function handOver<E extends IntakeEnv>(
  { call, reading }: Intake<E>,
  prepared: readonly Prepared[],
  verdicts: readonly ItemVerdict[],
  kept: readonly (KeptUnfit | undefined)[],
): void {
  const { requestId, now } = call;
  const events = eventSets(verdicts, (index) => {
    const item = prepared[index]?.item;
    return item === undefined ? '' : (textOf(item) ?? '');
  });
  const unusable = kept.flatMap((one) => one?.row ?? []);
  const records = recordRows(verdicts, { requestId, now, salt: randomHex(16) });
  const isUsed = verdicts.some(({ taken }) => taken.some(({ verdict }) => verdict === 'accepted'));
  const used = isUsed && !marked.has(reading.source) ? [usedRow(reading.source)] : [];
  const own = [...events, ...chunked(unusable)];
  if (own.length > 0) call.later(Promise.all(own.map((set) => commit(call.env, set, now))));
  for (const set of chunked(records)) call.later(record(call, reading.source, set));
  if (used.length > 0) call.later(mark(call, reading.source, used));
}

async function mark<E extends IntakeEnv>(
  call: Intake<E>['call'],
  source: string,
  rows: readonly Row[],
): Promise<void> {
  const answer = await commit(call.env, { rows }, call.now);
  if (answer.verdict !== 'committed') return;
  if (marked.size >= MAX_MARKED) marked.clear();
  marked.add(source);
}

async function record<E extends IntakeEnv>(
  call: Intake<E>['call'],
  source: string,
  set: ChangeSet,
): Promise<void> {
  const answer = await commit(call.env, set, call.now);
  if (answer.verdict === 'committed') return;
  await callSource(call.env, source, (held) => held.hold(set.rows, call.now));
}
