import { expect, test } from 'vitest';
import { makeKey, send } from '../http/caller';
import { SEED_BOARD } from './stage';

test('standings of days beyond reckoning are refused, and those of the last year are answered', async () => {
  const { key } = await makeKey(['viewer', 'author']);
  const board = await send('POST', '/v1/leaderboards', { key, body: SEED_BOARD });
  expect(board.status).toBe(201);
  const path = `/v1/leaderboards/${board.body.id}/standings?effective=`;
  const statuses = ['9998-12-31', '9999-12-31', '0000-01-01'].map(
    async (day) => (await send('GET', path + day, { key })).status,
  );
  expect(await Promise.all(statuses)).toEqual([200, 422, 422]);
});
