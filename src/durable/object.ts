/**
 * The base of every object: one state value, one synchronous step, named due times over the one
 * alarm, and the sandbox's clock instead of alarms in sandbox mode. Constructors do nothing that
 * can throw. `alarm()` never throws: it catches, counts and arms again with its own backoff,
 * because the runtime drops an alarm after six throws.
 */
import { DurableObject } from 'cloudflare:workers';
import { jittered } from '../runtime/chance';
import { systemNow } from '../runtime/clock';
import { log, messageOf } from '../runtime/log';
import {
  armAfterStep,
  backoffMs,
  earliest,
  GUARD_MS,
  RETRIES_BEFORE_GUARD,
  type State,
} from './due';
import { type SandboxEnv, sandboxOf } from './sandbox';

export interface Step<S, T> {
  /** The state to save; undefined leaves what is there. */
  readonly state?: S;
  readonly value: T;
}

const STATE_KEY = 'state';
/** Failures in a row: saved, for an object that waits for minutes is put away meanwhile. */
const FAILURES_KEY = 'failures';

export abstract class StatefulObject<
  S extends State,
  E extends SandboxEnv,
> extends DurableObject<E> {
  /** The name of the binding under which the sandbox finds this object again. */
  protected abstract readonly binding: string;

  /** Does what is due at `now`; answers when something is due next, or null. May throw. */
  protected abstract perform(now: number): Promise<number | null>;

  /** The state as it is. After every await it must be read again. */
  protected get state(): S | null {
    return this.ctx.storage.kv.get<S>(STATE_KEY) ?? null;
  }

  /**
   * Load, decide, save and arm in one transaction without an await: all of it holds or none
   * (design section 2, rule 1).
   */
  protected step<T>(now: number, decide: (state: S | null) => Step<S, T>): T {
    return this.ctx.storage.transactionSync(() => {
      const before = this.state;
      const { state, value } = decide(before);
      if (state !== undefined) {
        this.ctx.storage.kv.put(STATE_KEY, state);
        const armAt = armAfterStep(before && earliest(before.due), earliest(state.due), now);
        if (armAt !== null && sandboxOf(this.env) === null) void this.ctx.storage.setAlarm(armAt);
      }
      return value;
    });
  }

  get #failures(): number {
    return this.ctx.storage.kv.get<number>(FAILURES_KEY) ?? 0;
  }

  /** One more failure in a row; a storage that does not take it must not hide what failed. */
  #failed(): number {
    try {
      const failures = this.#failures + 1;
      this.ctx.storage.kv.put(FAILURES_KEY, failures);
      return failures;
    } catch (thrown) {
      log('error', 'due.not-counted', { binding: this.binding, message: messageOf(thrown) });
      return 1;
    }
  }

  /**
   * The time, for what goes by the minute: a caller's `now` may be minutes old, for jobs keep theirs
   * to the end. In sandbox mode there is no other than the caller's.
   */
  protected clock(now: number): number {
    return sandboxOf(this.env) === null ? Math.max(now, systemNow()) : now;
  }

  /** In sandbox mode tells the clock what is due, before the caller is answered; else nothing. */
  protected async registerDue(): Promise<void> {
    const sandbox = sandboxOf(this.env);
    const state = this.state;
    const at = state === null ? null : earliest(state.due);
    if (sandbox === null || at === null) return;
    await sandbox.register(this.binding, this.ctx.id.name ?? '', at);
  }

  /** Does what is due and says when to come again; a failure is logged and comes again later. */
  async due(now: number): Promise<number | null> {
    try {
      const next = await this.perform(now);
      if (this.#failures > 0) this.ctx.storage.kv.delete(FAILURES_KEY);
      return next;
    } catch (thrown) {
      const failures = this.#failed();
      log('warn', 'due.failed', {
        binding: this.binding,
        failures,
        message: messageOf(thrown),
      });
      const delay = backoffMs(failures - 1);
      return this.clock(now) + (sandboxOf(this.env) === null ? jittered(delay) : delay);
    }
  }

  /** Does what is due, from outside the alarm: cron's net, an operator's replay. Arms what comes next. */
  async poke(now: number): Promise<void> {
    const next = await this.due(now);
    if (next !== null) await this.wake(next, now);
  }

  /** Comes back at an instant; the state stays as it is. */
  protected async wake(at: number, now: number): Promise<void> {
    const sandbox = sandboxOf(this.env);
    if (sandbox !== null) return sandbox.register(this.binding, this.ctx.id.name ?? '', at);
    // Setting it is a row, and cron pokes whoever sleeps until the same instant again and again.
    const until = Math.max(at, now);
    if ((await this.ctx.storage.getAlarm()) !== until) await this.ctx.storage.setAlarm(until);
  }

  override async alarm(info?: AlarmInvocationInfo): Promise<void> {
    const now = systemNow();
    const { storage } = this.ctx;
    const guardedBy = (info?.retryCount ?? 0) >= RETRIES_BEFORE_GUARD ? now + GUARD_MS : null;
    if (guardedBy !== null) await storage.setAlarm(guardedBy);
    const next = await this.due(now);
    if (next !== null) await storage.setAlarm(Math.max(next, now));
    // Another that was set meanwhile stands.
    else if (guardedBy !== null && (await storage.getAlarm()) === guardedBy) {
      await storage.deleteAlarm();
    }
  }

  /** Forgets everything, alarm included; the caller has checked that others remember. */
  protected async forget(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }
}
