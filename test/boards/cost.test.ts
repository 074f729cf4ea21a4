import { env } from 'cloudflare:workers';
import { expect, it, vi } from 'vitest';
import { refreshBoards } from '../../src/boards/jobs';
import { fill, TODAY, truth } from '../bench/crowd';
import { putAway, type Read, readCounted } from './counted';
import { newBoard, post, signIn } from './stage';

const BAR_ROWS = 5_000;
const AWARDS = 20_000;

/** The bench does the same for every kind of data up to a million awards. */
it('the first hundred cost the same however many awards there are, also after an eviction', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(TODAY);
  await fill('ties', AWARDS);
  const bearer = await signIn();
  const id = await newBoard();
  const wanted = await truth(100);
  const places = ({ body }: Read) =>
    (body.items as { agentId: string; rank: number }[]).map(({ agentId, rank }) => ({
      agentId,
      rank,
    }));
  expect(places(await readCounted(bearer, id, '?limit=100'))).toEqual(wanted);
  const awards = Array.from({ length: 50 }, (_, n) => ({
    agentId: 'late-comer',
    session: `late-${n}`,
    number: 1,
    points: 1,
    at: TODAY,
  }));
  await post(awards, TODAY);
  await refreshBoards(env, TODAY);
  const steady = await readCounted(bearer, id, '?limit=100');
  await putAway(id);
  const woken = await readCounted(bearer, id, '?limit=100');
  for (const { cost } of [steady, woken]) expect(cost.rows + cost.values).toBeLessThan(BAR_ROWS);
  expect(steady.cost.rows).toBeLessThan(400);
  expect(places(steady)).toEqual(wanted);
  expect(places(woken)).toEqual(wanted);
});
