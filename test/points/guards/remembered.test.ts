/** The net under the caps behind claims whose neighbours do not settle: it passes and remembers them. */
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { commit } from '../../../src/ledger/client';
import { configRow } from '../../../src/ledger/config';
import { readLatest } from '../../../src/ledger/store';
import { type PointsEnv, pokeSession } from '../../../src/points/coaching/client';
import { sweepCaps } from '../../../src/points/guards/jobs';
import { programmeSchema } from '../../../src/points/programmes/programme';
import type { Mark } from '../../../src/points/sweep/sweep';
import { completion, hire, keyOf, netOf, openBooks, send } from '../world';

const NOW = Date.UTC(2100, 0, 4, 12);
const MINUTE = 60_000;
const ACCOUNT = 'agent:keymentor1:points:Mentorship:none';
/** Nobody hears a nudge. */
const deaf = {
  ...env,
  SESSIONS: { getByName: () => ({ nudge: async () => undefined }) },
} as unknown as PointsEnv;

const mark = async (): Promise<Mark | undefined> =>
  (await readLatest<Mark>(env.DB, 'mark', 'cap-claims'))?.content;

beforeAll(async () => {
  await openBooks();
  await hire('mentee-2', ['Junior_Agent_Group_ID']);
  // Claims without a cap that bites; then the cap that makes one of them stand otherwise.
  for (const [version, count] of [
    [1, 9],
    [2, 1],
  ] as const) {
    if (version === 2) await settleBoth();
    const content = programmeSchema.parse({ caps: { perMentor: { count, period: 'DAY' } } });
    const row = { kind: 'program', name: 'Mentorship', version, effectiveFrom: null };
    await commit(
      env,
      { rows: [configRow({ ...row, writtenAt: 0, author: 'a', content }, 's')] },
      NOW,
    );
  }
});

async function settleBoth(): Promise<void> {
  await send([completion('a', {}, NOW - MINUTE)], NOW);
  await send([completion('b', { menteeId: 'mentee-2' }, NOW)], NOW);
  for (const id of ['a', 'b']) await pokeSession(env, keyOf(id), NOW + 2 * MINUTE);
}

test('claims whose neighbours do not settle are passed and remembered', async () => {
  expect(await netOf(ACCOUNT)).toBe(1_000_000);
  await sweepCaps(deaf, NOW + 10 * MINUTE);
  const last = await env.DB.prepare('SELECT max(seal) AS n FROM cap_claims').first<{ n: number }>();
  const first = await mark();
  expect(first?.seal).toBeGreaterThanOrEqual(last?.n ?? 0);
  expect(first?.open).toHaveLength(2);
  await sweepCaps(deaf, NOW + 15 * MINUTE);
  expect(await mark()).toEqual(first);
});

test('what is remembered is nudged again and forgotten once it has settled', async () => {
  await sweepCaps(env, NOW + 20 * MINUTE);
  await pokeSession(env, keyOf('b'), NOW + 21 * MINUTE);
  expect(await netOf(ACCOUNT)).toBe(500_000);
  await sweepCaps(env, NOW + 30 * MINUTE);
  expect((await mark())?.open).toBeUndefined();
});
