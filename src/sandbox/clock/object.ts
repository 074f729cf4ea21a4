/**
 * The sandbox's clock: which object has something due when, and the instant that all of them are
 * told. Before it is set it keeps one real alarm at the earliest due time; while it is set, time
 * moves only when it is told to, and everything that becomes due on the way is done in order.
 * Progress is kept before each step, so a move that is killed goes on where it was.
 */
import { DurableObject } from 'cloudflare:workers';
import { callObject, type Objects } from '../../durable/client';
import type { SandboxEnv } from '../../durable/sandbox';
import { systemNow } from '../../runtime/clock';
import { log, messageOf } from '../../runtime/log';
import { type Advance, type ClockControl, MAX_STEPS } from './client';
import { arrived, begun, departed, ended, type Firing, nextStep, type Progress } from './step';

/** Due times are asked of objects that have this method (`durable/object.ts`). */
interface DueObject {
  due(now: number): Promise<number | null>;
}

interface Registration extends Record<string, SqlStorageValue> {
  readonly binding: string;
  readonly name: string;
  readonly at: number;
}

/** Objects with the same due time that are asked at once, so that the journal can group them. */
const TOGETHER = 64;
/** An object that could not be asked is asked again so much later. */
const ASK_AGAIN_MS = 2_000;
const PROGRESS = 'progress';

export abstract class SandboxClockObject<E extends SandboxEnv>
  extends DurableObject<E>
  implements ClockControl
{
  /** Cron strings, in the order in which those of one instant fire. */
  protected abstract readonly crons: readonly string[];

  /** Steps of one move before it answers that it is unfinished. */
  protected readonly maxSteps: number = MAX_STEPS;

  /** Does what the Worker does when a trigger fires. */
  protected abstract fire(cron: string, now: number): Promise<unknown>;

  /** Moves are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What objects registered while they were being asked, by binding and name. */
  readonly #asked = new Map<string, number | null>();

  /** Null until the clock is first set. */
  get #progress(): Progress | null {
    return this.ctx.storage.kv.get<Progress>(PROGRESS) ?? null;
  }

  async now(): Promise<number | null> {
    return this.#progress?.now ?? null;
  }

  /** An earlier time than the registered one replaces it: being asked early changes nothing. */
  async register(binding: string, name: string, at: number): Promise<void> {
    const key = keyOf({ binding, name });
    const asked = this.#asked.get(key);
    if (asked !== undefined) {
      this.#asked.set(key, asked === null ? at : Math.min(asked, at));
      return;
    }
    const rows = table(this.ctx.storage.sql);
    rows.put({ binding, name, at: Math.min(at, rows.atOf(binding, name) ?? at) });
    await this.#arm();
  }

  async set(to: number): Promise<Advance> {
    const turn = this.#turn.then(() => this.#advance(to));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Fires for what is due in real time, and for what was registered for an instant that has come. */
  override async alarm(): Promise<void> {
    const turn = this.#turn.then(() => this.#catchUp());
    this.#turn = turn.catch((thrown) =>
      log('warn', 'sandbox.clock.failed', { message: messageOf(thrown) }),
    );
    await this.#turn;
    await this.#arm();
  }

  async #advance(to: number): Promise<Advance> {
    const before = this.#progress;
    if (before !== null && to < before.now) return { verdict: 'backwards', now: before.now };
    let progress = before ?? departed(systemNow(), to);
    this.ctx.storage.kv.put(PROGRESS, progress);
    for (let steps = 0; steps < this.maxSteps; ) {
      const earliest = table(this.ctx.storage.sql).earliest();
      const step = nextStep(progress, this.crons, earliest, to);
      if (step === null) {
        this.ctx.storage.kv.put(PROGRESS, arrived(to));
        return { verdict: 'set', now: to, steps };
      }
      if (step.kind === 'cron') {
        progress = await this.#fireOnce(progress, step);
        steps += 1;
      } else {
        progress = { ...progress, now: step.at };
        this.ctx.storage.kv.put(PROGRESS, progress);
        steps += await this.#askDue(step.at, this.maxSteps - steps);
      }
    }
    return { verdict: 'unfinished', now: progress.now, steps: this.maxSteps };
  }

  async #fireOnce(progress: Progress, firing: Firing): Promise<Progress> {
    this.ctx.storage.kv.put(PROGRESS, begun(progress, firing));
    await this.fire(firing.cron, firing.at);
    const after = ended({ ...progress, now: firing.at }, firing);
    this.ctx.storage.kv.put(PROGRESS, after);
    return after;
  }

  /** Asks the objects whose time is the earliest one, in order of binding and name. */
  async #askDue(now: number, most: number): Promise<number> {
    const rows = table(this.ctx.storage.sql).next(Math.min(TOGETHER, most));
    await Promise.all(rows.map((row) => this.#ask(row, now)));
    return rows.length;
  }

  async #ask(row: Registration, now: number): Promise<void> {
    const key = keyOf(row);
    this.#asked.set(key, null);
    const answered = await this.#answerOf(row, now);
    const meanwhile = this.#asked.get(key) ?? null;
    this.#asked.delete(key);
    const times = [answered, meanwhile].filter((at) => at !== null);
    const rows = table(this.ctx.storage.sql);
    if (times.length === 0) rows.drop(row);
    else rows.put({ ...row, at: Math.min(...times) });
  }

  async #answerOf({ binding, name }: Registration, now: number): Promise<number | null> {
    const bindings = this.env as unknown as Readonly<Record<string, Objects<DueObject>>>;
    const objects = bindings[binding];
    if (objects === undefined) {
      log('error', 'sandbox.clock.no-binding', { binding });
      return null;
    }
    try {
      return await callObject(
        () => objects.getByName(name),
        (object) => object.due(now),
      );
    } catch (thrown) {
      log('warn', 'sandbox.clock.unanswered', { binding, message: messageOf(thrown) });
      return now + ASK_AGAIN_MS;
    }
  }

  async #catchUp(): Promise<void> {
    const now = this.#progress?.now ?? systemNow();
    for (let steps = 0; steps < this.maxSteps; ) {
      const earliest = table(this.ctx.storage.sql).earliest();
      if (earliest === null || earliest > now) return;
      steps += await this.#askDue(now, this.maxSteps - steps);
    }
  }

  /** One real alarm: at the earliest due time, or at once for one that the set clock has passed. */
  async #arm(): Promise<void> {
    const earliest = table(this.ctx.storage.sql).earliest();
    const shown = this.#progress?.now ?? null;
    if (earliest === null) return;
    if (shown === null) await this.ctx.storage.setAlarm(Math.max(earliest, systemNow()));
    else if (earliest <= shown) await this.ctx.storage.setAlarm(systemNow());
  }
}

const keyOf = (of: { readonly binding: string; readonly name: string }): string =>
  `${of.binding}/${of.name}`;

/** The registrations. The table is made on first use, for a constructor must not throw. */
function table(sql: SqlStorage) {
  sql.exec(
    'CREATE TABLE IF NOT EXISTS due (binding TEXT, name TEXT, at INTEGER NOT NULL, PRIMARY KEY (binding, name)) STRICT, WITHOUT ROWID',
  );
  // Serves `earliest` and `next`.
  sql.exec('CREATE INDEX IF NOT EXISTS due_at ON due (at)');
  return {
    atOf: (binding: string, name: string): number | null =>
      sql
        .exec<{ at: number }>('SELECT at FROM due WHERE binding = ? AND name = ?', binding, name)
        .toArray()[0]?.at ?? null,
    earliest: (): number | null =>
      sql.exec<{ at: number | null }>('SELECT min(at) AS at FROM due').one().at,
    /** Those with the earliest time, in order of binding and name. */
    next: (most: number): Registration[] =>
      sql
        .exec<Registration>(
          'SELECT binding, name, at FROM due WHERE at = (SELECT min(at) FROM due) ORDER BY binding, name LIMIT ?',
          most,
        )
        .toArray(),
    put: ({ binding, name, at }: Registration): void => {
      sql.exec(
        'INSERT INTO due (binding, name, at) VALUES (?, ?, ?) ON CONFLICT (binding, name) DO UPDATE SET at = excluded.at',
        binding,
        name,
        at,
      );
    },
    drop: ({ binding, name }: Registration): void => {
      sql.exec('DELETE FROM due WHERE binding = ? AND name = ?', binding, name);
    },
  };
}
