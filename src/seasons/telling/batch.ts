/**
 * Deliveries for many agents: of each destination and operation one, with a request per agent, at
 * most fifty (S3). Decides their bytes and causes; each request carries a key of its own. Refuses
 * nothing: what a destination cannot be told is left out and said so.
 */

import type { Agent } from '../../agents/agent';
import { renderRequest } from '../../delivery/connectors/connector';
import type { Destination } from '../../delivery/destination';
import { deliveryIdOf, deliveryRow, type FrozenRequest, type Intent } from '../../delivery/intent';
import type { JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import type { DailyHours } from '../../kernel/zone';
import { attributesTold, type Telling, type Told, toldOf, userIdOf } from './telling';

export const BATCH_AGENTS = 50;

export interface NamedDestination {
  readonly id: string;
  readonly destination: Destination;
}

export interface ToTell {
  readonly agentKey: string;
  readonly agent: Agent;
  readonly telling: Telling;
  /** Rows that would say something newer of the agent, `<table>/<id>`: then this is not sent. */
  readonly unless?: readonly string[];
}

/** What must be found on a platform afterwards. */
export interface Expected {
  readonly agentKey: string;
  readonly agentId: string;
  readonly destination: string;
  readonly userId: string;
  readonly attributes: JsonObject;
}

export interface Ordered {
  readonly intents: readonly Intent[];
  readonly rows: readonly Row[];
  readonly deliveries: readonly { readonly destination: string; readonly id: string }[];
  readonly expected: readonly Expected[];
  /** Requests in all. */
  readonly requests: number;
  /** Why something could not be said, once each. */
  readonly unsayable: readonly string[];
}

/**
 * The deliveries that tell destinations of some agents, at most fifty. `cause` names the batch;
 * the same cause makes the same bytes.
 */
export function ordersOf(
  destinations: readonly NamedDestination[],
  agents: readonly ToTell[],
  about: About,
): Ordered {
  const basket = new Basket(about);
  for (const { id, destination } of destinations) {
    for (const { agentKey, agent, telling, unless } of agents) {
      const userId = userIdOf(agent, destination);
      for (const told of toldOf(destination, userId, telling)) {
        if (!basket.add({ id, destination }, agentKey, told, unless)) continue;
        if (Object.keys(told.expected).length === 0) continue;
        const { agentId } = agent;
        basket.expected.push({
          agentKey,
          agentId,
          destination: id,
          userId,
          attributes: told.expected,
        });
      }
    }
  }
  return basket.ordered;
}

/** The same for attributes that were found to differ. */
export function againOf(
  destinations: readonly NamedDestination[],
  differing: readonly Expected[],
  about: About,
): Ordered {
  const basket = new Basket(about);
  for (const one of differing) {
    const named = destinations.find(({ id }) => id === one.destination);
    if (named === undefined) continue;
    const told = attributesTold(named.destination, one.userId, one.attributes);
    if (basket.add(named, one.agentKey, told)) basket.expected.push(one);
  }
  return basket.ordered;
}

/** Names the batch, what it is about, and when it was decided. */
export interface About {
  readonly cause: string;
  readonly subject: string;
  readonly at: number;
  /** Hours in which it may be sent; absent: at any time. */
  readonly hours?: DailyHours;
}

interface Asked {
  readonly agentKey: string;
  readonly request: FrozenRequest;
}

/** Gathers requests by destination and operation, in order. */
class Basket {
  readonly expected: Expected[] = [];
  readonly #about: About;
  readonly #asked = new Map<string, { destination: string; operation: string; all: Asked[] }>();
  readonly #unsayable = new Set<string>();

  constructor(about: About) {
    this.#about = about;
  }

  /** False where the destination cannot be told so. */
  add(
    { id, destination }: NamedDestination,
    agentKey: string,
    { operation, fields }: Told,
    unless?: readonly string[],
  ): boolean {
    // One key per update: agent, batch and operation, and the skill where one is taken away.
    const skill = String(fields.skillId ?? '');
    const key = causeId('tier-update', this.#about.cause, id, operation, agentKey, skill);
    const rendered = renderRequest(destination, operation, fields, key);
    if (!rendered.ok) {
      this.#unsayable.add(`${id}: ${rendered.failure}`);
      return false;
    }
    const name = `${id} ${operation}`;
    const group = this.#asked.get(name) ?? { destination: id, operation, all: [] };
    const { request } = rendered.value;
    group.all.push({ agentKey, request: unless === undefined ? request : { ...request, unless } });
    this.#asked.set(name, group);
    return true;
  }

  get ordered(): Ordered {
    const groups = [...this.#asked.values()];
    const intents = groups.map(({ destination, operation, all }) =>
      intentOf(destination, operation, all, this.#about),
    );
    return {
      intents,
      rows: intents.map((one) => deliveryRow(one, causeId('tier-salt', deliveryIdOf(one)))),
      deliveries: intents.map((one) => ({ destination: one.destination, id: deliveryIdOf(one) })),
      expected: this.expected,
      requests: groups.reduce((sum, { all }) => sum + all.length, 0),
      unsayable: [...this.#unsayable],
    };
  }
}

function intentOf(
  destination: string,
  operation: string,
  requests: readonly Asked[],
  { cause, subject, at, hours }: About,
): Intent {
  const [first, ...further] = requests;
  if (first === undefined) throw new Error('a delivery has a request');
  return {
    destination,
    operation,
    cause,
    subject,
    at,
    idempotencyKey: null,
    request: first.request,
    further: further.map(({ request }) => request),
    ...(hours !== undefined && { hours }),
    expect: [],
    agents: [...new Set(requests.map(({ agentKey }) => agentKey))],
    outcomes: { CONFIRMED: { rows: [] }, REJECTED: { rows: [] } },
  };
}
