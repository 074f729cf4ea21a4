/**
 * The pulls of one source: asks its destination page after page, has what never came taken as if it
 * had been sent, and says what it found. Decides nothing itself; `run.ts` and `judge.ts` do. The
 * place is kept after every page and what a page lacks is frozen before it is taken, so that it goes
 * on where it was after any crash. A destination that is away is asked again later.
 */
import { namesPerson, type Person } from '../../agents/privacy/person';
import type { State } from '../../durable/due';
import { StatefulObject } from '../../durable/object';
import { commit } from '../../ledger/client';
import type { Owners } from '../owners/client';
import { type Look, withLook } from './look';
import { askNext, type PullEnv, takeMissing } from './pages/client';
import { gapOf, gapRow, isSameWish, type PullRun, restarted, saysNothingNew } from './run';
import { readGap } from './store';

/** Runs lie under a key of their own: a page costs one row, and the alarm is left as it is. */
const RUNS = 'runs';
/** When it looked, also where that found nothing new and so wrote nothing. */
const LOOKS = 'looks';
/** Pages in one alarm. */
const MAX_PAGES = 20;
/** Pulls that wait at one source. */
const MAX_RUNS = 50;

export type PullMethods = Pick<
  PullObject,
  'request' | 'status' | 'looks' | 'dropNamed' | 'due' | 'poke'
>;

export abstract class PullObject extends StatefulObject<State, PullEnv> {
  protected readonly binding = 'PULLS';
  /** Who takes events of which type, given by the composition. */
  protected abstract readonly owners: Owners<PullEnv>;
  /** The alarm and a poke may come at once. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Queues pulls; one of the same kind and days that waits already stands for both. */
  async request(runs: readonly PullRun[], now: number): Promise<readonly PullRun[]> {
    const queued = this.step(now, () => {
      const before = this.#runs;
      const known = (run: PullRun): boolean => before.some((one) => isSameWish(one, run));
      const all = [...before, ...runs.filter((run) => !known(run))].slice(0, MAX_RUNS);
      this.ctx.storage.kv.put(RUNS, all);
      return { state: { due: { pull: now } }, value: all };
    });
    await this.registerDue();
    return queued;
  }

  async status(): Promise<readonly PullRun[]> {
    return this.#runs;
  }

  /** The last look at each kind and days, the latest first. */
  async looks(): Promise<readonly Look[]> {
    return this.#looks;
  }

  /** A pull that names a person who was erased begins anew, without them. */
  async dropNamed(person: Person, now: number): Promise<void> {
    await this.#after(async () =>
      this.step(now, () => {
        const names = (run: PullRun): boolean => namesPerson(person, JSON.stringify(run));
        const runs = this.#runs.map((run) => (names(run) ? restarted(run) : run));
        if (runs.length > 0) this.ctx.storage.kv.put(RUNS, runs);
        return { value: undefined };
      }),
    );
  }

  protected perform(now: number): Promise<number | null> {
    return this.#after(() => this.#goOn(now));
  }

  #after<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #goOn(now: number): Promise<number | null> {
    const id = this.ctx.id.name ?? '';
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const [run] = this.#runs;
      if (run === undefined) return null;
      if (run.ended) {
        await this.#report(id, run, now);
        this.#save(null, now, withLook(this.#looks, run));
      } else if (run.pending === null) this.#save(await askNext(this.env, id, run, now), now);
      else this.#save(await takeMissing(this.env, this.owners, id, run, run.pending, now), now);
    }
    return this.#runs.length === 0 ? null : now;
  }

  /** The first is under way. */
  get #runs(): readonly PullRun[] {
    return this.ctx.storage.kv.get<readonly PullRun[]>(RUNS) ?? [];
  }

  get #looks(): readonly Look[] {
    return this.ctx.storage.kv.get<readonly Look[]>(LOOKS) ?? [];
  }

  /** The first run as it goes on, or without it. */
  #save(run: PullRun | null, now: number, looks: readonly Look[] | null = null): void {
    this.step(now, () => {
      const [, ...others] = this.#runs;
      const runs = run === null ? others : [run, ...others];
      this.ctx.storage.kv.put(RUNS, runs);
      if (looks !== null) this.ctx.storage.kv.put(LOOKS, looks);
      return runs.length === 0 ? { state: { due: {} }, value: undefined } : { value: undefined };
    });
  }

  async #report(id: string, run: PullRun, now: number): Promise<void> {
    const gap = gapOf(id, run);
    if (saysNothingNew(gap, await readGap(this.env.DB, id, run))) return;
    const { verdict } = await commit(this.env, { rows: [gapRow(gap)], resent: true }, now);
    // Conflict: a pull of the same hour said so before; its word stands.
    if (verdict !== 'committed' && verdict !== 'conflict')
      throw new Error(`the journal answered ${verdict}`);
  }
}
