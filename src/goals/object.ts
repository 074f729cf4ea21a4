/**
 * One goal: takes metric events, each once, in one synchronous step; locks a period at its boundary
 * and settles it later. Decides nothing itself; `tracking/` and `settlement/` do. The event log is
 * the truth and the rows here are what was counted of it: behind a mark every seal has been looked
 * through, so whatever was not offered is found before a period is locked. Refuses to lock what it
 * has not looked through to the end.
 */
import type { DeliveryEnv } from '../delivery/client';
import { StatefulObject } from '../durable/object';
import { sandboxOf } from '../durable/sandbox';
import { commit } from '../ledger/client';
import { readSealNames } from '../ledger/store';
import { log, messageOf } from '../runtime/log';
import { tellOf } from './settlement/client';
import { readSettlementFacts, type SettlementEnv } from './settlement/store';
import { readLock, readMetricPage } from './store';
import { type Found, type KeptRow, rowOf, type SqlRow, tableOf } from './tracking/change';
import type { Count, Rows } from './tracking/count';
import { answered, decide, JournalAway, keepingAsked, mustBeThere } from './tracking/decide';
import type { Fact } from './tracking/fact';
import { type Closing, closingOf, type Reading, readingOf } from './tracking/reading';
import {
  asked,
  dueLabels,
  emptyState,
  type GoalState,
  nextDueOf,
  overLabels,
  type PeriodState,
  patched,
  setBack,
  without,
} from './tracking/state';
import { KeptLocks, Known, readLost, sealBefore } from './tracking/store';
import { furthest, isSetBack, NOWHERE, nearest, type Reach, startOf } from './tracking/walk';

export interface GoalEnv extends DeliveryEnv, SettlementEnv {}

/** How long what is configured is used without reading it again, ms; never in a sandbox. */
const FRESH_MS = 30_000;
/** Pages of the log looked through by one alarm. */
const MAX_PAGES = 200;
/** Turns of look, decide and send before the alarm comes again later. */
const MAX_TURNS = 8;
/** A mark is a row: it is written when so many seals lie behind it. */
const SEALS_A_MARK = 500;
/** What nothing governs is tried again after this. */
const AGAIN_MS = 3_600_000;

/** The rows of each period, in a table of its own that is dropped whole. */
class FactTables implements Rows {
  readonly #sql: () => SqlStorage;
  readonly #made = new Set<string>();

  constructor(sql: () => SqlStorage) {
    this.#sql = sql;
  }

  find(labels: readonly string[], key: string): Found | null {
    for (const label of labels) {
      const [row] = this.#rows(label, 'WHERE key = ?', key);
      if (row !== undefined) return { label, row };
    }
    return null;
  }

  all(label: string): Iterable<KeptRow> {
    return this.#rows(label, '');
  }

  put({ label, row }: Found): void {
    const { key, event, revision, agentKey, base, at, value, part } = row;
    this.#sql().exec(
      `INSERT INTO ${this.#table(label)} VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET event = excluded.event, revision = excluded.revision,
         base = excluded.base, at = excluded.at, value = excluded.value, part = excluded.part`,
      ...[key, event, revision, agentKey, base, at, String(value), part],
    );
  }

  remove({ label, row }: Found): void {
    this.#sql().exec(`DELETE FROM ${this.#table(label)} WHERE key = ?`, row.key);
  }

  drop(label: string): void {
    this.#sql().exec(`DROP TABLE IF EXISTS ${tableOf(label)}`);
    this.#made.delete(label);
  }

  *#rows(label: string, where: string, ...bindings: string[]): Generator<KeptRow> {
    const cursor = this.#sql().exec<SqlRow>(
      `SELECT * FROM ${this.#table(label)} ${where}`,
      ...bindings,
    );
    for (const row of cursor) yield rowOf(row);
  }

  #table(label: string): string {
    const table = tableOf(label);
    if (this.#made.has(label)) return table;
    this.#sql().exec(
      `CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, event TEXT NOT NULL,
         revision INTEGER NOT NULL, agent TEXT NOT NULL, base INTEGER NOT NULL, at INTEGER NOT NULL,
         value TEXT NOT NULL, part TEXT NOT NULL) STRICT, WITHOUT ROWID`,
    );
    this.#made.add(label);
    return table;
  }
}

/** Counts what the log holds, each fact once. */
abstract class CountingObject extends StatefulObject<GoalState, GoalEnv> {
  protected readonly known = new Known();
  protected tables = new FactTables(() => this.ctx.storage.sql);
  protected readonly locks = new KeptLocks(() => this.ctx.storage.kv);
  /** How far the log has been looked through since the mark was last written. */
  #reached: Reach = NOWHERE;
  /** Looks through the log from the mark to its end; from further back where a definition changed. */
  protected async catchUp(asked: Count, now: number): Promise<void> {
    const { asked: passed, head } = await readSealNames(this.env.DB, this.reach.seal);
    const isBack = isSetBack(this.reach, passed, head);
    const from = startOf(asked.plan(this.held, now), isBack);
    const last = { seal: head?.seal ?? 0, hash: head?.sealHash ?? null };
    const start = from === null ? last : await sealBefore(this.env.DB, from, last);
    let reached = isBack ? start : nearest([this.reach, start, last]);
    this.update(now, (count, before) => {
      const plan = count.plan(before, now);
      // A period was opened meanwhile that begins earlier: the next turn looks from there.
      if (startOf(plan, isBack) !== from) {
        reached = this.reach;
        return before;
      }
      for (const label of plan.emptied) this.tables.drop(label);
      if (from !== null) this.known.count = count.anew();
      const isBehind = isBack || before.mark < 0 || reached.seal < before.mark;
      return isBehind ? { ...plan.state, mark: reached.seal, markHash: reached.hash } : plan.state;
    });
    this.#reached = reached;
    for (let page = 0; this.reach.seal >= 0 && this.reach.seal < last.seal; page += 1) {
      if (page >= MAX_PAGES) throw new Error('the log is longer than one alarm looks through');
      await this.#takePage(now);
    }
  }

  async #takePage(now: number): Promise<void> {
    const metricIds = this.known.count?.metricIds(this.held) ?? [];
    const { reached, facts } = await readMetricPage(this.env, this.reach.seal, metricIds);
    this.update(now, (count, state) => {
      const next = count.take(state, facts, now);
      const { seal: mark, hash: markHash } = reached;
      return mark - state.mark >= SEALS_A_MARK ? { ...next, mark, markHash } : next;
    });
    this.#reached = furthest(reached, this.#reached);
  }

  protected get held(): GoalState {
    return this.state ?? emptyState(this.ctx.id.name ?? '');
  }

  protected get reach(): Reach {
    const { mark: seal, markHash: hash } = this.held;
    return furthest({ seal, hash }, this.#reached);
  }

  protected know(now: number, freshMs: number): Promise<Count> {
    return this.known.read(this.env, this.ctx.id.name ?? '', this.tables, { now, freshMs });
  }

  /** One step; what it did to memory is forgotten where it does not hold. */
  protected update(now: number, change: (count: Count, state: GoalState) => GoalState): void {
    const { count } = this.known;
    if (count === null) throw new Error('nothing is known of the goal any more');
    try {
      this.step(now, () => {
        const before = this.held;
        const state = change(count, before);
        return state === before ? { value: undefined } : { state, value: undefined };
      });
    } catch (thrown) {
      this.known.count = null;
      this.tables = new FactTables(() => this.ctx.storage.sql);
      throw thrown;
    }
  }
}

export class GoalObject extends CountingObject {
  protected readonly binding = 'GOALS';
  /** Lockings and settlements follow one another: the alarm and a poke may come at once. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Takes facts in; each counts once, however often it is offered. Throws while D1 is away at first. */
  async offer(facts: readonly Fact[], now: number): Promise<void> {
    await this.know(now, sandboxOf(this.env) === null ? FRESH_MS : 0);
    this.update(now, (count, state) => count.take(state, facts, now));
    await this.registerDue();
  }

  /** What a period comes to; null where there is no such goal or period, or nothing is counted here. */
  async read(label: string, now: number): Promise<Reading | null> {
    const count = await this.know(now, 0);
    return readingOf(count, this.held, label, { now, covered: this.reach.seal });
  }

  /** Locks a period that has ended, once, and has a locked one looked at; always the same answer. */
  async close(label: string, now: number): Promise<Closing> {
    const count = await this.know(now, 0);
    const period = count.opened(this.held, label, now)?.periods[label];
    if (period === undefined) return { verdict: 'unknown' };
    if (period.until > now) return { verdict: 'open' };
    this.update(now, (known, state) => asked(known.opened(state, label, now) ?? state, label, now));
    await this.poke(now);
    return closingOf(this.held, label);
  }

  protected perform(now: number): Promise<number | null> {
    const mine = this.#turn.then(() => this.#performAll(now));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #performAll(now: number): Promise<number | null> {
    const stuck = new Set<string>();
    const failed: unknown[] = [];
    await this.#recheck(now);
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const count = await this.know(now, 0);
      if (count.cadence === null) return null;
      await this.catchUp(count, now);
      const labels = dueLabels(this.held, now).filter((label) => !stuck.has(label));
      // What failed is heard when all others are done: the alarm comes again soon.
      if (labels.length === 0 && failed.length > 0) throw failed[0];
      if (labels.length === 0) return this.#rest(now, stuck);
      for (const label of labels) {
        const isGoverned = await this.#advance(label, now).catch((thrown: unknown) => {
          if (thrown instanceof JournalAway) throw thrown;
          const { goalId: goal } = this.held;
          log('error', 'goal.period-failed', { goal, label, why: messageOf(thrown) });
          failed.push(thrown);
          return this.know(now, 0).then(() => false);
        });
        if (!isGoverned) stuck.add(label);
      }
    }
    throw new Error(`nothing settled in ${MAX_TURNS} turns`);
  }

  /** Books that were set back hold less than they took: those periods go on from what they hold. */
  async #recheck(now: number): Promise<void> {
    const lost = await readLost(this.env.DB, this.held.periods);
    if (lost.length > 0) await this.know(now, 0);
    if (lost.length > 0) this.update(now, (_, state) => setBack(state, lost, now));
  }

  /** One step of one period; false where nothing governs it. */
  async #advance(label: string, now: number): Promise<boolean> {
    const before = this.held.periods[label];
    if (before === undefined) return true;
    if (before.frozen !== null) return this.#send(label, before, now, true);
    const about = { goalId: this.held.goalId, period: label };
    const facts = await readSettlementFacts(this.env, about, now);
    let isGoverned = true;
    this.update(now, (count, state) => {
      const look = { facts, covered: this.reach.seal, kept: this.locks.get(label) };
      const decided = decide(count, state, label, look);
      isGoverned = decided !== null;
      if (decided?.keep) this.locks.put(decided.keep);
      return keepingAsked(state, decided?.state ?? state, label, before);
    });
    return isGoverned && this.#send(label, before, now, false);
  }

  /** Sends what is frozen for a period, seen before it was looked at; what lost is decided anew. */
  async #send(label: string, seen: PeriodState, now: number, resent: boolean): Promise<true> {
    const frozen = this.held.periods[label]?.frozen ?? null;
    if (frozen === null) return true;
    const answer = await commit(this.env, { ...frozen.set, ...(resent && { resent }) }, now);
    mustBeThere(answer);
    const isLost = answer.verdict === 'conflict' && frozen.kind === 'lock';
    const first = isLost ? await readLock(this.env.DB, this.held.goalId, label) : null;
    if (answer.verdict === 'rejected') log('error', 'goal.parked', { label, ...answer });
    this.update(now, (_, state) => {
      if (first !== null) this.locks.put(first);
      const next = patched(state, label, answered(frozen, answer, first, now));
      return keepingAsked(state, next, label, seen);
    });
    if (answer.verdict === 'committed') await tellOf(this.env, frozen, now);
    return true;
  }

  #rest(now: number, stuck: ReadonlySet<string>): number | null {
    this.update(now, (_, state) => {
      const over = overLabels(state, now);
      for (const label of over) for (const kept of [this.tables, this.locks]) kept.drop(label);
      return over.length === 0 ? state : without(state, over);
    });
    return nextDueOf(this.held, stuck, now + AGAIN_MS);
  }
}
