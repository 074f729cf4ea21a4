/**
 * Coaching in the simulation: completions and scores from three senders, rules and programmes,
 * caps, quality results. Sets it up as an operator would and holds the ledger against the oracle.
 */
import type { Books } from '../books';
import { OBJECT_MODES } from '../faults';
import type { History } from '../history';
import type { Operation, PlannedEvent } from '../plan';
import { AWARD_RULE } from '../rules';
import { type Player, system } from '../system';
import { addRules, FIRST_RULE_KEY, resultItem } from '../world';
import { drawCoaching } from './draw';
import { brokenCoaching, coachingState, transitionsOf } from './invariants';
import type { CoachingOperation, CoachingPart, PlannedResult } from './plan';

class CoachingPlayer implements Player {
  readonly history: History;
  readonly part: CoachingPart;
  /** Every result that was said by now. */
  readonly quality: PlannedResult[];
  readonly #rules: readonly string[];

  constructor(history: History, part: CoachingPart, rules: readonly string[]) {
    this.history = history;
    this.part = part;
    this.quality = [...part.qualityBefore];
    this.#rules = rules;
  }

  /** What an operator does waits until D1 is back: it is a cause of the end, not a fault. */
  async perform(operation: Operation): Promise<void> {
    const { world } = this.history;
    if (this.history.postpone(operation)) return;
    this.history.trouble(operation.kind);
    const own = operation as CoachingOperation;
    if (own.kind === 'quality') {
      this.quality.push(...own.results);
      const items = own.results.map(resultItem);
      await world.must('POST', '/v1/quality-results', { items });
      return;
    }
    const [first] = this.part.rules;
    const [action] = first?.actions ?? [];
    await world.must('PUT', `/v1/rules/${this.#rules[0]}`, {
      ...first,
      actions: [{ ...action, points: own.points }],
      effectiveFrom: new Date(world.now + own.aheadMs).toISOString(),
    });
  }

  troublesOf({ key }: PlannedEvent, sent: readonly PlannedEvent[]): string[] {
    const event = this.part.events.find((one) => one.key === key);
    if (event === undefined) return [];
    const completion = event.type === 'performance.coaching.completed';
    const { previousScore, currentScore, qaCalibrationScore } = event.data;
    const scored = typeof previousScore === 'number' && typeof currentScore === 'number';
    const twice = sent.some(({ type, source }) => type === event.type && source !== event.source);
    const told: readonly (readonly [string, boolean])[] = [
      ['missing score', completion && qaCalibrationScore === undefined],
      ['two sources', completion && twice],
      ['lower score', scored && currentScore < previousScore],
      ['higher score', scored && currentScore >= previousScore],
    ];
    return told.filter(([, holds]) => holds).map(([name]) => name);
  }

  /** The POST that made the first rule, once more under its key: the stored answer, and no rule. */
  async repeat(): Promise<string[]> {
    const { world } = this.history;
    const rule = this.part.rules[0] ?? AWARD_RULE;
    const headers = { 'idempotency-key': FIRST_RULE_KEY };
    const again = await world.operator('POST', '/v1/rules', rule, headers);
    const replayed = again.headers.get('idempotency-replayed') === 'true';
    const other = await world.operator('POST', '/v1/rules', { ...rule, name: 'Other' }, headers);
    return [
      ...(again.status === 201 && replayed ? [] : [`INV-13: a key replayed as ${again.status}`]),
      ...(other.status === 422 ? [] : [`INV-13: a key for another body answered ${other.status}`]),
    ];
  }

  broken(books: Books): string[] {
    if (books.decisions.some(({ outcome }) => outcome === 'CAPPED')) this.history.trouble('capped');
    return brokenCoaching(this, books);
  }

  state = (books: Books): string[] => coachingState(books);

  transitions = (books: Books): string[] => transitionsOf(books);
}

export const coaching = system<CoachingPart>({
  name: 'coaching',
  // Most of the histories, but so that the other systems are also met alone.
  partakes: (seed) => seed % 6 !== 3 && seed % 6 !== 4 && seed % 12 !== 5,
  places: { session: OBJECT_MODES },
  troubles: [
    'missing score',
    'two sources',
    'lower score',
    'higher score',
    'rule-change',
    'quality',
    'capped',
  ],
  transitions: [
    'NEW > AWARDED',
    'NEW > AWAITING_SCORE',
    'NEW > RULE_EVALUATION_FAILED',
    'AWARDED > REVOKED',
    'REVOKED > AWARDED',
    'AWAITING_SCORE > AWARDED',
    'AWAITING_SCORE > EXPIRED',
  ],
  draw: drawCoaching,
  open: async (history, part) => {
    const { world } = history;
    if (part.programme !== null) {
      const { pointCategory, ...settings } = part.programme;
      await world.must('PUT', `/v1/programs/${pointCategory}`, settings);
    }
    const rules = await addRules(world, part.rules);
    if (part.qualityBefore.length > 0) {
      const items = part.qualityBefore.map(resultItem);
      await world.must('POST', '/v1/quality-results', { items });
    }
    return new CoachingPlayer(history, part, rules);
  },
});
