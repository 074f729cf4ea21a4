/** What stands behind a reward: life line, keys, evidence, the agent's statement, explanations. */
import { describe, expect, it } from 'vitest';
import { goalKey } from '../../../src/goals/keys/key';
import { DAY, GOAL, HOUR, MEMBERS, OCTOBER } from '../stage';
import { cleanedUp } from './installed';
import { PERIOD, Treasury } from './treasury';

cleanedUp();

const [ONE = ''] = MEMBERS;
const STABLE = OCTOBER + 3 * DAY;
const KEY = goalKey({ goalId: GOAL, period: PERIOD, status: 'ACHIEVED' });

interface Evidence {
  readonly snapshot: { readonly metricValue: string } | null;
  readonly restated: { readonly metricValue: string } | null;
  readonly reward: {
    readonly life: { readonly state: string; readonly finalAt: string | null };
    readonly verdict: { readonly verdict: string } | null;
    readonly epochs: readonly { readonly members: readonly { readonly state: string }[] }[];
    readonly decisions: readonly { readonly decidedBy: string; readonly because: string }[];
    readonly entries: readonly { readonly kind: string; readonly seal: number }[];
    readonly seals: readonly number[];
  };
}

const get = <T>(treasury: Treasury, path: string): Promise<T> =>
  treasury.stage.world.must('GET', path) as Promise<T>;
const evidence = (treasury: Treasury): Promise<Evidence> =>
  get(treasury, `/v1/goals/${GOAL}/evidence?period=${PERIOD}`);
const life = async (treasury: Treasury): Promise<string> =>
  (await evidence(treasury)).reward.life.state;
const keys = async (treasury: Treasury): Promise<unknown[]> =>
  (await get<{ items: unknown[] }>(treasury, `/v1/goals/${GOAL}/keys`)).items;

describe('the life line of a reward', () => {
  it('is open, provisional, confirmed on its way and final', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([278.4]);
    expect(await life(treasury)).toBe('OPEN');
    expect(await keys(treasury)).toEqual([]);
    await treasury.close();
    expect(await evidence(treasury)).toMatchObject({
      snapshot: { metricValue: '278.4', status: 'ACHIEVED' },
      reward: {
        life: {
          state: 'PROVISIONAL',
          key: KEY,
          lockedAt: '2032-10-01T00:00:00.000Z',
          stabilisesAt: '2032-10-04T00:00:00.000Z',
          finalAt: null,
        },
      },
    });
    expect(await keys(treasury)).toMatchObject([{ epoch: 1, key: KEY, state: 'RUNNING' }]);
    treasury.network.faults('hris', [{ kind: 'status', status: 503, times: 3 }]);
    await treasury.pass(STABLE);
    expect(await life(treasury)).toBe('CONFIRMING');
    await treasury.pass(STABLE + DAY);
    const final = await evidence(treasury);
    expect(final.reward.life.state).toBe('CONFIRMED');
    expect(final.reward.life.finalAt).not.toBeNull();
    expect(final.reward.epochs[0]?.members.map(({ state }) => state)).toEqual(
      MEMBERS.map(() => 'CONFIRMED'),
    );
    expect(final.reward.entries.map(({ kind }) => kind).sort()).toEqual([
      ...MEMBERS.map(() => 'REWARD_CONFIRMED'),
      ...MEMBERS.map(() => 'REWARD_PROVISIONAL'),
      'REWARD_RESERVED',
    ]);
    expect(final.reward.seals).toEqual(
      expect.arrayContaining(final.reward.entries.map(({ seal }) => seal)),
    );
    expect(await keys(treasury)).toMatchObject([{ key: KEY, state: 'COMPLETED' }]);
    const contributions = await get(treasury, `/v1/goals/${GOAL}/contributions?period=${PERIOD}`);
    expect(contributions).toMatchObject({ reward: { state: 'CONFIRMED', epoch: 1 } });
  });

  it('is held while a person must look, and says who decided', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([278.4]);
    await treasury.close();
    await treasury.handled([301], 1);
    await treasury.pass(STABLE + HOUR);
    expect(await life(treasury)).toBe('HELD');
    await treasury.decide('REJECT');
    await treasury.pass(STABLE + 2 * HOUR);
    const { reward } = await evidence(treasury);
    expect(reward).toMatchObject({
      life: { state: 'REVERSED' },
      verdict: { verdict: 'REVIEW', restated: '301' },
      decisions: [
        { state: 'REJECTED', decidedBy: 'reviewer@guerdon.test', because: 'looked at the figures' },
      ],
    });
  });

  it('says why nothing is paid', async () => {
    const treasury = await Treasury.open({ customFields: { rewardPoolId: 'NOBODY' } });
    await treasury.handled([278.4]);
    await treasury.close();
    const { reward } = await evidence(treasury);
    expect(reward.life).toMatchObject({ state: 'WAITING', reason: 'NO_POOL' });
    expect(await keys(treasury)).toEqual([]);
  });
});

interface Line {
  readonly kind: string;
  readonly change: string;
  readonly why: string;
  readonly state: string | null;
  readonly finalAt: string | null;
  readonly transaction: string;
}

const statement = async (treasury: Treasury): Promise<readonly Line[]> =>
  (
    await get<{ items: Line[] }>(
      treasury,
      `/v1/agents/${ONE}/statement?from=2032-09-01&to=2032-11-01`,
    )
  ).items;

describe('a member’s statement', () => {
  it('shows what is provisional, and from when it is final', async () => {
    const treasury = await Treasury.open();
    await treasury.handled([278.4]);
    await treasury.close();
    expect(await statement(treasury)).toMatchObject([
      {
        kind: 'REWARD_PROVISIONAL',
        change: '33.34',
        state: 'PROVISIONAL',
        finalAt: '2032-10-04T00:00:00.000Z',
        cause: { kind: 'goal-reward', goalId: GOAL, period: PERIOD },
      },
    ]);
    await treasury.handled([301], 1);
    await treasury.pass(STABLE + HOUR);
    const [held] = await statement(treasury);
    expect(held).toMatchObject({ state: 'HELD' });
    expect(held?.why).toContain('held until a person');
    await treasury.decide('APPROVE');
    await treasury.pass(STABLE + 2 * HOUR);
    const lines = await statement(treasury);
    expect(lines.map(({ kind, change, state }) => [kind, change, state])).toEqual([
      ['REWARD_PROVISIONAL', '33.34', 'CONFIRMED'],
      ['REWARD_CONFIRMED', '0.00', 'CONFIRMED'],
    ]);
    expect(lines[1]?.finalAt).not.toBeNull();
    const explained = await get(
      treasury,
      `/v1/ledger/transactions/${lines[1]?.transaction}/explain`,
    );
    expect(explained).toMatchObject({
      cause: {
        kind: 'goal-reward',
        because: { goalId: GOAL, period: PERIOD, key: KEY, verdict: 'REVIEW', step: 'DECIDED' },
      },
    });
    const [funding] = await treasury.entries('POOL_FUNDING');
    expect(await get(treasury, `/v1/ledger/transactions/${funding?.tx}/explain`)).toMatchObject({
      cause: { kind: 'reward-pool', because: { version: 1, funded: '100.00' } },
    });
  });
});
