/** An object that fails is looked after ever more seldom, also where it is put away meanwhile. */
import { evictDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOON, stubOf, turn } from '../delivery/depot';
import { Network } from '../delivery/network';
import { scene } from '../delivery/scene';
import { type Board, installBoard, removeBoard } from '../worker/io';

let board: Board;
let network: Network;
beforeEach(() => {
  network = new Network().install();
  board = installBoard();
});
afterEach(() => {
  removeBoard();
  network.remove();
});

it('what failed eight times waits for minutes, and after a success for seconds again', async () => {
  const { id } = await scene();
  const waits: number[] = [];
  board.d1Away = true;
  for (let nth = 0; nth < 9; nth += 1) {
    waits.push(((await turn(id, NOON)) ?? 0) - NOON);
    await evictDurableObject(stubOf(id));
  }
  // Two seconds, doubled each time to five minutes, each spread over half as much again.
  for (const [nth, wait] of waits.entries()) {
    const base = Math.min(300_000, 2_000 * 2 ** nth);
    expect([nth, wait >= base / 2 && wait <= base * 1.5]).toEqual([nth, true]);
  }
  board.d1Away = false;
  expect(await turn(id, NOON)).toBeNull();
  await evictDurableObject(stubOf(id));
  board.d1Away = true;
  expect(((await turn(id, NOON)) ?? 0) - NOON).toBeLessThanOrEqual(3_000);
});
