/**
 * The journal's one loop: one group at a time, what arrives meanwhile waits. Decides when to look,
 * when to write, when to try again, which set of a group is guilty, and when callers hear `busy`.
 * It reaches D1 and its own storage only through a port, so that every fault can be played to it.
 * Refuses to write on a D1 that stands behind what was acknowledged.
 */
import type { ChangeSet, CommitAnswer } from '../kernel/change-set';
import { invariant } from '../kernel/result';
import {
  countOf,
  faultOf,
  type GroupLimits,
  isGuilty,
  type JournalPort,
  type Look,
  needsLook,
  type Promised,
  type SealedGroup,
  sealedOf,
  tellAll,
  type Waiting,
  type WriteFault,
} from './group/group';
import { healthOf, type JournalHealth, Pause, Rejections, rejectionSet } from './health/health';
import {
  askOf,
  type ColumnTypes,
  type Facts,
  type JournalTable,
  NOTHING_READ,
  type Outcome,
  type Prepared,
  planGroup,
  prepare,
} from './journal';
import { LastSeal } from './seals/last';
import type { Head } from './seals/seal';

const LIMITS: GroupLimits = { rows: 500, bytes: 512 * 1024 };
/**
 * From so many callers on the next group waits a moment: whoever was told just now and asks again
 * would else always miss it, and two halves of a crowd take turns in groups of half the size.
 */
const CROWD = 16;
const MAX_TURNS = 8;
const MAX_WAITING = 1_000;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
const FULL_RETRY_MS = 1_000;

export class JournalLoop {
  readonly #port: JournalPort;
  readonly #tables: ReadonlyMap<string, JournalTable>;
  readonly #limits: GroupLimits;
  readonly #rejections: Rejections;
  readonly #pause = new Pause();
  readonly #queue: Waiting[] = [];
  /** Audit entries of rejections that could not be written yet. */
  readonly #unaudited: ChangeSet[] = [];
  #waitingBytes = 0;
  #running = false;
  #head: Head | null = null;
  #types: ColumnTypes | null = null;
  readonly #last: LastSeal;
  #rolledBack: JournalHealth['rolledBack'] = null;

  constructor(port: JournalPort, tables: readonly JournalTable[], limits = LIMITS) {
    this.#port = port;
    this.#last = new LastSeal(port);
    this.#rejections = new Rejections(port);
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#limits = limits;
  }

  async commit(set: ChangeSet, now: number): Promise<CommitAnswer> {
    const prepared = prepare(set, this.#tables);
    if (typeof prepared === 'string') return this.#reject(set, prepared, now);
    const busyMs = this.#busyMs(prepared.bytes, now);
    if (busyMs > 0) return { verdict: 'busy', retryAfterMs: busyMs };
    return new Promise((tell) => this.#wait({ prepared, now, tell }));
  }

  /**
   * Takes D1 as it stands for the truth, if the set that says so is committed; it goes before all
   * that waits. When it is not committed nothing was accepted.
   */
  async acceptRollback(set: ChangeSet, now: number): Promise<CommitAnswer> {
    const prepared = prepare(set, this.#tables);
    if (typeof prepared === 'string') return { verdict: 'rejected', reason: prepared };
    const before = this.#last.forget();
    this.#head = null;
    this.#pause.end();
    const answer = await new Promise<CommitAnswer>((tell) => {
      this.#wait({ prepared, now, tell }, true);
    });
    if (this.#last.known === null && answer.verdict !== 'committed') {
      this.#last.restore(before);
      this.#head = null;
    }
    return answer;
  }

  /**
   * How it is. It looks first where no group is under way, so that it can tell of a rollback; what
   * it finds it remembers, or a restore soon after the last seal would go unseen.
   */
  async health(now: number): Promise<JournalHealth> {
    if (!this.#running) {
      await this.#alone(async () => {
        const facts = await this.#look([]);
        if (typeof facts !== 'string' && this.#head !== null) this.#last.found(this.#head);
      });
    }
    const counts = {
      waiting: this.#queue.length,
      waitingBytes: this.#waitingBytes,
      seal: this.#head?.number ?? this.#last.known?.number ?? null,
      rolledBack: this.#rolledBack,
    };
    return healthOf(counts, this.#pause, this.#rejections.list(now));
  }

  #busyMs(bytes: number, now: number): number {
    const full =
      this.#queue.length >= MAX_WAITING || this.#waitingBytes + bytes > MAX_WAITING_BYTES;
    return Math.max(this.#pause.leftMs(now), full ? FULL_RETRY_MS : 0);
  }

  #wait(waiting: Waiting, first = false): void {
    if (first) this.#queue.unshift(waiting);
    else this.#queue.push(waiting);
    this.#waitingBytes += waiting.prepared.bytes;
    if (!this.#running) void this.#run();
  }

  /** Does one thing while no group is under way; then goes on with what arrived meanwhile. */
  async #alone(deed: () => Promise<unknown>): Promise<void> {
    this.#running = true;
    try {
      await deed();
    } finally {
      this.#running = false;
      if (this.#queue.length > 0) void this.#run();
    }
  }

  async #run(): Promise<void> {
    this.#running = true;
    await null; // Lets in what was sent in the same turn.
    while (this.#queue.length > 0) {
      const group = this.#take();
      try {
        await this.#settle(group);
      } catch (thrown) {
        // A fault of ours must not keep callers waiting for ever; nothing is known to be written.
        this.#head = null;
        this.#port.log('journal.broken', { message: this.#port.reasonOf(thrown) });
        tellAll(group, { verdict: 'retry' });
      }
      if (group.length >= CROWD) await this.#port.linger();
    }
    this.#running = false;
  }

  #take(): Waiting[] {
    const count = countOf(this.#queue, this.#limits);
    const taken = this.#queue.splice(0, count);
    for (const { prepared } of taken) this.#waitingBytes -= prepared.bytes;
    return taken;
  }

  /** Brings a group to its end: every caller in it has been told when this returns. */
  async #settle(whole: readonly Waiting[]): Promise<void> {
    const now = Math.max(...whole.map((waiting) => waiting.now));
    let group = whole;
    let fault: WriteFault | null = null;
    let missed = false;
    for (let turn = 1; turn <= MAX_TURNS; turn += 1) {
      const busyMs = this.#pause.leftMs(now);
      if (busyMs > 0) return tellAll(group, { verdict: 'busy', retryAfterMs: busyMs });
      const sets = group.map(({ prepared }) => prepared);
      const blind = this.#head !== null && this.#types !== null && !needsLook(group);
      const facts = blind ? NOTHING_READ : await this.#look(sets);
      if (facts === 'away' || facts === 'behind') {
        // One lost answer is weather; the second in a row says that D1 is away.
        if (facts === 'behind' || missed || this.#pause.failures > 0) this.#pause.begin(now);
        missed = true;
        continue;
      }
      const [head, types] = [this.#head, this.#types];
      invariant(head !== null && types !== null, 'a look finds head and types');
      const plan = planGroup(sets, facts, head, types);
      const promised = this.#tellGrounded(group, plan.outcomes);
      group = promised.map(({ waiting }) => waiting);
      if (group.length === 0) return this.#pause.end();
      if (fault !== null && isGuilty(fault, head, facts, sets)) return this.#halve(group, fault);
      const sealed = sealedOf(plan, head, now);
      fault = await this.#write(sealed);
      if (fault === null) return this.#committed(sealed, promised);
      missed = fault.kind === 'unknown';
    }
    if (fault?.kind === 'unknown') this.#pause.begin(now);
    tellAll(group, { verdict: 'retry' });
  }

  /** Reads head and facts. away: D1 did not answer; behind: it was rolled back. */
  async #look(sets: readonly Prepared[]): Promise<Facts | 'away' | 'behind'> {
    const anchor = this.#last.known;
    const typed = this.#types !== null && this.#types.size >= this.#tables.size;
    const ask = askOf(sets, this.#tables, anchor?.number ?? null, !typed);
    this.#head = null;
    let look: Look;
    try {
      look = await this.#port.look(ask);
    } catch (thrown) {
      this.#port.log('journal.look-failed', { message: this.#port.reasonOf(thrown) });
      return 'away';
    }
    if (anchor !== null && look.anchorHash !== anchor.hash) {
      this.#rolledBack = { expected: anchor.number, found: look.head.number };
      this.#port.log('journal.rolled-back', this.#rolledBack);
      return 'behind';
    }
    this.#rolledBack = null;
    this.#head = look.head;
    this.#types = look.types ?? this.#types;
    return look.facts;
  }

  async #write(sealed: SealedGroup): Promise<WriteFault | null> {
    try {
      await this.#port.write(sealed);
      return null;
    } catch (thrown) {
      this.#head = null;
      const reason = this.#port.reasonOf(thrown);
      this.#port.log('journal.write-failed', { message: reason, seal: sealed.number });
      return { kind: faultOf(reason), reason, after: sealed.after.number };
    }
  }

  #committed(sealed: SealedGroup, promised: readonly Promised[]): void {
    this.#head = { number: sealed.number, hash: sealed.hash, at: sealed.at };
    // D1 has answered, whether or not our own storage does.
    this.#pause.end();
    this.#last.follow(this.#head);
    for (const { waiting, answer } of promised) this.#tell(waiting, answer);
    for (const set of this.#unaudited.splice(0)) this.#audit(set, sealed.at);
  }

  /** Halves a group that holds a guilty set until that set stands alone. */
  async #halve(group: readonly Waiting[], fault: WriteFault): Promise<void> {
    const [only] = group;
    if (only !== undefined && group.length === 1) {
      only.tell(this.#reject(only.prepared.set, fault.reason, only.now));
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await this.#settle(group.slice(0, middle));
    await this.#settle(group.slice(middle));
  }

  /** Tells what no write can change any more; the rest is promised. */
  #tellGrounded(group: readonly Waiting[], outcomes: readonly Outcome[]): Promised[] {
    const promised: Promised[] = [];
    for (const [index, waiting] of group.entries()) {
      const outcome = outcomes[index];
      invariant(outcome !== undefined, 'every set of a group has an outcome');
      if (outcome.grounded) this.#tell(waiting, outcome.answer);
      else promised.push({ waiting, answer: outcome.answer });
    }
    return promised;
  }

  #tell({ prepared: { set }, tell, now }: Waiting, answer: CommitAnswer): void {
    if (answer.verdict === 'committed') this.#rejections.forget(set);
    tell(answer.verdict === 'rejected' ? this.#reject(set, answer.reason, now) : answer);
  }

  /** Remembers and audits a set that is not acceptable, once. */
  #reject(set: ChangeSet, reason: string, now: number): CommitAnswer {
    if (this.#rejections.add(set, reason, now)) {
      this.#audit(rejectionSet(set, reason, now, this.#port.salt()), now);
    }
    return { verdict: 'rejected', reason };
  }

  #audit(set: ChangeSet, now: number): void {
    const prepared = prepare(set, this.#tables);
    if (typeof prepared === 'string') return;
    const tell = ({ verdict }: CommitAnswer): void => {
      if (verdict === 'busy' || verdict === 'retry') this.#unaudited.push(set);
    };
    this.#wait({ prepared, now, tell });
  }
}
