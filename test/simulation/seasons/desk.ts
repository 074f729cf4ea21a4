/**
 * The platforms' machines of a history, as they ask for routing: decisions, releases, selections and
 * samples, with the faults of the history. Remembers what was heard; `routing.ts` judges it.
 */
import type { History } from '../history';
import { GROUP } from './plan';
import type { Decision, Heard } from './routing';

/** Who has not joined yet is nobody to a flow. */
type Knows = (agentId: string) => boolean;

export class Desk {
  readonly heard: Heard[] = [];
  readonly history: History;
  readonly #ends: number;
  readonly #knows: Knows;
  readonly #picked = new Map<string, string | null>();

  constructor(history: History, ends: number, knows: Knows) {
    this.history = history;
    this.#ends = ends;
    this.#knows = knows;
  }

  async decide(agentId: string, interactionId: string): Promise<void> {
    if (!this.#knows(agentId)) return;
    const { world, troubles } = this.history;
    const at = world.now;
    const body = { interactionId, agentId, platform: 'genesys-cloud' };
    const answer = await world.asked('POST', '/v1/routing/decisions', body);
    if (answer?.status !== 200) {
      // The simulation's own word for a crash is none that the platform has.
      const crashed = [...world.board.fired.keys()].some((name) => name.includes('abort'));
      const isCrash =
        answer?.status === 500 && (crashed || troubles.has('abort all') || troubles.has('abort'));
      if (answer !== null && answer.status !== 503 && !isCrash)
        this.history.complaints.push(`S9 ${agentId}: routed with ${answer.status}`);
      return;
    }
    const decision = answer.body as Decision;
    const before = this.heard.find(
      (one) => one.agentId === agentId && one.decision?.interactionId === interactionId,
    );
    if (before !== undefined && at >= this.#ends && before.at < this.#ends)
      this.history.trouble('interaction held over the end');
    this.heard.push({ agentId, at, decision });
    if (!troubles.has('season decision')) this.history.trouble('season decision');
  }

  async release(agentId: string, interactionId: string): Promise<void> {
    const path = `/v1/routing/agents/${agentId}/interactions/${interactionId}`;
    await this.history.world.asked('DELETE', path);
    this.heard.push({ agentId, at: this.history.world.now, decision: null, interactionId });
  }

  /** With strangers alone: what was selected before is answered, or 422. */
  async select(selectionId: string, isOfStrangers = false): Promise<void> {
    const known = this.history.plan.people
      .filter(({ groups }) => groups.includes(GROUP))
      .map(({ agentId }) => agentId);
    const eligibleAgentIds = isOfStrangers ? ['nobody-we-know'] : known;
    const path = '/v1/routing/queues/season-queue/selections';
    const answer = await this.history.world.asked('POST', path, { selectionId, eligibleAgentIds });
    if (answer?.status !== 200) return;
    this.history.trouble('season selection');
    const { agentId } = answer.body as { agentId: string | null };
    const before = this.#picked.get(selectionId);
    if (before !== undefined && before !== agentId)
      this.history.complaints.push(`S11 ${selectionId}: ${before}, and then ${agentId}`);
    // Nobody, where no seat could be asked.
    if (agentId !== null && !known.includes(agentId))
      this.history.complaints.push(`S11 ${selectionId}: ${agentId} was not eligible`);
    this.#picked.set(selectionId, agentId);
  }

  async load(agentId: string, concurrent: number): Promise<void> {
    const body = { agentId, concurrent, targetConcurrent: 10 };
    await this.history.world.asked('POST', '/v1/routing/utilization', body);
    this.history.trouble('season agent overloaded');
  }
}
