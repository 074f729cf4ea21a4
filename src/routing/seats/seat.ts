/**
 * What a seat holds between calls and how it changes: what it was told of season and tier, whether
 * its agent is overloaded, and which rows wait for the journal. Decides when the books must be read
 * before an answer, which news is older than what is known, and what is recorded of an overload.
 * Refuses older news. Pure: time, samples and salts come in.
 */
import type { State } from '../../durable/due';
import type { Row } from '../../kernel/change-set';
import { canonicalJson } from '../../kernel/hash';
import { auditRow } from '../../ledger/audit';
import { isOlder, SEAT_FACTS_SHAPE, type SeatFacts } from '../../seasons/tier';
import { CALM, type Judged, type LoadState, type Reading, WINDOW_MS } from '../load/load';

/** A decision that is not released ends after this. */
export const HELD_MS = 86_400_000;
/** Interactions of one agent that are held at a time; a day has no room for more. */
export const MAX_HELD = 2000;
/** Facts of no running season are read again when they are older than this. */
export const LOOK_AGAIN_MS = 300_000;
/** Foreseen facts are read again when they are older than this. */
export const FORESEEN_MS = 30_000;
/** After D1 was silent nobody asks again for this long. */
export const SILENT_MS = 1000;
/** A platform that names another season has the books read again, at most this often. */
const MISMATCH_MS = 60_000;
/** Rows of an agent's overloads that may wait for the journal. */
const MAX_OUTBOX = 100;

/** The audit subject of a seat. */
const seatSubject = (agentKey: string): string => `seat:${agentKey}`;

export interface SeatState extends State {
  readonly facts: SeatFacts | null;
  /** When D1 was last asked and said something new, UTC ms; what is foreseen again is not new. */
  readonly checkedAt: number;
  readonly load: LoadState;
  /** By when an overload was last spoken of, UTC ms; absent before the first. */
  readonly spokenBy?: number;
  /** Counts the overloads of the agent. */
  readonly overloads: number;
  /** Audit rows frozen until the journal has them. */
  readonly outbox: readonly Row[];
}

export const EMPTY_SEAT: SeatState = {
  facts: null,
  checkedAt: 0,
  load: CALM,
  overloads: 0,
  outbox: [],
  due: {},
};

/** True of facts that say what this code reads in them: an upgrade leaves seats with older ones. */
const isCurrent = ({ shape }: SeatFacts): boolean => shape === SEAT_FACTS_SHAPE;

const hasEnded = ({ seasonEnd }: SeatFacts, now: number): boolean =>
  seasonEnd > 0 && now >= seasonEnd;

const isRunning = ({ seasonStart, seasonEnd }: SeatFacts, now: number): boolean =>
  seasonStart <= now && now < seasonEnd;

/**
 * True when D1 must be read before an answer: nothing is known, or facts of another shape; the season
 * has ended, whenever that was read; the platform has applied another reset, no season runs and the
 * last look is long ago, or what is known was foreseen and the last look is half a minute ago.
 *
 * A seat asked between a season's end and the seal of its reset foresees how the next one opens, and
 * an award or a revocation before that seal still counts. No reset tells seats what it decided: that
 * would be a call for each agent, of which one that is lost leaves a seat wrong until the night. A
 * seat that looks again until the books decide is wrong for half a minute at most, needs no memory of
 * who was told, and costs nothing to those that nobody asks (S9).
 */
export function mustLook(
  state: SeatState | null,
  now: number,
  resetApplied: string | null = null,
): boolean {
  const { facts = null, checkedAt = 0 } = state ?? {};
  if (facts === null || !isCurrent(facts)) return true;
  const age = now - checkedAt;
  const hasAged = (most: number): boolean => age < 0 || age >= most;
  const isOther = resetApplied !== null && resetApplied !== facts.seasonId;
  if (isOther && hasAged(MISMATCH_MS)) return true;
  if (isRunning(facts, now)) return facts.foreseen === true && hasAged(FORESEEN_MS);
  if (hasEnded(facts, now)) return true;
  return hasAged(facts.foreseen === true ? FORESEEN_MS : LOOK_AGAIN_MS);
}

/**
 * How long nobody asks again after D1 was silent. A seat that foresees a season, or holds one that
 * runs, goes on with what it has and lets no other question wait for a silent D1 meanwhile: facts of
 * an older shape would have each of them wait, and a slow D1 asked every second.
 */
export function pauseOf(state: SeatState | null, now: number): number {
  const { facts = null } = state ?? {};
  if (facts === null) return SILENT_MS;
  const foresees = facts.foreseen === true && now < facts.seasonEnd;
  return foresees || isRunning(facts, now) ? FORESEEN_MS : SILENT_MS;
}

/** What the books said, and at which instant: who waited for it asks later than it was made. */
export interface BooksRead {
  readonly facts: SeatFacts;
  /** UTC ms. */
  readonly at: number;
}

/** What a look at the books came to; null: none was needed. */
export type Looked = BooksRead | 'silent' | null;

/** True where a reading that another question began says too little at a later instant. */
export const isTooEarly = (
  { facts, at }: BooksRead,
  now: number,
  resetApplied: string | null,
): boolean => at < now && mustLook({ ...EMPTY_SEAT, facts, checkedAt: at }, now, resetApplied);

/** A seat that can answer. */
export interface Settled {
  readonly state: SeatState;
  readonly facts: SeatFacts;
  readonly recalculated: boolean;
  readonly validated: boolean;
}

/**
 * The seat after a look, or null where nothing is known and the books were silent. A seat that
 * still holds a season that has ended is not validated: nothing of that season counts (S9).
 */
export function settled(state: SeatState | null, looked: Looked, now: number): Settled | null {
  const before = state ?? EMPTY_SEAT;
  const hasLooked = looked !== null && looked !== 'silent';
  const next = hasLooked ? afterLook(before, looked, now) : before;
  const { facts } = next;
  if (facts === null) return null;
  return { state: next, facts, recalculated: hasLooked, validated: !hasEnded(facts, now) };
}

/**
 * The state after D1 was read: it knows better, unless newer news came meanwhile. Where it foresees
 * what was foreseen before nothing is written: that is the case every half minute, and when it last
 * looked is remembered beside the state (`SeatBooks`).
 */
function afterLook(state: SeatState, { facts, at }: BooksRead, now: number): SeatState {
  if (foreseesSame(state, facts)) return state;
  const isBehind = state.facts !== null && standsOver(state.facts, facts, now);
  return { ...state, ...(!isBehind && { facts }), checkedAt: at };
}

/** True where the books foresaw again what a seat holds as foreseen. */
export const foreseesSame = ({ facts: known }: SeatState, read: SeatFacts): boolean =>
  known?.foreseen === true && canonicalJson(known) === canonicalJson(read);

/**
 * True for news of a season that runs and that the books, read a moment earlier, did not have. What
 * was foreseen stands over nothing that is decided, whichever season that opens.
 */
const standsOver = (known: SeatFacts, read: SeatFacts, now: number): boolean =>
  isRunning(known, now) &&
  isCurrent(known) &&
  !(known.foreseen === true && read.foreseen !== true) &&
  isOlder(read, known) &&
  !isSamePlace(read, known);

const isSamePlace = (a: SeatFacts, b: SeatFacts): boolean =>
  a.seasonStart === b.seasonStart && a.number === b.number;

/**
 * The state after a push, or undefined where nothing changes. A seat that holds nothing stays so:
 * it reads the books when it is first asked. News of a season that it would read anyway before it
 * answers is left to that reading, so that a season's end costs no row for seats nobody asks. How a
 * season opens is no news: the books are read for it.
 */
export function told(
  state: SeatState | null,
  facts: SeatFacts,
  now: number,
): SeatState | undefined {
  if (state === null || state.facts === null) return undefined;
  if (isOlder(facts, state.facts)) return undefined;
  if (!isRunning(state.facts, now) && mustLook(state, now)) return undefined;
  return { ...state, facts };
}

/** What facts come to, in whatever shape: a seat that was right is not written for the word. */
const saysOf = ({ foreseen: _, shape: __, ...facts }: SeatFacts): string => canonicalJson(facts);

export type Compared = 'empty' | 'same' | 'mended';

/** The nightly comparison with the books: what differs and is not newer is replaced. */
export function compared(
  state: SeatState | null,
  facts: SeatFacts,
  now: number,
): { readonly state?: SeatState; readonly value: Compared } {
  if (state === null || state.facts === null) return { value: 'empty' };
  if (saysOf(facts) === saysOf(state.facts)) return { value: 'same' };
  if (standsOver(state.facts, facts, now)) return { value: 'same' };
  return { state: { ...state, facts, checkedAt: now }, value: 'mended' };
}

/** The state after the load was judged, or the same one where nothing turned. */
export function afterJudging(
  state: SeatState,
  judged: Judged,
  about: { readonly agentKey: string; readonly now: number; readonly salt: string },
): SeatState {
  const { turn } = judged;
  if (turn.kind === 'none') return state;
  const overloads = state.overloads + (turn.kind === 'began' ? 1 : 0);
  const row = overloadRow(judged, overloads, about);
  const { load: _, ...due } = state.due;
  const { now } = about;
  return {
    ...state,
    load: judged.state,
    overloads,
    outbox: [...state.outbox, row].slice(-MAX_OUTBOX),
    ...(turn.kind === 'began' && { spokenBy: now }),
    due: { ...due, outbox: now, ...(turn.kind === 'began' && { load: now + WINDOW_MS }) },
  };
}

function overloadRow(
  { turn, reading }: Judged,
  count: number,
  { agentKey, now, salt }: { agentKey: string; now: number; salt: string },
): Row {
  const began = turn.kind === 'began';
  const overload = turn.kind === 'none' ? null : turn.overload;
  return auditRow({
    action: began ? 'ROUTING_OVERLOAD_BEGAN' : 'ROUTING_OVERLOAD_ENDED',
    subject: seatSubject(agentKey),
    at: now,
    actor: 'routing',
    detail: {
      trigger: overload?.trigger ?? null,
      since: overload?.since ?? null,
      relapse: overload?.relapse ?? false,
      ...(turn.kind === 'ended' && { reason: turn.reason }),
      ...evidenceOf(reading),
    },
    cause: `${count}`,
    salt,
  });
}

/** What was said last; quantities in millionths, loads in millionths of the target. */
function evidenceOf({ latest, now, mean }: Reading): Readonly<Record<string, unknown>> {
  return {
    load: now === null ? null : Number(now),
    mean: mean === null ? null : Number(mean),
    sample:
      latest === null
        ? null
        : {
            at: latest.at,
            cause: latest.cause,
            concurrent: latest.concurrent,
            target: latest.target,
            ahtSeconds: latest.ahtSeconds,
            targetAhtSeconds: latest.targetAhtSeconds,
            queueWaitSeconds: latest.queueWaitSeconds,
            queueLength: latest.queueLength,
          },
  };
}

/** The state without rows the journal has. What is left is due at `retryAt`. */
export function withoutSent(state: SeatState, sent: readonly Row[], retryAt: number): SeatState {
  const gone = new Set(sent.map(({ id }) => id));
  const outbox = state.outbox.filter(({ id }) => !gone.has(id));
  const { outbox: _, ...due } = state.due;
  return { ...state, outbox, due: outbox.length === 0 ? due : { ...due, outbox: retryAt } };
}

/** The state in which something held is let go at `at` at the latest. */
export const withHeldDue = (state: SeatState, at: number): SeatState =>
  state.due.held === undefined ? { ...state, due: { ...state.due, held: at } } : state;

/** The state after what has ended was let go; `next` is when the next one ends. */
export function afterExpiry(state: SeatState, next: number | null): SeatState {
  const { held: _, ...due } = state.due;
  return { ...state, due: next === null ? due : { ...due, held: next } };
}
