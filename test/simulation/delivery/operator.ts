/**
 * A person at the log of deliveries: has one sent now, gives one up, sees to what waits for a
 * person. Remembers what was given up; decides nothing about what should have become of it.
 */
import type { History } from '../history';

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
}

const OVER = ['CONFIRMED', 'REJECTED', 'ABANDONED'];
const WAITS_FOR_A_PERSON = ['UNCERTAIN', 'PARKED'];

export class DeliveryOperator {
  /** Deliveries somebody tried to give up, whatever was answered. */
  readonly givenUp = new Set<string>();
  /** What waits for a person and why, as of the last look. */
  readonly queue = new Map<string, string>();
  readonly #history: History;
  readonly #destination: string;

  constructor(history: History, destination: string) {
    this.#history = history;
    this.#destination = destination;
  }

  async act(what: 'release' | 'abandon', nth: number): Promise<void> {
    const open = (await this.#list()).filter(({ state }) => !OVER.includes(state));
    const one = open[nth % Math.max(1, open.length)];
    if (one === undefined) return;
    const path = `/v1/deliveries/${one.id}/${what}`;
    if (what === 'release') {
      const { status } = await this.#history.world.operator('POST', path);
      this.#history.trouble(status === 200 ? 'delivery released' : 'release refused');
      return;
    }
    this.givenUp.add(one.id);
    const body = { reason: 'paid by hand' };
    const { status } = await this.#history.world.operator('POST', path, body);
    this.#history.trouble(status === 200 ? 'delivery abandoned' : 'abandon refused');
  }

  async look(): Promise<void> {
    this.queue.clear();
    for (const { id, state, reason } of await this.#list()) {
      if (OVER.includes(state)) continue;
      this.queue.set(id, `${state}: ${reason}`);
      this.#history.trouble(`waits for a person: ${reason}`);
    }
  }

  /** What `health` alarms about is seen to. */
  async seeTo(): Promise<void> {
    for (const { id, state } of await this.#list()) {
      if (!WAITS_FOR_A_PERSON.includes(state)) continue;
      this.#history.trouble('manual queue emptied');
      await this.#history.world.operator('POST', `/v1/deliveries/${id}/release`);
    }
  }

  async #list(): Promise<readonly Shown[]> {
    const path = `/v1/deliveries?destination=${this.#destination}&limit=100`;
    const { items } = (await this.#history.world.must('GET', path)) as { items: Shown[] };
    return items;
  }
}
