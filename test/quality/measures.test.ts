/** Which metrics are kept is remembered for a while, and in a sandbox never. */
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { measuresOf } from '../../src/quality/measures/client';

const clock = { now: async () => null, register: async () => undefined };

it.each([
  ['twice where it is deployed', {}, 1],
  ['twice in a sandbox', { SANDBOX: 'true', SANDBOX_OBJECT: { getByName: () => clock } }, 2],
])('asked %s, the names are read so often: %#', async (_, sandbox, times) => {
  let read = 0;
  const facts = measuresOf([
    async () => {
      read += 1;
      return ['handle_time'];
    },
  ]);
  for (let turn = 0; turn < 2; turn += 1) await facts({ ...env, ...sandbox }, []);
  expect(read).toBe(times);
});
