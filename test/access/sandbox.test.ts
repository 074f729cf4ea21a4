/**
 * The cells of the routes that a sandbox has besides, asked of the sandbox's own app with the keys
 * of the deployed one; and ADMIN_TOKEN, which in a sandbox may do anything.
 */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import sandbox from '../../src/sandbox/index';
import { ADMIN_TOKEN, heardOf, requestOf, send } from '../http/caller';
import { type Ask, askLine, linesSaidBy, makeKeysFirst, testCells } from './cells';
import { guarded, MAY, MAY_IN_SANDBOX } from './matrix';

type SandboxEnv = Parameters<typeof sandbox.fetch>[1];

const keys = makeKeysFirst();

const askedWith =
  (bindings: object): Ask =>
  async (method, path, sent) => {
    const context = createExecutionContext();
    const given = { ...env, ...bindings } as unknown as SandboxEnv;
    const heard = await heardOf(await sandbox.fetch(requestOf(method, path, sent), given, context));
    await waitOnExecutionContext(context);
    return heard;
  };

/** In sandbox mode with a clock that nobody has set. */
const ask = askedWith({
  SANDBOX: 'true',
  SANDBOX_OBJECT: { getByName: () => ({ now: async () => null }) },
});

describe('the table of roles and routes of a sandbox', () => {
  it('has a line for every route that the deployed app has not, and for no other', async () => {
    const deployed = new Set(await linesSaidBy(send));
    const besides = (await linesSaidBy(ask)).filter((line) => !deployed.has(line));
    expect(besides.sort()).toEqual(Object.keys(MAY_IN_SANDBOX).sort());
  });

  it('is of routes that the deployed app does not know, whoever asks', async () => {
    for (const line of guarded(MAY_IN_SANDBOX)) {
      for (const key of [undefined, ADMIN_TOKEN, keys.get('admin')?.key]) {
        expect((await askLine(send, line, key)).status).toBe(404);
      }
    }
  });
});

testCells(MAY_IN_SANDBOX, ask);

describe('ADMIN_TOKEN', () => {
  it('may do anything in a sandbox', async () => {
    for (const line of guarded({ ...MAY, ...MAY_IN_SANDBOX })) {
      const { status } = await askLine(ask, line, ADMIN_TOKEN);
      expect([401, 403], line.line).not.toContain(status);
      expect(status, line.line).toBeLessThan(500);
    }
  });

  it('is held to keys where these routes stand and the mode is off', async () => {
    for (const line of guarded(MAY_IN_SANDBOX)) {
      expect((await askLine(askedWith({}), line, ADMIN_TOKEN)).status).toBe(403);
    }
  });
});
