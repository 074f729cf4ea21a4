/** Corrections after the close: within the tolerance, beyond it, and after everything was settled. */
import { describe, expect, it } from 'vitest';
import { makeKey, send } from '../../http/caller';
import { DAY, HOUR, MEMBERS, metric, OCTOBER } from '../stage';
import { cleanedUp } from './installed';
import { REWARDS, Treasury } from './treasury';

cleanedUp();

const [ONE = '', TWO = '', THREE = ''] = MEMBERS;
const STABLE = OCTOBER + 3 * DAY;
const EQUAL = { [ONE]: 3334, [TWO]: 3333, [THREE]: 3333 };

/** Closed at 278.4, corrected within the window, settled. */
async function corrected(
  values: readonly number[],
  opening: Parameters<typeof Treasury.open>[0] = {},
): Promise<Treasury> {
  const treasury = await Treasury.open(opening);
  await treasury.handled([100.4, 78, 100]);
  await treasury.close();
  await treasury.pass(OCTOBER + DAY);
  await treasury.handled(values, 1);
  await treasury.pass(STABLE + HOUR);
  return treasury;
}

describe('a correction within the stabilisation window', () => {
  it('within the tolerance changes nothing', async () => {
    const treasury = await corrected([105, 78, 100]);
    expect(await treasury.step('JUDGED')).toMatchObject({
      verdict: 'CONFIRMED',
      snapshot: '278.4',
      restated: '283',
    });
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(await treasury.reviews()).toEqual([]);
  });

  it('of 3 % is confirmed with a note where it stays within the tolerance of the threshold', async () => {
    const treasury = await corrected([108.752, 78, 100]);
    const branch = 'WITHIN_TOLERANCE_OF_THRESHOLD';
    expect(await treasury.step('JUDGED')).toMatchObject({ verdict: 'CONFIRMED', branch });
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    await treasury.balanced();
  });

  it('of 8 % freezes what was promised until a person confirms it', async () => {
    const treasury = await corrected([122.672, 78, 100]);
    expect(await treasury.step('JUDGED')).toMatchObject({
      verdict: 'REVIEW',
      branch: 'STATUS_FELL',
      restated: '300.672',
    });
    expect(await treasury.holding('pending')).toEqual(EQUAL);
    expect(await treasury.notices('review.opened')).toHaveLength(1);
    const [review] = await treasury.reviews();
    const shown = await treasury.stage.world.must('GET', `/v1/reviews/${review?.id}`);
    expect(shown).toMatchObject({
      state: 'OPEN',
      permission: 'compliance',
      evidence: {
        snapshot: '278.4',
        restated: '300.672',
        delta: '22.272',
        contributions: expect.arrayContaining([
          {
            agent: `agent:${ONE}`,
            snapshot: '100.4',
            restated: '122.672',
            delta: '22.272',
            part: '33.34',
          },
        ]),
      },
      outcomes: {
        APPROVED: {
          postings: expect.arrayContaining([
            expect.objectContaining({ kind: 'REWARD_CONFIRMED', amount: '33.34', later: true }),
          ]),
        },
        REJECTED: {
          postings: expect.arrayContaining([
            expect.objectContaining({ kind: 'REWARD_REVERSED', to: 'pool:RPOOL_2024_Q3' }),
          ]),
        },
      },
    });
    await treasury.decide('APPROVE');
    await treasury.pass(STABLE + 2 * HOUR);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(treasury.network.lines(REWARDS)).toHaveLength(3);
    await treasury.balanced();
  });

  it('of 8 % is taken back by new entries where a person rejects it', async () => {
    const treasury = await corrected([122.672, 78, 100]);
    await treasury.decide('REJECT');
    await treasury.pass(STABLE + 2 * HOUR);
    expect([await treasury.holding('pending'), await treasury.holding('earned')]).toEqual([{}, {}]);
    const back = await treasury.entries('REWARD_REVERSED');
    const promised = (await treasury.entries('REWARD_PROVISIONAL')).map(({ tx }) => tx);
    expect(back.map(({ reverses }) => reverses).sort()).toEqual(promised.sort());
    expect(await treasury.balances()).toMatchObject({ pool: 10_000, members: 0 });
    expect(treasury.network.lines(REWARDS)).toEqual([]);
    // Nothing was corrected since: no second review.
    await treasury.pass(STABLE + 5 * DAY);
    expect(await treasury.reviews()).toHaveLength(1);
  });

  it('is decided neither by who gains by it nor without compliance', async () => {
    const treasury = await corrected([122.672, 78, 100]);
    const [review] = await treasury.reviews();
    const path = `/v1/reviews/${review?.id}/decision`;
    const body = { decision: 'APPROVE', reason: 'mine' };
    const gains = await makeKey(['compliance'], { person: ONE });
    const other = await makeKey(['approver'], { person: 'boss@example.com' });
    expect((await send('POST', path, { key: gains.key, body })).status).toBe(403);
    expect((await send('POST', path, { key: other.key, body })).status).toBe(403);
    const law = await makeKey(['compliance'], { person: 'law@example.com' });
    expect((await send('POST', path, { key: law.key, body })).status).toBe(200);
  });

  it('is decided neither by who wrote goal and pool nor by who mended the correction', async () => {
    const treasury = await corrected([100.4, 78, 100]);
    const { world } = treasury.stage;
    const correction = {
      eventId: 'by-hand',
      interactionId: 'interaction-0',
      agentId: ONE,
      revision: 2,
    };
    await treasury.stage.post(metric({ ...correction, value: 'unreadable' }));
    const { items } = (await world.must('GET', '/v1/quarantine')) as { items: { id: string }[] };
    const mender = await makeKey(['admin', 'compliance'], { person: 'mender@example.com' });
    const mended = await send('POST', `/v1/quarantine/${items[0]?.id}/mend`, {
      key: mender.key,
      body: { body: metric({ ...correction, value: 122.672 }), reason: 'read from the paper' },
    });
    expect(mended.status).toBe(200);
    await treasury.pass(STABLE + 3 * HOUR);
    const [review] = await treasury.reviews();
    const path = `/v1/reviews/${review?.id}/decision`;
    const body = { decision: 'APPROVE', reason: 'mine' };
    expect((await world.operator('POST', path, body)).status).toBe(403);
    expect((await send('POST', path, { key: mender.key, body })).status).toBe(403);
    expect((await world.reviewer('POST', path, body)).status).toBe(200);
  });

  it('is taken back at once where the policy says REVERSE', async () => {
    const treasury = await corrected([122.672, 78, 100], { goal: { whenFallen: 'REVERSE' } });
    expect(await treasury.step('JUDGED')).toMatchObject({ verdict: 'REVERSE' });
    expect(await treasury.balances()).toMatchObject({ pool: 10_000, members: 0 });
    expect(await treasury.notices('reward.reversed')).toHaveLength(1);
    expect(await treasury.reviews()).toEqual([]);
  });

  it('moves only the differences where the policy says ADJUST', async () => {
    const treasury = await corrected([50, 78, 100], {
      goal: { whenDrifted: 'ADJUST' },
      customFields: { distributionType: 'PROPORTIONAL' },
    });
    // 100 × 100.4, 78 and 100 of 278.4, then 50, 78 and 100 of 228.
    expect(await treasury.moves()).toEqual(
      [
        `ADJUSTED ${ONE} -1413`,
        `ADJUSTED ${TWO} 619`,
        `ADJUSTED ${THREE} 794`,
        `CONFIRMED ${ONE} 2193`,
        `CONFIRMED ${TWO} 3421`,
        `CONFIRMED ${THREE} 4386`,
        `PROVISIONAL ${ONE} 3606`,
        `PROVISIONAL ${TWO} 2802`,
        `PROVISIONAL ${THREE} 3592`,
        'RESERVED pool 10000',
      ].sort(),
    );
    await treasury.balanced();
  });

  it('that leaves nobody with a contribution waits for a person under ADJUST', async () => {
    const treasury = await corrected([0, 0, 0], {
      goal: { whenDrifted: 'ADJUST' },
      customFields: { distributionType: 'PROPORTIONAL' },
    });
    expect(await treasury.step('JUDGED')).toMatchObject({
      verdict: 'REVIEW',
      branch: 'NO_CONTRIBUTIONS',
    });
  });
});

describe('a correction after everything was settled', () => {
  it('opens a review; an approval takes back what was paid under the key of the next epoch', async () => {
    const treasury = await corrected([100.4, 78, 100]);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    await treasury.handled([122.672, 78, 100], 2);
    await treasury.pass(STABLE + 3 * HOUR);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(await treasury.reviews()).toMatchObject([{ state: 'OPEN' }]);
    await treasury.decide('APPROVE');
    await treasury.pass(STABLE + 5 * HOUR);
    expect(await treasury.holding('earned')).toEqual({});
    expect(await treasury.balances()).toMatchObject({ pool: 10_000, aside: 0, members: 0 });
    const lines = treasury.network.lines(REWARDS);
    const sums = new Map<unknown, number>();
    for (const { agent_id: id, amount } of lines) {
      sums.set(id, Number(((sums.get(id) ?? 0) + Number(amount)).toFixed(2)));
    }
    expect([...sums.values()]).toEqual([0, 0, 0]);
    expect(new Set(lines.map(({ idempotency_key: key }) => key)).size).toBe(6);
    expect(lines.filter(({ epoch }) => epoch === 2)).toHaveLength(3);
  });

  it('changes nothing where a person declines it, and opens another only for other figures', async () => {
    const treasury = await corrected([100.4, 78, 100]);
    await treasury.handled([122.672, 78, 100], 2);
    await treasury.pass(STABLE + 3 * HOUR);
    await treasury.decide('REJECT');
    await treasury.pass(STABLE + 3 * DAY);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(await treasury.reviews()).toHaveLength(1);
    await treasury.handled([130, 78, 100], 3);
    await treasury.pass(STABLE + 4 * DAY);
    expect(await treasury.reviews()).toHaveLength(2);
    await treasury.balanced();
  });

  it('within the tolerance opens none', async () => {
    const treasury = await corrected([100.4, 78, 100]);
    await treasury.handled([101, 78, 100], 2);
    await treasury.pass(STABLE + 3 * HOUR);
    expect(await treasury.reviews()).toEqual([]);
  });

  it('that reinstates a goal that was taken back pays it under the key of the next epoch', async () => {
    const treasury = await corrected([122.672, 78, 100], { goal: { whenFallen: 'REVERSE' } });
    expect(await treasury.holding('pending')).toEqual({});
    await treasury.handled([100.4, 78, 100], 2);
    await treasury.pass(STABLE + 3 * HOUR);
    await treasury.decide('APPROVE');
    await treasury.pass(STABLE + 5 * HOUR);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    expect(await treasury.balances()).toMatchObject({ pool: 0, aside: 0, members: 10_000 });
  });
});

describe('a promise that waits for a person', () => {
  it('shares equally once it is approved, where nobody contributed', async () => {
    const treasury = await Treasury.open({ customFields: { distributionType: 'PROPORTIONAL' } });
    await treasury.handled([0, 0, 0]);
    await treasury.close();
    expect(await treasury.step('OPENED')).toMatchObject({
      outcome: 'REVIEW',
      reason: 'NO_CONTRIBUTIONS',
    });
    expect(await treasury.balances()).toMatchObject({ pool: 0, aside: 10_000, members: 0 });
    await treasury.decide('APPROVE');
    await treasury.pass(OCTOBER + 2 * HOUR);
    expect(await treasury.holding('pending')).toEqual(EQUAL);
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.holding('earned')).toEqual(EQUAL);
    await treasury.balanced();
  });

  it('goes back whole where it is rejected', async () => {
    const treasury = await Treasury.open({ customFields: { distributionType: 'PROPORTIONAL' } });
    await treasury.handled([0, 0, 0]);
    await treasury.close();
    await treasury.decide('REJECT');
    await treasury.pass(STABLE + HOUR);
    expect(await treasury.balances()).toMatchObject({ pool: 10_000, aside: 0, members: 0 });
  });

  it('is promised once the pool was topped up, where it held too little', async () => {
    const treasury = await Treasury.open({ pool: { perAward: '150.00' } });
    await treasury.handled([278.4]);
    await treasury.close();
    expect(await treasury.step('OPENED')).toMatchObject({ outcome: 'REVIEW', reason: 'UNFUNDED' });
    expect(await treasury.balances()).toMatchObject({ pool: 10_000, aside: 0 });
    await expect(treasury.decide('APPROVE')).rejects.toThrow('409');
    await treasury.stage.world.must('PUT', '/v1/reward-pools/RPOOL_2024_Q3', {
      funded: '200.00',
      perAward: '150.00',
      destinationId: 'hris',
    });
    await treasury.decide('APPROVE');
    await treasury.pass(OCTOBER + 2 * HOUR);
    expect(await treasury.holding('pending')).toEqual({ [ONE]: 5000, [TWO]: 5000, [THREE]: 5000 });
    expect(await treasury.balances()).toMatchObject({ pool: 5000, aside: 0 });
    await treasury.balanced();
  });
});
