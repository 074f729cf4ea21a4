import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { ADMIN_TOKEN, send } from '../http/caller';

const countKeys = async (): Promise<number> =>
  (await env.DB.prepare("SELECT count(*) AS n FROM config WHERE kind = 'key'").first<number>(
    'n',
  )) ?? 0;

test('twenty equal requests of one instant under one Idempotency-Key make one key', async () => {
  for (let round = 0; round < 10; round += 1) {
    const before = await countKeys();
    const body = { name: `twin ${round}`, person: 'twin@example.com', roles: ['viewer'] };
    const headers = { 'Idempotency-Key': `twin-${round}` };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        send('POST', '/v1/keys', { key: ADMIN_TOKEN, body, headers }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await countKeys()) - before).toBe(1);
  }
});
