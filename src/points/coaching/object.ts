/**
 * One coaching session: takes its events in one synchronous step, settles them when the lock window
 * ends, and forgets itself when D1 holds everything. Decides nothing itself; `state.ts`, `fold.ts`
 * and `settlement.ts` do. Refuses to settle twice: a settlement with effects is frozen before it is
 * sent and sent until it is answered; one without is named by its number, and a conflict means
 * somebody was first, so it looks again.
 */
import { copyRows } from '../../calendar/succession';
import { StatefulObject, type Step } from '../../durable/object';
import type { KeptEvent, Taken } from '../../events/event';
import { readEvents } from '../../events/store';
import type { ChangeSet } from '../../kernel/change-set';
import { commit, type LedgerEnv } from '../../ledger/client';
import { randomHex } from '../../runtime/chance';
import { within } from '../../runtime/clock';
import { log } from '../../runtime/log';
import { type NudgeEnv, settleNeighbours } from '../guards/client';
import { readClosing, recall, type SettlementEnv } from './recall/store';
import { clashSets, handOverSets, hasEffects, settlementSet, strangerSet } from './sets';
import { claimedPlaces, type Known, type Settlement, settle } from './settlement';
import {
  type AcceptRequest,
  accept,
  type FrozenSet,
  forgetAt,
  frozenState,
  gathersUntil,
  idsToRecall,
  isQuiet,
  nextDue,
  nudged,
  type SessionState,
  withoutSent,
} from './state';

export interface CoachingEnv extends LedgerEnv, SettlementEnv, NudgeEnv {}

/** How long an old event waits for D1 to say whether it is known; then it is accepted. */
const RECALL_MS = 300;
/** Turns of look, decide and send before the alarm comes again later. */
const MAX_TURNS = 6;

/** What one turn left behind, or `again` when somebody was first. */
type Rest = { readonly wakeAt: number | null; readonly covered: number } | 'again';

export class CoachingSessionObject extends StatefulObject<SessionState, CoachingEnv> {
  protected readonly binding = 'SESSIONS';
  /** Number of the frozen settlement that was heard to be in D1; a restart only sends it once more. */
  #sent = 0;
  /** Settlements follow one another: the alarm and a poke may come at once. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Counts nudges: one that comes while a settlement waits would be lost with the alarm it set. */
  #nudges = 0;

  /** Takes arrivals in order; each is durable when this answers. */
  async accept(request: AcceptRequest): Promise<readonly Taken[]> {
    const remembered = await this.#remember(idsToRecall(this.state, request));
    const taken = this.step(request.now, (state) => {
      const before = withoutSent(state, this.#sent);
      const accepted = accept(before, request, remembered, randomHex(16));
      for (const [id, body] of accepted.longBodies) this.ctx.storage.kv.put(bodyKey(id), body);
      const { state: next, taken: value } = accepted;
      return next === undefined ? { value } : { state: next, value };
    });
    await this.registerDue();
    return taken;
  }

  /** Has it settle once more: under a cap somebody's claim changed. Answers before it does. */
  async nudge(session: string, now: number): Promise<void> {
    this.#nudges += 1;
    this.step(now, (before) => {
      const state = nudged(before, session, now);
      return { ...(state && { state }), value: undefined };
    });
    await this.registerDue();
  }

  /** UTC ms until which its events gather, or should have; null where it holds none. */
  async gathersUntil(): Promise<number | null> {
    return gathersUntil(this.state);
  }

  async #remember(ids: readonly string[]): Promise<ReadonlyMap<string, KeptEvent>> {
    if (ids.length === 0) return new Map();
    const events = await within(RECALL_MS, readEvents(this.env.DB, ids), []);
    return new Map(events.flatMap(({ id, kept }) => (kept === null ? [] : [[id, kept]])));
  }

  protected perform(now: number): Promise<number | null> {
    const mine = this.#turn.then(() => this.#settleAll(now));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Settles all it holds, lock window or not, fixes what it claims under caps and forgets: one of its
   * persons is erased. A session that has forgotten itself already still has its claims fixed.
   */
  async erase(session: string, now: number): Promise<void> {
    const mine = this.#turn.then(() => this.#settleAndForget(session, now));
    this.#turn = mine.catch(() => undefined);
    await mine;
  }

  async #settleAndForget(session: string, now: number): Promise<void> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const state = this.state;
      const rest = state === null ? { covered: 0 } : await this.#settleOnce(state, now);
      const isWhole = (): boolean =>
        rest !== 'again' && (this.state?.events.length ?? 0) === rest.covered;
      if (!isWhole()) continue;
      const closing = await readClosing(this.env.DB, session, randomHex(16), now);
      const isClosed = closing === null || (await this.#send(closing, now));
      if (isClosed && isWhole()) return this.forget();
    }
    throw new Error(`nothing settled in ${MAX_TURNS} turns`);
  }

  async #settleAll(now: number): Promise<number | null> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const state = this.state;
      if (state === null) return null;
      const lockEnds = state.due.settle;
      if (lockEnds !== undefined && lockEnds > now) return lockEnds;
      const nudges = this.#nudges;
      const rest = await this.#settleOnce(state, now);
      if (rest === 'again' || nudges !== this.#nudges) continue;
      const next = nextDue(this.state, rest, now);
      if (next === null && isQuiet(this.state, now)) await this.forget();
      return next;
    }
    throw new Error(`nothing settled in ${MAX_TURNS} turns`);
  }

  /** What was frozen goes first; then D1 gets what it lacks; then the next difference is decided. */
  async #settleOnce(state: SessionState, now: number): Promise<Rest> {
    const { frozen, session, events } = state;
    if (frozen !== null && frozen.number !== this.#sent) {
      const again = { ...frozen, set: { ...frozen.set, resent: true } };
      if (!(await this.#sendFrozen(again, now))) return 'again';
    }
    const recalled = await recall(this.env, session, events, now);
    const { known, missing, clashing, copies } = recalled;
    const bodyOf = (id: string): string | undefined =>
      state.bodies[id] ?? this.ctx.storage.kv.get<string>(bodyKey(id));
    for (const set of clashSets(session, clashing, bodyOf)) await this.#send(set, now);
    const seasons = copies.map((copy) => ({ rows: copyRows(copy) }));
    for (const set of [...seasons, ...handOverSets(missing, bodyOf)]) {
      if (!(await this.#send(set, now))) return 'again';
    }
    const covered = events.length;
    if (known.events.length === 0) return { wakeAt: forgetAt(state, now), covered };
    const settlement = settle(known, now);
    const stranger = strangerSet(settlement, known, bodyOf);
    if (stranger !== null) await this.#send(stranger, now);
    if (!(await this.#write(settlement, known, now))) return 'again';
    const places = claimedPlaces(settlement, known);
    if (places.length > 0) {
      const { programmes } = known;
      if (await settleNeighbours(this.env, session, places, programmes, now)) return 'again';
    }
    return { wakeAt: settlement.wakeAt, covered };
  }

  /** True when what was decided is in D1; false when somebody else wrote this settlement first. */
  async #write(settlement: Settlement, known: Known, now: number): Promise<boolean> {
    if (settlement.idle) return true;
    const set = settlementSet(settlement, known, randomHex(16));
    if (!hasEffects(settlement, known)) return this.#send(set, now);
    const next: FrozenSet = { number: settlement.decision.number, set };
    this.step(now, (before) => refrozen(before, next, now));
    return this.#sendFrozen(next, now);
  }

  /** A conflict means that nothing of the set is in D1 and another was: it is dropped. */
  async #sendFrozen(frozen: FrozenSet, now: number): Promise<boolean> {
    if (await this.#send(frozen.set, now)) {
      this.#sent = frozen.number;
      return true;
    }
    this.step(now, (before) => refrozen(before, null, now));
    return false;
  }

  /** True when the set is in D1; false when it lost to another. Throws to come again later. */
  async #send(set: ChangeSet, now: number): Promise<boolean> {
    const answer = await commit(this.env, set, now);
    if (answer.verdict === 'committed') return true;
    if (answer.verdict === 'conflict' || answer.verdict === 'refused') return false;
    if (answer.verdict === 'rejected') log('error', 'coaching.parked', { reason: answer.reason });
    throw new Error(`the journal answered ${answer.verdict}`);
  }
}

const bodyKey = (id: string): string => `body:${id}`;

/** A step that freezes a set, or drops the one that was frozen. */
function refrozen(
  before: SessionState | null,
  frozen: FrozenSet | null,
  now: number,
): Step<SessionState, undefined> {
  if (before === null) return { value: undefined };
  const state = frozen === null ? { ...before, frozen } : frozenState(before, frozen, now);
  return { state, value: undefined };
}
