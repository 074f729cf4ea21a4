/**
 * One season: its reset and the ends of grace within it, one run after the other. Holds only how far
 * a run has come; everything else follows from the run's seal, so a crash anywhere, or an object that
 * was lost whole, goes on with the same rows. Decides nothing itself. Refuses a second run for agents
 * that a first one covers, whatever its key.
 */
import { StatefulObject } from '../../durable/object';
import type { SeasonsEnv } from '../client';
import { costOf } from '../telling/batch';
import { readDestinationsBy } from '../telling/store';
import type { HearsTierChanges } from '../tier';
import { type Applying, isOver, nextTurn, orderNext, settle } from './applying/client';
import { close } from './ends/client';
import { readOff } from './passing/store';
import {
  type Ask,
  type Batch,
  coveredBy,
  type Saga,
  type SeasonProgress,
  type SeasonState,
  type Triggered,
  withoutAgent,
} from './run';
import { settingOf, stagePage } from './steps/client';
import { archiveTurn, beginAsked, recalled, surveyTurn } from './turns/client';
import { NO_VOLUME, withVolume } from './window';

/** What others call. */
export interface SeasonMethods {
  /** Asks for a run; `own`: groups the season is for. Answers before anything is done. */
  trigger(ask: Ask, own: readonly string[], now: number): Promise<Triggered>;
  /** Goes on without the export's confirmation; false where nothing waits for one. */
  skipExport(season: string, now: number): Promise<boolean>;
  /** Takes a value of the inbound volume. */
  volume(season: string, value: number, at: number): Promise<void>;
  progress(): Promise<SeasonProgress | null>;
  /** Lets go what batches say of an agent who was erased; the others are told all the same. */
  forgetAgent(agentKey: string, now: number): Promise<void>;
  poke(now: number): Promise<void>;
  /** Learns from the books what was begun, and goes on with it. */
  resume(season: string, now: number): Promise<void>;
}

const MAX_TURNS = 50;
const MAX_PAST = 200;

/** Cost and writing requests of every batch that was staged, by number. */
const COSTS = 'costs';

const batchKey = (number: number): string => `batch:${String(number).padStart(9, '0')}`;

type Cost = readonly [cost: number, requests: number];

const empty = (season: string): SeasonState => ({
  due: {},
  season,
  past: [],
  saga: null,
  asked: [],
  volume: NO_VOLUME,
});

/** UTC ms of the next turn; null: nothing is due; `again`: at once. */
type Rest = number | null | 'again';

/** Goes through the phases of a run. */
abstract class RunningObject extends StatefulObject<SeasonState, SeasonsEnv> {
  protected readonly binding = 'SEASONS';
  #turn: Promise<unknown> = Promise.resolve();

  /** Who hears of changed tiers; compose knows, and the platform gives this object all it needs. */
  protected abstract readonly hears: HearsTierChanges<never>;

  protected perform(now: number): Promise<number | null> {
    return this.inTurn(() => this.#work(now));
  }

  /** After the turn under way: that one saves what it read when it began. */
  protected inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #work(now: number): Promise<number | null> {
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const { state } = this;
      if (state === null) return null;
      const { saga } = state;
      const rest = saga === null ? await this.#next(state, now) : await this.#go(saga, now);
      if (rest !== 'again') return rest;
    }
    return now;
  }

  protected batch(number: number): Batch | null {
    return this.ctx.storage.kv.get<Batch>(batchKey(number)) ?? null;
  }

  protected costs(): readonly Cost[] {
    return this.ctx.storage.kv.get<readonly Cost[]>(COSTS) ?? [];
  }

  protected change(now: number, change: (state: SeasonState) => Partial<SeasonState>): Rest {
    this.step(now, (before) => ({
      ...(before !== null && { state: { ...before, due: {}, ...change(before) } }),
      value: null,
    }));
    return 'again';
  }

  /** Saves how far a run has come, with a batch that is new or changed, or one that is gone. */
  #save(now: number, saga: Saga, put: readonly Batch[] = [], gone: readonly number[] = []): Rest {
    return this.change(now, () => {
      for (const batch of put) this.ctx.storage.kv.put(batchKey(batch.number), batch);
      for (const number of gone) this.ctx.storage.kv.delete(batchKey(number));
      return { saga };
    });
  }

  /** A saga is saved and gone on with; a time is waited for. */
  #saveOr(now: number, outcome: Saga | number): Rest {
    return typeof outcome === 'number' ? outcome : this.#save(now, outcome);
  }

  /** Begins what was asked for first. */
  async #next({ season, asked, past }: SeasonState, now: number): Promise<Rest> {
    const [ask] = asked;
    if (ask === undefined) return null;
    const begun = await beginAsked(this.env, ask, past, now);
    if (typeof begun === 'number') return begun;
    if (begun === 'recall') {
      const known = await recalled(this.env, season);
      return this.change(now, () => known);
    }
    const saga = begun === 'drop' ? null : begun;
    return this.change(now, (state) => ({ saga, asked: state.asked.slice(1) }));
  }

  async #go(saga: Saga, now: number): Promise<Rest> {
    switch (saga.phase) {
      case 'ARCHIVE': {
        const skipped = (): boolean => this.state?.saga?.skipped ?? false;
        return this.#saveOr(now, await archiveTurn(this.env, saga, skipped, now));
      }
      case 'CALCULATE':
        return this.#save(now, { ...saga, phase: 'STAGE', cursor: null });
      case 'STAGE':
        return this.#stage(saga, now);
      case 'APPLY':
        return this.#apply(saga, now);
      case 'RECONCILE': {
        const applying = await this.#applying(saga, now);
        return this.#saveOr(now, await surveyTurn(this.env, saga, applying, now));
      }
      case 'DONE':
        await close(this.env, saga, now);
        return this.change(now, ({ past }) => ({
          past: [...past, saga.run].slice(-MAX_PAST),
          saga: null,
        }));
    }
  }

  async #stage(saga: Saga, now: number): Promise<Rest> {
    const { batches, facts, report, cursor, last } = await stagePage(this.env, saga, now);
    if (facts.length > 0) await this.hears(this.env as never, facts, now);
    const staged = saga.staged + batches.length;
    const phase = last ? 'APPLY' : 'STAGE';
    // A page that is staged once more writes its own again.
    const costs = batches.map((batch): Cost => [costOf(batch), batch.requests]);
    this.ctx.storage.kv.put(COSTS, [...this.costs().slice(0, saga.staged), ...costs]);
    return this.#save(now, { ...saga, staged, report, cursor, phase }, batches);
  }

  async #applying(saga: Saga, now: number): Promise<Applying> {
    const setting = await settingOf(this.env, saga);
    const ids = setting.next.destinations;
    const destinations = await readDestinationsBy(this.env.DB, ids, saga.seal);
    const told = destinations.map(({ id }) => id);
    const off = await readOff(this.env.DB, told, saga.run.next, now);
    const volume = this.state?.volume ?? NO_VOLUME;
    return { saga, setting, destinations, off, volume, batch: (number) => this.batch(number) };
  }

  async #apply(before: Saga, now: number): Promise<Rest> {
    let saga = before;
    const applying = await this.#applying(saga, now);
    for (const number of before.open) {
      const batch = this.batch(number);
      if (batch === null) continue;
      const settled = await settle(this.env, { ...applying, saga }, batch, now);
      if (settled.kind === 'waits') continue;
      saga = settled.saga;
      if (settled.kind === 'kept') {
        this.#save(now, saga, [settled.batch]);
        continue;
      }
      saga = { ...saga, open: saga.open.filter((one) => one !== number) };
      this.#save(now, saga, [], [number]);
    }
    const ordered = await orderNext(this.env, { ...applying, saga }, now);
    const isDone = ordered.next >= ordered.staged && ordered.open.length === 0;
    if (isDone) return this.#save(now, { ...ordered, phase: 'RECONCILE', cursor: null });
    if (ordered !== saga) this.#save(now, ordered);
    if (ordered.open.some((number) => isOver(this.batch(number), now))) return 'again';
    return nextTurn({ ...applying, saga: ordered }, now);
  }
}

/** What others call. */
export abstract class SeasonObject extends RunningObject implements SeasonMethods {
  async trigger(ask: Ask, own: readonly string[], now: number): Promise<Triggered> {
    await this.#recall(ask.season, now);
    const told = this.step(now, (before): { state?: SeasonState; value: Triggered } => {
      const state = before ?? empty(ask.season);
      const first = coveredBy(state, ask, own);
      if (first !== null) return { value: { status: 'duplicate', ...first } };
      const asked = [...state.asked, ask];
      return {
        state: { ...state, asked, due: { work: now } },
        value: { status: 'accepted', key: ask.key, run: null },
      };
    });
    await this.registerDue();
    return told;
  }

  async skipExport(season: string, now: number): Promise<boolean> {
    await this.#recall(season, now);
    const waits = this.step(now, (state) => {
      const { saga } = state ?? {};
      if (state === null || saga?.phase !== 'ARCHIVE') return { value: false };
      const skipped = { ...saga, skipped: true };
      return { state: { ...state, saga: skipped, due: { work: now } }, value: true };
    });
    await this.registerDue();
    return waits;
  }

  async volume(season: string, value: number, at: number): Promise<void> {
    this.step(at, (before) => {
      const state = before ?? empty(season);
      return { state: { ...state, volume: withVolume(state.volume, value, at) }, value: null };
    });
  }

  async progress(): Promise<SeasonProgress | null> {
    const { state } = this;
    if (state === null) return null;
    const { saga, asked } = state;
    const openBatches = (saga?.open ?? []).flatMap((number) => this.batch(number) ?? []);
    const costs = saga === null ? [] : this.costs().slice(saga.next, saga.staged);
    const writes = costs.reduce((sum, [, requests]) => sum + requests, 0);
    return { saga, asked, openBatches, left: { costs: costs.map(([cost]) => cost), writes } };
  }

  forgetAgent(agentKey: string, now: number): Promise<void> {
    return this.inTurn(() => this.#forget(agentKey, now));
  }

  #forget(agentKey: string, now: number): void {
    this.step(now, (state) => {
      const { saga } = state ?? {};
      if (state === null || saga == null) return { value: null };
      let { expected } = saga.report;
      for (let number = 0; number < saga.staged; number += 1) {
        const batch = this.batch(number);
        const without = batch && withoutAgent(batch, agentKey);
        if (batch === null || without === null || without === batch) continue;
        this.ctx.storage.kv.put(batchKey(number), without);
        expected -= batch.expected.length - without.expected.length;
      }
      const report = { ...saga.report, expected };
      return { state: { ...state, saga: { ...saga, report } }, value: null };
    });
  }

  async resume(season: string, now: number): Promise<void> {
    await this.#recall(season, now);
    await this.poke(now);
  }

  /** An object that holds no run learns from the books what was begun. */
  async #recall(season: string, now: number): Promise<void> {
    const isBlank = (state: SeasonState | null): boolean =>
      state === null || (state.past.length === 0 && state.saga === null);
    if (!isBlank(this.state)) return;
    const known = await recalled(this.env, season);
    if (known.past.length === 0 && known.saga === null) return;
    this.step(now, (before) => {
      if (!isBlank(before)) return { value: null };
      return { state: { ...(before ?? empty(season)), ...known, due: { work: now } }, value: null };
    });
  }
}
