/**
 * A goal with a pool, an HRIS and a platform beside it, and a clock that the test moves. Counts the
 * money: what was funded is in the pool, set aside, pending or earned, at any time.
 */
import { env } from 'cloudflare:workers';
import { expect } from 'vitest';
import { TEAM_EXAMPLE } from '../../../src/goals/teams/routes';
import type { Network } from '../../delivery/network';
import { GoalStage, HOUR, MEMBERS, metric, OCTOBER, SEPTEMBER, TEAM } from '../stage';
import { installedNetwork } from './installed';

export const POOL = 'RPOOL_2024_Q3';
export const REWARDS = '/api/v1/rewards';
export const PERIOD = '2032-09';

interface EntryRow {
  readonly id: string;
  readonly tx: string;
  readonly kind: string;
  readonly from_account: string;
  readonly to_account: string;
  readonly amount: number;
  readonly cause: string;
  readonly reverses: string | null;
  readonly recorded_at: number;
}

export interface Opening {
  /** What the goal says beside the guide's. */
  readonly goal?: object;
  readonly customFields?: object;
  readonly pool?: object;
  readonly hasHris?: boolean;
}

export class Treasury {
  readonly stage: GoalStage;
  readonly network: Network;
  readonly #keys = new Map<string, string>();

  private constructor(stage: GoalStage, network: Network) {
    this.stage = stage;
    this.network = network;
  }

  static async open(opening: Opening = {}): Promise<Treasury> {
    const { hasHris = true } = opening;
    const network = installedNetwork();
    const stage = await GoalStage.bare(SEPTEMBER + HOUR);
    await stage.world.must('PUT', `/v1/teams/${TEAM}`, TEAM_EXAMPLE);
    const treasury = new Treasury(stage, network);
    const auth = { type: 'none' };
    await stage.world.must('PUT', '/v1/destinations/hris', {
      preset: 'hris',
      url: 'https://hris.example.com',
      auth,
    });
    await stage.world.must('PUT', '/v1/destinations/genesys', {
      preset: 'genesys-cloud',
      url: 'https://genesys.example.com',
      auth,
    });
    await stage.world.must('PUT', `/v1/reward-pools/${POOL}`, {
      funded: '100.00',
      ...(hasHris && { destinationId: 'hris' }),
      ...opening.pool,
    });
    await treasury.putGoal(opening.goal ?? {}, opening.customFields);
    return treasury;
  }

  async putGoal(goal: object, customFields: object = {}, id = 'goal_uuid_q3'): Promise<void> {
    await this.stage.world.must('PUT', `/v1/goals/${id}`, {
      name: 'Q3_Cooperative_Handle_Time_Target',
      teamId: TEAM,
      metricId: 'acd.handle.time.sum',
      evaluationFrequency: 'MONTHLY',
      thresholds: [
        { status: 'ACHIEVED', operator: 'LTE', value: 285.0 },
        { status: 'ON_TRACK', operator: 'LTE', value: 320.0 },
      ],
      snapshotEvaluation: true,
      customFields: { rewardPoolId: POOL, distributionType: 'EQUITY', ...customFields },
      ...goal,
    });
  }

  /** One interaction of each member with these handle times; a later revision corrects them. */
  async handled(values: readonly number[], revision = 0): Promise<void> {
    const events = values.map((value, at) =>
      metric({
        eventId: `handled-${at}-${revision}`,
        interactionId: `interaction-${at}`,
        agentId: MEMBERS[at],
        revision,
        value,
      }),
    );
    const { verdicts } = await this.stage.post(events);
    expect(verdicts).toEqual(values.map(() => 'accepted'));
  }

  async close(): Promise<void> {
    await this.stage.pass(OCTOBER + HOUR);
  }

  async pass(until: number): Promise<void> {
    await this.stage.pass(until);
  }

  async entries(kinds = 'REWARD%'): Promise<EntryRow[]> {
    const { results } = await env.DB.prepare(
      'SELECT * FROM entries WHERE kind LIKE ? ORDER BY seal, id',
    )
      .bind(kinds)
      .all<EntryRow>();
    return results;
  }

  /** Entries as `kind agent amount`, the pool as `pool`, by agent and kind. */
  async moves(): Promise<string[]> {
    const entries = await this.entries();
    const names = await this.names();
    const named = (account: string): string | null => {
      const [owner, key = ''] = account.split(':');
      return owner === 'agent' ? (names.get(key) ?? key) : null;
    };
    return entries
      .map(({ kind, from_account: from, to_account: to, amount }) => {
        const sign = named(to) !== null || named(from) === null ? amount : -amount;
        return `${kind.slice('REWARD_'.length)} ${named(to) ?? named(from) ?? 'pool'} ${sign}`;
      })
      .sort();
  }

  async names(): Promise<Map<string, string>> {
    if (this.#keys.size > 0) return this.#keys;
    const { results } = await env.DB.prepare(
      "SELECT name, content->>'$.agentId' AS id FROM config WHERE kind = 'agent'",
    ).all<{ name: string; id: string }>();
    for (const { name, id } of results) this.#keys.set(name, id);
    return this.#keys;
  }

  /** Members' ids to what they hold in an account, smallest parts; who holds nothing is left out. */
  async holding(state: 'pending' | 'earned'): Promise<Record<string, number>> {
    const names = await this.names();
    const sums = new Map<string, number>();
    for (const { from_account: from, to_account: to, amount } of await this.entries('%')) {
      for (const [account, sign] of [
        [from, -1],
        [to, 1],
      ] as const) {
        const [owner, key = '', , own] = account.split(':');
        if (owner !== 'agent' || own !== state) continue;
        const name = names.get(key) ?? key;
        sums.set(name, (sums.get(name) ?? 0) + sign * amount);
      }
    }
    return Object.fromEntries([...sums].filter(([, amount]) => amount !== 0).sort());
  }

  /** All that was ever funded is somewhere, and no pool is below zero. */
  async balances(): Promise<{ pool: number; aside: number; members: number; funded: number }> {
    const net = async (pattern: string): Promise<number> =>
      (await env.DB.prepare(
        `SELECT coalesce(sum(amount * ((to_account GLOB ?1) - (from_account GLOB ?1))), 0) AS net
         FROM entries`,
      )
        .bind(pattern)
        .first<number>('net')) ?? 0;
    const [pending, earned] = [await this.holding('pending'), await this.holding('earned')];
    const members = [...Object.values(pending), ...Object.values(earned)];
    return {
      pool: (await net('pool:*')) - (await net('pool:*:reserved')),
      aside: await net('pool:*:reserved'),
      members: members.reduce((sum, amount) => sum + amount, 0),
      funded: -(await net('funding:*')),
    };
  }

  async balanced(): Promise<void> {
    const { pool, aside, members, funded } = await this.balances();
    expect(pool + aside + members).toBe(funded);
    expect(Math.min(pool, aside, members)).toBeGreaterThanOrEqual(0);
    const promised = (await this.entries('REWARD_PROVISIONAL')).map(({ to_account }) => to_account);
    expect(new Set(promised).size).toBe(promised.length);
  }

  async steps(): Promise<string[]> {
    const { results } = await env.DB.prepare('SELECT id FROM goal_rewards ORDER BY id').all<{
      id: string;
    }>();
    return results.map(({ id }) => id.split('.').slice(2).join('.'));
  }

  async step<T>(name: string): Promise<T> {
    const content = await env.DB.prepare(
      'SELECT content FROM goal_rewards WHERE step = ? ORDER BY id DESC LIMIT 1',
    )
      .bind(name)
      .first<string>('content');
    return JSON.parse(content ?? 'null') as T;
  }

  async notices(kind: string): Promise<Record<string, unknown>[]> {
    const { results } = await env.DB.prepare('SELECT content FROM notices WHERE kind = ?')
      .bind(kind)
      .all<{ content: string }>();
    return results.map(({ content }) => JSON.parse(content) as Record<string, unknown>);
  }

  async reviews(): Promise<{ id: string; state: string; hash: string }[]> {
    const { items } = (await this.stage.world.must('GET', '/v1/reviews?kind=GOAL')) as {
      items: { id: string; state: string; hash: string }[];
    };
    return items;
  }

  async decide(decision: 'APPROVE' | 'REJECT'): Promise<void> {
    const open = (await this.reviews()).find(({ state }) => state === 'OPEN');
    if (open === undefined) throw new Error('no review is open');
    const answer = await this.stage.world.reviewer('POST', `/v1/reviews/${open.id}/decision`, {
      decision,
      reason: 'looked at the figures',
    });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }
}
