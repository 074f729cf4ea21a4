/** A goal that a platform evaluates, and the platform: what it tells and what it answers. */
import { env } from 'cloudflare:workers';
import type { Canned } from '../../../src/sandbox/upstreams/upstream';
import { PERIOD, Treasury } from '../settlement/treasury';
import { GOAL } from '../stage';

/** The guide's status change, for September 2032. */
const change = (fields: object = {}) => ({
  goalId: GOAL,
  teamId: 'team_uuid_east',
  previousStatus: 'ON_TRACK',
  currentStatus: 'ACHIEVED',
  evaluationPeriod: PERIOD,
  metricValue: 278.4,
  timestamp: '2032-10-01T00:00:00Z',
  ...fields,
});

export const STATUS = `/api/v2/wem/goals/${GOAL}/status`;
export const DETAILS = '/api/v2/analytics/details/query';

export const locked = (fields: object = {}) => ({
  goalId: GOAL,
  period: PERIOD,
  status: 'ACHIEVED',
  metricValue: 278.4,
  snapshotLocked: true,
  evaluatedAt: '2032-10-01T00:00:00Z',
  ...fields,
});

export const total = (value: number) => ({
  results: [{ group: { teamId: 'team_uuid_east' }, value }],
});

export class Platform {
  readonly treasury: Treasury;
  #answers: Readonly<Record<string, unknown>> = {};

  private constructor(treasury: Treasury) {
    this.treasury = treasury;
  }

  static async open(customFields: object = {}): Promise<Platform> {
    const treasury = await Treasury.open({ goal: { evaluatedBy: 'PLATFORM' }, customFields });
    await treasury.stage.world.must('PUT', '/v1/destinations/platform', {
      preset: 'seed',
      url: 'https://genesys.example.com',
      auth: { type: 'none' },
    });
    const platform = new Platform(treasury);
    platform.answers({ [STATUS]: locked(), [DETAILS]: total(278.4) });
    return platform;
  }

  /** What the platform answers by path; null: nothing of the kind. */
  answers(more: Readonly<Record<string, unknown>>): void {
    this.#answers = { ...this.#answers, ...more };
    const canned = Object.entries(this.#answers).flatMap(([match, body]): Canned[] =>
      body === null ? [] : [{ match, status: 200, body } as Canned],
    );
    this.treasury.network.canned('genesys', canned);
  }

  async tell(fields: object = {}): Promise<readonly string[]> {
    return (await this.treasury.stage.post(change(fields))).verdicts;
  }

  asked(path: string): number {
    return this.treasury.network.seen.filter((one) => one.path.startsWith(path)).length;
  }

  async reasons(): Promise<string[]> {
    const { results } = await env.DB.prepare('SELECT reason FROM quarantine ORDER BY id').all<{
      reason: string;
    }>();
    return results.map(({ reason }) => reason);
  }
}
