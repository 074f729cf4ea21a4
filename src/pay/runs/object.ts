/**
 * The runs of one plan and period: calculates page by page, sends lines out, looks after those that
 * wait, and says when a run is settled. Decides nothing itself; refuses to do two things at once.
 * Every page is a function of the books as of the run's seal, so whatever is lost is played again.
 */

import type { DeliveryEnv } from '../../delivery/client';
import { StatefulObject } from '../../durable/object';
import { commit } from '../../ledger/client';
import { calculatePage, loadRun } from './calculate/client';
import { passPage, readOutlet } from './dispatch/client';
import { phaseNotices, phaseRow } from './phase';
import { reread } from './reread/client';
import { readChangedAgents } from './reread/store';
import { type PassTally, type Run, type RunResult, spanOf } from './run';
import type { RunSetting } from './setting';
import {
  begun,
  type Calculating,
  comeTo,
  dueState,
  isActive,
  NO_STATE,
  type Passing,
  pageOfPass,
  passed,
  passesOf,
  type RunState,
  sentOut,
  settled,
} from './state';

/** Pages of 500 agents in one turn; the next turn follows at once. */
const PAGES_A_TURN = 12;

export class PayRunObject extends StatefulObject<RunState, DeliveryEnv> {
  protected readonly binding = 'PAY_RUNS';
  /** The alarm and a poke may come at once: turns follow one another. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Calculates a run whose first row is in D1; the first pages before it answers. */
  async calculate(name: string, now: number): Promise<void> {
    this.step(now, (state) => ({ state: begun(state, name, now), value: undefined }));
    await this.registerDue();
    await this.poke(now);
  }

  /** Sends a run out that was approved and ordered, or looks at once at what is left of it. */
  async dispatch(name: string, now: number): Promise<void> {
    this.step(now, (state) => ({ state: sentOut(state, name, now), value: undefined }));
    await this.registerDue();
    await this.poke(now);
  }

  /** How far a run has come, for who asks; null where nothing is to be done for it. */
  async progress(name: string): Promise<{ cursor: string | null; pass: PassTally | null } | null> {
    const state = this.state ?? NO_STATE;
    const calculating = state.calculating?.name === name ? state.calculating : null;
    const pass = passesOf(state).find((one) => one.name === name) ?? null;
    if (calculating === null && pass === null) return null;
    return {
      cursor: calculating?.progress.cursor ?? null,
      pass: pass?.last ?? pass?.states ?? null,
    };
  }

  protected perform(now: number): Promise<number | null> {
    const mine = this.#turn.then(() => this.#work(now));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #work(now: number): Promise<number | null> {
    for (let page = 0; page < PAGES_A_TURN; page += 1) {
      const { calculating = null, passing = null } = this.state ?? {};
      if (calculating !== null) await this.#calculatePage(calculating, now);
      else if (passing !== null && passing.at <= now) await this.#passPage(passing, now);
      else break;
    }
    const state = this.state;
    if (state !== null && state.calculating === null && state.passing === null) {
      await this.forget();
      return null;
    }
    return state === null ? null : isActive(state, now) ? now : (state.due.work ?? null);
  }

  async #calculatePage({ name, progress }: Calculating, now: number): Promise<void> {
    const setting = await this.#load(name);
    const page = await calculatePage(this.env, setting, progress, now);
    if (page === null) throw new Error('the journal did not take a page');
    if (page.done) {
      const { hash, tally } = page.progress;
      await this.#reach(setting, { result: { hash, tally, seal: setting.seal } }, now);
    }
    this.step(now, (state) => {
      if (state?.calculating?.name !== name) return { value: undefined };
      const calculating = page.done ? null : { name, progress: page.progress };
      return { state: dueState({ ...state, calculating }, now), value: undefined };
    });
  }

  async #passPage(pass: Passing, now: number): Promise<void> {
    const { name } = pass;
    const cursor = pageOfPass(pass);
    const setting = await this.#load(name);
    const outlet = await readOutlet(this.env, setting, now);
    if (outlet === null) throw new Error('there is no destination');
    const page = await passPage(this.env, setting, outlet, cursor);
    if (page === null) throw new Error('the journal did not take a page');
    const { run, seal } = setting;
    const changed = await readChangedAgents(this.env.DB, page.answered, spanOf(run), seal);
    const all = [...new Set([...changed, ...page.late])];
    if ((await reread(this.env, run, all, now)) === null) throw new Error('deltas were not taken');
    const next = this.step(now, (state) => {
      const isThis = state?.passing?.name === name && pageOfPass(state.passing) === cursor;
      if (state === null || !isThis) return { value: null };
      const after = passed(state, page, now);
      return { state: after, value: passesOf(after).find((one) => one.name === name) ?? null };
    });
    const tally = next === null ? null : comeTo(next);
    if (tally === null) return;
    await this.#reach(setting, { settled: tally }, now);
    this.step(now, (state) =>
      state === null
        ? { value: undefined }
        : { state: settled(state, name, now), value: undefined },
    );
  }

  async #load(name: string): Promise<RunSetting> {
    const setting = await loadRun(this.env.DB, name);
    if (setting === null) throw new Error(`there is no run ${name}`);
    return setting;
  }

  /** Writes the next phase; one that is there already stands. */
  async #reach(
    { run }: RunSetting,
    reached: { readonly result: RunResult } | { readonly settled: PassTally },
    now: number,
  ): Promise<void> {
    const phase: Run['phase'] = 'result' in reached ? 'CALCULATED' : 'SETTLED';
    const next: Run = { ...run, ...reached, phase };
    const rows = [phaseRow(next, 'pay-run', now), ...phaseNotices(next, now)];
    const answer = await commit(this.env, { rows }, now);
    if (answer.verdict !== 'committed' && answer.verdict !== 'conflict') {
      throw new Error(`the journal answered ${answer.verdict}`);
    }
  }
}
