/**
 * What a goal has counted: the running sums of its periods in memory, over rows that are kept by
 * whoever hands in `rows`. Decides which facts are about the goal at all and what each changes;
 * sums are rebuilt from the rows whenever the definition changes or the object begins anew.
 * Refuses nothing: an agent who never belonged to the team counts nowhere.
 */
import type { Cadence } from '../../kernel/period';
import { invariant } from '../../kernel/result';
import type { Restated } from '../goal';
import { type GoalPeriod, periodAt, periodOfLabel } from '../period';
import { addRow, type Change, changeBy, type Found, type KeptRow } from './change';
import { bornAt, type Definition, definitionAt, type World } from './definition';
import type { Fact } from './fact';
import { type Evaluated, evaluate, isAbout, type Sums } from './measure';
import {
  type GoalState,
  openedAt,
  patched,
  type Redefined,
  redefined,
  withBounds,
  withOwed,
  withPeriod,
} from './state';

/** The rows of each period, by key. */
export interface Rows {
  find(labels: readonly string[], key: string): Found | null;
  all(label: string): Iterable<KeptRow>;
  put(found: Found): void;
  remove(found: Found): void;
}

/** Corrections of a period whose settlement is over gather for so long before it is asked again. */
const GATHER_MS = 60_000;

/** Periods whose bounds are remembered. */
const MAX_SPANS = 24;

export class Count {
  readonly world: World;
  readonly #rows: Rows;
  readonly #definitions = new Map<string, Definition | null>();
  readonly #sums = new Map<string, Map<string, Sums>>();
  readonly #spans: GoalPeriod[] = [];

  constructor(world: World, rows: Rows) {
    this.world = world;
    this.#rows = rows;
  }

  get cadence() {
    return this.world.goal.at(-1)?.content.evaluationFrequency ?? null;
  }

  definition(period: GoalPeriod, lockedBy: number | null = null): Definition | null {
    const name = `${period.label} ${lockedBy}`;
    const known = this.#definitions.get(name);
    if (known !== undefined) return known;
    const made = definitionAt(this.world, period, lockedBy);
    this.#definitions.set(name, made);
    return made;
  }

  definitionIn(state: GoalState, label: string): Definition | null {
    const period = state.periods[label];
    if (period === undefined) return null;
    return this.definition({ label, ...period }, period.lock?.goalVersion ?? null);
  }

  /** The same without what it remembers: the rows have changed. */
  anew(): Count {
    return new Count(this.world, this.#rows);
  }

  /** The state with every period open that is owed by `now`, within its present bounds. */
  owed(state: GoalState, now: number): GoalState {
    const { cadence, world } = this;
    if (cadence === null) return state;
    const bounded = withBounds(state, cadence, world.calendar);
    return withOwed(bounded, cadence, world.calendar, { born: bornAt(world.goal), now });
  }

  /** What must be looked through anew, and the state in which that has been noted. */
  plan(state: GoalState, now: number): Redefined {
    const owed = this.owed(state, now);
    return redefined(owed, (label) => this.definitionIn(owed, label));
  }

  /** The state with a period open, or null where there is none of that label. */
  opened(state: GoalState, label: string, now: number): GoalState | null {
    const { cadence, world } = this;
    if (cadence === null) return null;
    const period = periodOfLabel(cadence, label, world.calendar);
    return openedAt(state, period, { born: bornAt(world.goal), now });
  }

  /** Metrics that any period held here is made of. */
  metricIds(state: GoalState): string[] {
    const measures = Object.keys(state.periods).flatMap(
      (label) => this.definitionIn(state, label)?.measure ?? [],
    );
    return [
      ...new Set(measures.flatMap(({ dividend, divisor }) => [dividend, divisor ?? dividend])),
    ];
  }

  /** Takes facts in, in any order; the state changes only where a period is opened or corrected. */
  take(state: GoalState, facts: readonly Fact[], now: number): GoalState {
    let next = state;
    for (const fact of facts) next = this.#takeOne(next, fact, now);
    return next;
  }

  #takeOne(before: GoalState, fact: Fact, now: number): GoalState {
    const { cadence, world } = this;
    if (cadence === null) return before;
    const clock = { born: bornAt(world.goal), now };
    const own = this.#periodAt(cadence, fact.at);
    if (!this.#isAbout(before, own, fact)) return before;
    const found = this.#rows.find(Object.keys(before.periods), fact.key);
    let state = before;
    const labelAt = (instant: number): string | null => {
      const period = this.#periodAt(cadence, instant);
      state = withPeriod(state, period, clock);
      return state.periods[period.label] === undefined ? null : period.label;
    };
    const change = changeBy(fact, found, labelAt, (label) => this.definitionIn(state, label));
    if (change === null) return before;
    this.#apply(state, change);
    return corrected(state, change, now);
  }

  /** Zones are slow to ask, and events come from few periods. */
  #periodAt(cadence: Cadence, instant: number): GoalPeriod {
    const known = this.#spans.find(({ from, until }) => from <= instant && instant < until);
    if (known !== undefined) return known;
    const period = periodAt(cadence, instant, this.world.calendar);
    if (this.#spans.length >= MAX_SPANS) this.#spans.length = 0;
    this.#spans.push(period);
    return period;
  }

  /** A member in some period held here, or in the fact's own; and its metric is asked for. */
  #isAbout(state: GoalState, own: GoalPeriod, fact: Fact): boolean {
    const definitions = [
      this.definition(own),
      ...Object.keys(state.periods).map((label) => this.definitionIn(state, label)),
    ];
    return definitions.some(
      (one) =>
        one !== null && isAbout(one.measure, fact.metricId) && one.members.has(fact.agentKey),
    );
  }

  #apply(state: GoalState, { before, after }: Change): void {
    // Sums are read from the rows as they were, before a row changes.
    for (const found of [before, after]) if (found !== null) this.sums(state, found.label);
    if (before !== null) {
      this.#add(state, before, -1n);
      if (before.label !== after.label) this.#rows.remove(before);
    }
    this.#rows.put(after);
    this.#add(state, after, 1n);
  }

  #add(state: GoalState, { label, row }: Found, sign: 1n | -1n): void {
    const definition = this.definitionIn(state, label);
    if (definition !== null) addRow(this.sums(state, label), definition, row, sign);
  }

  /** Running sums of a period by agent key. */
  sums(state: GoalState, label: string): Map<string, Sums> {
    const known = this.#sums.get(label);
    if (known !== undefined) return known;
    const sums = new Map<string, Sums>();
    const definition = this.definitionIn(state, label);
    if (definition !== null) {
      for (const row of this.#rows.all(label)) addRow(sums, definition, row, 1n);
    }
    this.#sums.set(label, sums);
    return sums;
  }

  /** What a period comes to as counted here; null where nothing governs it. */
  evaluated(state: GoalState, label: string): Evaluated | null {
    const definition = this.definitionIn(state, label);
    if (definition === null) return null;
    const { goal, measure, members } = definition;
    return evaluate(measure, goal.content.thresholds, [...members.keys()], this.sums(state, label));
  }

  /** The same as a snapshot would say it. */
  restated(state: GoalState, label: string, covered: number, evaluatedAt: number): Restated {
    const definition = this.definitionIn(state, label);
    const evaluated = this.evaluated(state, label);
    invariant(definition !== null && evaluated !== null, 'a period that something governs');
    const { status, metricValue, members } = evaluated;
    return {
      goalId: state.goalId,
      period: label,
      status,
      metricValue,
      evaluatedAt,
      teamVersion: definition.team.version,
      goalVersion: definition.goal.version,
      members,
      covered,
    };
  }
}

/** A period that was settled is asked again when what was counted changes. */
function corrected(state: GoalState, { before, after }: Change, now: number): GoalState {
  const labels = [...new Set([after.label, ...(before === null ? [] : [before.label])])];
  return labels.reduce((next, label) => {
    const period = next.periods[label];
    if (period === undefined || period.lock === null || period.settleAt !== null) return next;
    return patched(next, label, { settleAt: now + GATHER_MS });
  }, state);
}
