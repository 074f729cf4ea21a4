/** In which currency an agent is paid. */
import { beforeAll, describe, expect, it } from 'vitest';
import { faultsOfProblem, makeKey, send } from '../http/caller';

let admin = '';

beforeAll(async () => {
  admin = (await makeKey(['admin'])).key;
});

const put = (id: string, body: object) => send('PUT', `/v1/agents/${id}`, { key: admin, body });

describe('the currency of an agent', () => {
  it('is kept, taken away, imported and listed', async () => {
    const sent = await put('paid', { platformIds: {}, employeeId: null, currency: 'EUR' });
    expect([sent.status, sent.body.currency]).toEqual([201, 'EUR']);
    const away = await put('paid', { platformIds: {}, employeeId: null, currency: null });
    expect([away.status, away.body.currency]).toEqual([200, undefined]);
    const headers = { 'Content-Type': 'text/csv' };
    const body = 'agentId,currency\r\npaid,jpy\r\npaid-two,XYZ\r\n';
    const imported = await send('POST', '/v1/agents/import', { key: admin, headers, body });
    expect(imported.body).toMatchObject({ updated: 1, refused: 1 });
    const csv = await send('GET', '/v1/agents?limit=200', {
      key: admin,
      headers: { Accept: 'text/csv' },
    });
    expect(csv.text).toMatch(/\r\npaid,.*,JPY/);
  });

  it('that ISO 4217 does not list is refused', async () => {
    const heard = await put('paid', { currency: 'EURO' });
    expect([heard.status, faultsOfProblem(heard)]).toEqual([422, []]);
  });
});
