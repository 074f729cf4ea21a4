/**
 * One goal that a platform evaluates (G6): takes its status changes, asks the platform until it has
 * locked its snapshot, then settles the reward as any other. Decides nothing itself; `change.ts`,
 * `state.ts` and `deciding.ts` do. Refuses to pay on a webhook alone: the status API is asked first.
 */
import { askDestination } from '../../delivery/ask/client';
import type { DeliveryEnv } from '../../delivery/client';
import { StatefulObject } from '../../durable/object';
import type { Json } from '../../events/event';
import { DAY_MS } from '../../kernel/instant';
import { commit } from '../../ledger/client';
import { log, messageOf } from '../../runtime/log';
import type { Restated, Snapshot } from '../goal';
import { tellOf } from '../settlement/client';
import type { SettlementFacts } from '../settlement/settlement';
import { stepOf } from '../settlement/step';
import { readSettlementFacts, type SettlementEnv } from '../settlement/store';
import { readLock } from '../store';
import { JournalAway, mustBeThere } from '../tracking/decide';
import { KeptLocks, readLost } from '../tracking/store';
import { detailsQuery, readDetails, readStatus } from './answer';
import type { StatusChange } from './change';
import {
  answeredBy,
  type Decision,
  type Figures,
  type Heard,
  heard,
  later,
  locking,
  lookedAt,
  needsFigures,
  restatedOf,
  type Shares,
  settling,
  toldOf,
} from './deciding';
import {
  duePeriods,
  emptyPlatform,
  keepingTold,
  type PlatformPeriod,
  type PlatformState,
  patchedPlatform,
  platformSetBack,
  type Told,
  told,
  waiting,
} from './state';
import { type Governed, readGoverned, readPlatformIds } from './store';

export interface PlatformEnv extends DeliveryEnv, SettlementEnv {}

/** Turns of look, decide and send before the alarm comes again later. */
const MAX_TURNS = 8;
const HOUR_MS = 3_600_000;

export class PlatformGoalObject extends StatefulObject<PlatformState, PlatformEnv> {
  protected readonly binding = 'PLATFORM_GOALS';
  readonly #locks = new KeptLocks(() => this.ctx.storage.kv);
  /** Askings and settlements follow one another: the alarm and a poke may come at once. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Takes a status change of the log; null where nothing governs its period. */
  async tell(change: StatusChange, now: number): Promise<Omit<Told, 'state'> | null> {
    const governed = await readGoverned(this.env, change.goalId, change.period);
    if (governed === null) return null;
    const answer = this.step(now, (before) => {
      const state = before ?? emptyPlatform(change.goalId);
      const { state: next, transition, first } = told(state, governed.period, change, now);
      this.#letGo(state, next);
      return { ...(next !== state && { state: next }), value: { transition, first } };
    });
    await this.registerDue();
    return answer;
  }

  /** Has a locked period looked at now: a person has decided, or a key is gone on with. */
  async look(label: string, now: number): Promise<void> {
    await this.#find(label, now);
    await this.poke(now);
  }

  /** Goes on with a period that the books have locked. */
  async #find(label: string, now: number): Promise<void> {
    const locked = await readLock(this.env.DB, this.ctx.id.name ?? '', label);
    if (locked === null) return;
    this.#update(now, (state) => ({ state: lookedAt(state, label, locked, now), keep: locked }));
  }

  protected perform(now: number): Promise<number | null> {
    const mine = this.#turn.then(() => this.#performAll(now));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #performAll(now: number): Promise<number | null> {
    const failed = new Map<string, unknown>();
    await this.#recheck(now);
    // The word of a decision may be lost: whoever comes by looks whether one was made.
    for (const label of waiting(this.state)) await this.#find(label, now);
    for (let turn = 0; turn < MAX_TURNS; turn += 1) {
      const due = this.state === null ? [] : duePeriods(this.state, now);
      const labels = due.filter((label) => !failed.has(label));
      // What failed is heard when all others are done: the alarm comes again soon.
      if (labels.length === 0) for (const thrown of failed.values()) throw thrown;
      if (labels.length === 0) return this.state?.due.period ?? null;
      for (const label of labels) {
        await this.#advance(label, now).catch((thrown: unknown) => {
          if (thrown instanceof JournalAway) throw thrown;
          log('error', 'platform-goal.period-failed', { label, why: messageOf(thrown) });
          failed.set(label, thrown);
        });
      }
    }
    return now + HOUR_MS / 60;
  }

  /** Books that were set back hold less than they took: those periods go on from what they hold. */
  async #recheck(now: number): Promise<void> {
    const lost = await readLost(this.env.DB, this.state?.periods ?? {});
    if (lost.length === 0) return;
    this.#update(now, (state) => ({ state: platformSetBack(state, lost, now), keep: null }));
  }

  async #advance(label: string, now: number): Promise<void> {
    const period = this.state?.periods[label];
    if (period === undefined) return;
    if (period.frozen !== null) return this.#send(label, period, now, true);
    const governed = await readGoverned(this.env, this.ctx.id.name ?? '', label);
    if (governed === null) return this.#patch(now, label, period, later(period, now));
    const about = { goalId: governed.goal.name, period: label };
    const facts = await readSettlementFacts(this.env, about, now);
    const kept = facts.locked === null ? this.#locks.get(label) : null;
    if (period.lock !== null && kept !== null) {
      this.#update(now, (state) => ({
        state: locking(state, label, governed, kept),
        keep: null,
      }));
    } else if (period.lock === null) {
      const answer = await askStatus(this.env, governed, label, now);
      // Only a period that is given up to a person needs to know what would follow.
      const told = now < period.giveUpAt ? null : period.achieved;
      const supposed = told && toldOf(label, governed, told);
      const foresight =
        supposed === null ? facts : await readSettlementFacts(this.env, about, now, supposed);
      this.#update(now, (state) => heard(state, label, governed, answer, facts, foresight));
    } else {
      const restated = await figures(this.env, governed, period, facts);
      if (restated === 'later') return this.#patch(now, label, period, { settleAt: now + HOUR_MS });
      this.#update(now, (state) => {
        const next = settling(state, label, governed, restated, facts);
        return { state: keepingTold(state, next, label, period), keep: null };
      });
    }
    return this.#send(label, period, now, false);
  }

  /** Sends what is frozen for a period, seen before it was looked at; what lost is decided anew. */
  async #send(label: string, seen: PlatformPeriod, now: number, resent: boolean): Promise<void> {
    const frozen = this.state?.periods[label]?.frozen ?? null;
    if (frozen === null) return;
    const answer = await commit(this.env, { ...frozen.set, ...(resent && { resent }) }, now);
    mustBeThere(answer);
    if (answer.verdict === 'rejected') {
      log('error', 'platform-goal.parked', { label, reason: answer.reason });
    }
    const isLost = answer.verdict === 'conflict' && frozen.kind === 'lock';
    const first = isLost ? await readLock(this.env.DB, this.ctx.id.name ?? '', label) : null;
    this.#patch(now, label, seen, answeredBy(frozen, answer, first, now), first);
    if (answer.verdict === 'committed') await tellOf(this.env, frozen, now);
  }

  /** What was told since the period was seen so stands. */
  #patch(
    now: number,
    label: string,
    seen: PlatformPeriod,
    patch: Partial<PlatformPeriod>,
    keep: Snapshot | null = null,
  ): void {
    this.#update(now, (state) => {
      const next = patchedPlatform(state, label, patch);
      return { state: keepingTold(state, next, label, seen), keep };
    });
  }

  /** What was kept of periods that are held no more. */
  #letGo(before: PlatformState, after: PlatformState): void {
    const gone = Object.keys(before.periods).filter((label) => after.periods[label] === undefined);
    for (const label of gone) this.#locks.drop(label);
  }

  #update(now: number, decide: (state: PlatformState) => Decision): void {
    this.step(now, (before) => {
      const state = before ?? emptyPlatform(this.ctx.id.name ?? '');
      const { state: next, keep } = decide(state);
      if (keep !== null) this.#locks.put(keep);
      this.#letGo(state, next);
      return next === state ? { value: undefined } : { state: next, value: undefined };
    });
  }
}

async function ask(
  env: PlatformEnv,
  { destinationId }: Governed,
  operation: string,
  fields: Parameters<typeof askDestination>[3],
  now: number,
): Promise<Json | null> {
  if (destinationId === null) return null;
  const answer = await askDestination(env, destinationId, operation, fields, now);
  if (answer.ok) return answer.value;
  log('warn', 'platform-goal.not-answered', { destinationId, operation, why: answer.failure.kind });
  return null;
}

async function askStatus(
  env: PlatformEnv,
  governed: Governed,
  label: string,
  now: number,
): Promise<Heard> {
  const about = { goalId: governed.goal.name, period: label };
  const answer = await ask(env, governed, 'goal-status', about, now);
  const status = answer === null ? null : readStatus(answer, about);
  if (status?.snapshotLocked !== true) return { status, shares: null };
  return { status, shares: await askShares(env, governed, now) };
}

/** What each member contributed, where the distribution asks for it; null: no answer. */
async function askShares(
  env: PlatformEnv,
  governed: Governed,
  now: number,
): Promise<Shares | null> {
  const { goal, members } = governed;
  if (goal.content.customFields.distributionType !== 'PROPORTIONAL') return new Map();
  const groups = await askDetails(env, governed, 'agentId', now);
  if (groups === null) return null;
  const keys = await readPlatformIds(env.DB, members);
  return new Map(
    [...groups].flatMap(([id, figure]): [string, bigint][] => {
      const agentKey = keys.get(id);
      return agentKey === undefined ? [] : [[agentKey, figure]];
    }),
  );
}

async function askDetails(
  env: PlatformEnv,
  governed: Governed,
  by: 'teamId' | 'agentId',
  now: number,
): Promise<ReadonlyMap<string, bigint> | null> {
  const { goal, team, period } = governed;
  const { metricId, evaluationFrequency: cadence } = goal.content;
  const asked = { teamId: team.name, metricId, cadence, period, by };
  const answer = await ask(env, governed, 'metric-details', detailsQuery(asked), now);
  return answer === null ? null : readDetails(answer, asked);
}

/**
 * The figures by which a locked period is looked at: the snapshot's own until they matter. `later`:
 * the platform does not answer, and has a day to; null: it did not, and a person must look.
 */
async function figures(
  env: PlatformEnv,
  governed: Governed,
  period: PlatformPeriod,
  facts: SettlementFacts,
): Promise<Figures | 'later'> {
  const { locked: snapshot } = facts;
  if (snapshot === null) return 'later';
  if (!needsFigures(facts.steps, period, facts.now)) return snapshot;
  const said = await askRestated(env, governed, snapshot, facts.now);
  if (said !== null) return said;
  if (stepOf(facts.steps, 1, 'JUDGED') !== null) return 'silent';
  const opened = stepOf(facts.steps, 1, 'OPENED');
  const waitsUntil = (opened?.content.stabilisesAt ?? facts.now) + DAY_MS;
  return facts.now < waitsUntil ? 'later' : null;
}

async function askRestated(
  env: PlatformEnv,
  governed: Governed,
  snapshot: Snapshot,
  now: number,
): Promise<Restated | null> {
  const [groups, shares] = await Promise.all([
    askDetails(env, governed, 'teamId', now),
    askShares(env, governed, now),
  ]);
  const value = groups?.get(governed.team.name) ?? null;
  return shares === null ? null : restatedOf(governed, snapshot, { value, shares });
}
