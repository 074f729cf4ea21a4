/**
 * What a firing of cron asks D1 where nothing is configured: every installation pays for it, every
 * five minutes, for ever. A job that asks more than it needs to find nothing due fails here.
 */
import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { emptied } from './empty';
import worker from './entry';
import { installBoard, removeBoard } from './io';

const NOW = Date.UTC(2031, 1, 3, 12);
/** Counted; a job that joins adds what it needs, which is one call where nothing is due. */
const MOST = { '*/5 * * * *': 26, '7 * * * *': 24, '23 2 * * *': 2 } as const;

describe('cron, where nothing is configured', () => {
  it.each(Object.entries(MOST))('asks D1 at %s no more than %i times', async (cron, most) => {
    await emptied();
    const board = installBoard();
    try {
      const controller = createScheduledController({ cron, scheduledTime: new Date(NOW) });
      await worker.scheduled(controller, env);
      const calls = [...board.met].filter(([name]) => /^worker DB\.\w+ before$/.test(name));
      const many = calls.reduce((sum, [, count]) => sum + count, 0);
      expect(many).toBeGreaterThan(0);
      expect(many).toBeLessThanOrEqual(most);
    } finally {
      removeBoard();
    }
  });
});
