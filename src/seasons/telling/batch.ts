/**
 * Deliveries for many agents: of each destination and operation one, with a request per agent, at
 * most fifty (S3). Decides their bytes and causes; each request carries a key of its own. Refuses
 * nothing: what a destination cannot be told is left out and said so.
 */
import type { Agent } from '../../agents/agent';
import { renderRequest } from '../../delivery/connectors/connector';
import { userIdOf } from '../../delivery/destination';
import { deliveryIdOf, deliveryRow, type FrozenRequest, type Intent } from '../../delivery/intent';
import type { JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { causeId } from '../../kernel/ids';
import type { DailyHours } from '../../kernel/zone';
import type { SaltOf } from '../salt';
import { type NamedDestination, skillUserOf } from './target';
import {
  attributesTold,
  type SkillsThere,
  skillsTold,
  type Telling,
  type Told,
  toldOf,
} from './telling';

export const BATCH_AGENTS = 50;

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
  /** Absent where no skills were told. */
  readonly skills?: SkillsThere;
}

/** What a reading knows an expectation by. */
export const nameOf = ({ destination, agentKey }: Expected): string => `${destination} ${agentKey}`;

/** The ids of an agent on a platform. */
export const userIdsOf = (agent: Agent, named: NamedDestination) => ({
  attributes: userIdOf(agent, named.destination),
  skills: skillUserOf(agent, named),
});

/** Requests that reading expectations back takes. */
export const readsOf = (expected: readonly Expected[]): number =>
  expected.reduce(
    (sum, { attributes, skills }) =>
      sum + (Object.keys(attributes).length > 0 ? 1 : 0) + (skills === undefined ? 0 : 1),
    0,
  );

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
  for (const named of destinations) {
    for (const { agentKey, agent, telling, unless } of agents) {
      const users = userIdsOf(agent, named);
      const { told, attributes, skills } = toldOf(named, users, telling);
      const said = told.filter((one) => basket.add(named, agentKey, one, unless));
      if (said.length === 0) continue;
      basket.expected.push({
        agentKey,
        agentId: agent.agentId,
        destination: named.id,
        userId: users.attributes,
        attributes,
        ...(skills !== null && { skills }),
      });
    }
  }
  return basket.ordered;
}

/** An expectation that was found not to be met, and in what. */
export interface Differing {
  readonly expected: Expected;
  /** Names of attributes; `skills` where those differ. */
  readonly fields: readonly string[];
}

export const SKILLS_FIELD = 'skills';

/** The same for what was found to differ, and no more than that. */
export function againOf(
  destinations: readonly NamedDestination[],
  differing: readonly Differing[],
  about: About,
): Ordered {
  const basket = new Basket(about);
  for (const { expected, fields } of differing) {
    const { destination: id, userId, attributes, skills, agentKey } = expected;
    const named = destinations.find((one) => one.id === id);
    if (named === undefined) continue;
    const told: Told[] = [];
    if (fields.some((field) => field !== SKILLS_FIELD))
      told.push(attributesTold(named.destination, userId, attributes));
    if (fields.includes(SKILLS_FIELD) && skills !== undefined)
      told.push(...skillsTold(named, skills));
    for (const one of told) basket.add(named, agentKey, one);
    basket.expected.push(expected);
  }
  return basket.ordered;
}

/** Skills of an agent that a platform was found to hold otherwise: what to give and what to take. */
export interface Mend {
  readonly agentKey: string;
  readonly skills: SkillsThere;
  readonly unless: readonly string[];
}

/** The deliveries that mend skills on one platform. */
export function mendsOf(named: NamedDestination, mends: readonly Mend[], about: About): Ordered {
  const basket = new Basket(about);
  for (const { agentKey, skills, unless } of mends) {
    for (const one of skillsTold(named, skills)) basket.add(named, agentKey, one, unless);
  }
  return basket.ordered;
}

/** Requests of a batch, those that read it back included: a target counts both (S3). */
export const costOf = (batch: Pick<Ordered, 'requests' | 'expected'> | null): number =>
  batch === null ? 0 : batch.requests + readsOf(batch.expected);

/** Names the batch, what it is about, and when it was decided. */
export interface About {
  readonly cause: string;
  readonly subject: string;
  readonly at: number;
  /** Hours in which it may be sent; absent: at any time. */
  readonly hours?: DailyHours;
  /** Rows, `<table>/<id>`, that end what is told: when one is in the books nothing more is sent. */
  readonly unless?: readonly string[];
  /** Makes salts that nobody guesses: who was erased must not be found by trying ids. */
  readonly saltOf: SaltOf;
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
    { id, destination }: Pick<NamedDestination, 'id' | 'destination'>,
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
    const ends = [...(unless ?? []), ...(this.#about.unless ?? [])];
    group.all.push({
      agentKey,
      request: ends.length === 0 ? request : { ...request, unless: ends },
    });
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
      rows: intents.map((one) => deliveryRow(one, this.#about.saltOf(deliveryIdOf(one)))),
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
