/**
 * Does what only some histories of a season have, as soon as its time has come: before the operation
 * that comes next. Whatever could not be done comes again. Judges nothing.
 */
import type { History } from '../../history';
import type { SeasonsPart } from '../plan';
import type { PlannedLeave } from './plan';

export const FURTHER_TROUBLES: readonly string[] = ['season agent away', 'season leave changed'];

export class FurtherPlayer {
  readonly #history: History;
  readonly #part: SeasonsPart;
  #leaves: readonly PlannedLeave[];
  readonly #away = new Set<string>();

  constructor(history: History, part: SeasonsPart) {
    this.#history = history;
    this.#part = part;
    this.#leaves = part.further.leaves;
  }

  /** What is due by now. An operator waits for D1. */
  async catchUp(): Promise<void> {
    const { world } = this.#history;
    if (world.board.d1Away) return;
    const due = this.#leaves.filter(({ at }) => at <= world.now);
    this.#leaves = this.#leaves.filter(({ at }) => at > world.now);
    for (const leave of due) await this.#leave(leave);
  }

  async #leave({ agent, absences }: PlannedLeave): Promise<void> {
    const { world } = this.#history;
    if (world.now >= this.#part.further.leavesUntil) return;
    await world.must('PUT', `/v1/agents/${agent}/absences`, { absences });
    this.#history.trouble(this.#away.has(agent) ? 'season leave changed' : 'season agent away');
    this.#away.add(agent);
  }
}
