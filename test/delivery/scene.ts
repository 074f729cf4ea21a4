/** A destination of its own and one reward for a person of its own, for each test. */
import type { Destination } from '../../src/delivery/destination';
import { agentKey, destinationOf, keep, order } from './depot';

let number = 0;

export interface Scene {
  readonly number: number;
  readonly id: string;
  readonly destination: Destination;
  readonly agent: string;
  readonly ids: readonly string[];
  readonly delivery: string;
}

export async function scene(more: Partial<Destination> = {}): Promise<Scene> {
  number += 1;
  const id = `hris-${number}`;
  const destination = destinationOf('hris', 'https://hris.example.com', more);
  await keep(id, destination);
  const agent = agentKey(`agent${number}x`);
  const ids = await order(id, destination, [
    { cause: `cause-${number}`, agentKey: agent, amount: 1250 },
  ]);
  return { number, id, destination, agent, ids, delivery: ids[0] ?? '' };
}
