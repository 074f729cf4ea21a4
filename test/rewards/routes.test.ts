import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { balanceOf } from '../../src/ledger/store';
import { errorsOf, faultsOfProblem, type Heard, itemsOf, makeKey, send } from '../http/caller';

let payroll = '';
let viewer = '';

beforeAll(async () => {
  payroll = (await makeKey(['payroll'])).key;
  viewer = (await makeKey(['viewer'])).key;
});

const put = (id: string, body: object, headers = {}): Promise<Heard> =>
  send('PUT', `/v1/reward-pools/${id}`, { key: payroll, body, headers });
const get = (id: string): Promise<Heard> => send('GET', `/v1/reward-pools/${id}`, { key: viewer });
const heldBy = (account: string, unit = 'USD') => balanceOf(env.DB, account, unit);

describe('a reward pool', () => {
  it('is funded from outside when it is written, and by the difference later', async () => {
    const created = await put('RPOOL_2024_Q3', {
      funded: 4500,
      firstDay: '2024-07-01',
      lastDay: '2024-09-30',
      destinationId: 'hris',
    });
    expect([created.status, created.body]).toMatchObject([
      201,
      { unit: 'USD', funded: '4500.00', held: '4500.00', reserved: '0.00', warnings: [] },
    ]);
    expect(await heldBy('pool:RPOOL_2024_Q3')).toBe(450_000n);
    const changed = { funded: '5000.50', perAward: 10 };
    expect((await put('RPOOL_2024_Q3', changed)).body).toMatchObject({
      held: '5000.50',
      version: 2,
    });
    expect((await put('RPOOL_2024_Q3', changed)).body).toMatchObject({ version: 2 });
    expect((await put('RPOOL_2024_Q3', { funded: '0.01' })).body).toMatchObject({ held: '0.01' });
    expect(await heldBy('pool:RPOOL_2024_Q3')).toBe(1n);
    expect(await heldBy('funding:RPOOL_2024_Q3')).toBe(-1n);
    expect((await get('RPOOL_2024_Q3')).body).toMatchObject({ funded: '0.01', version: 3 });
  });

  it('may hold leave in hours, and keeps its unit once it was funded', async () => {
    await put('LEAVE', { funded: '40.25', unit: 'HOURS' });
    expect(await heldBy('pool:LEAVE', 'HOURS')).toBe(4025n);
    const other = await put('LEAVE', { funded: '40.25', unit: 'EUR' });
    expect([other.status, errorsOf(other)]).toMatchObject([422, [{ pointer: '#/unit' }]]);
  });

  it('is refused amounts finer than its unit, below zero, and days that end before they begin', async () => {
    const bodies: [object, string][] = [
      [{ funded: '1.001' }, '#/funded'],
      [{ funded: -1 }, '#/funded'],
      [{ funded: 1, perAward: 0 }, '#/perAward'],
      [{ funded: 1, perAward: '0.001' }, '#/perAward'],
      [{ funded: 1, firstDay: '2024-09-01' }, '#/lastDay'],
      [{ funded: 1, lastDay: '2024-09-01' }, '#/firstDay'],
      [{ funded: 1, firstDay: '2024-09-02', lastDay: '2024-09-01' }, '#/lastDay'],
      [{ funded: 1, unit: 'POINTS/x' }, '#/unit'],
      [{ funded: 1, unit: 'XXX' }, '#/unit'],
      [{ funded: '1e3' }, '#/funded'],
    ];
    for (const [body, pointer] of bodies) {
      const heard = await put('REFUSED', body);
      expect([body, heard.status, faultsOfProblem(heard)]).toEqual([body, 422, []]);
      expect([body, errorsOf(heard)[0]?.pointer]).toEqual([body, pointer]);
    }
    expect((await get('REFUSED')).status).toBe(404);
  });

  it('warns of what is allowed and yet unwise', async () => {
    const { body } = await put('UNWISE', { funded: 1, perAward: 2 });
    expect(body.warnings).toHaveLength(2);
  });

  it('is not overwritten unseen, and written once by twins', async () => {
    await put('SEEN', { funded: 1 });
    expect((await put('SEEN', { funded: 2 }, { 'If-Match': '"9"' })).status).toBe(412);
    const twins = await Promise.all([3, 4, 5].map((funded) => put('TWINS', { funded })));
    const statuses = twins.map(({ status }) => status).toSorted();
    expect(statuses[0]).toBe(201);
    const written = twins.find(({ status }) => status === 201)?.body.funded;
    const { funded, held } = (await get('TWINS')).body;
    expect(held).toBe(funded);
    expect(statuses.filter((status) => status < 400).length === 1 ? written : funded).toBe(funded);
  });

  it('is listed with what it holds', async () => {
    const heard = await send('GET', '/v1/reward-pools?limit=200', { key: viewer });
    const pools = new Map(itemsOf(heard).map(({ id, held, unit }) => [id, [held, unit]]));
    expect(pools.get('LEAVE')).toEqual(['40.25', 'HOURS']);
    expect(pools.get('SEEN')).toEqual(['1.00', 'USD']);
  });
});
