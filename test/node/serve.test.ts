/** `npm run serve` as a machine sees it: ready, killed, started again on the same directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from './port.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOKEN = 'admin-token-of-the-serve-test';
const state = mkdtempSync(join(tmpdir(), 'guerdon-serve-'));
let port = 0;
let running: ChildProcess | undefined;

const spawned = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(process.execPath, ['src/cli/serve.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, ADMIN_TOKEN: TOKEN, SECRETS_KEY: 'key', SANDBOX: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Starts it and answers with every line of standard output up to the one that says it is ready. */
async function serve(): Promise<string[]> {
  running = spawned(['--port', String(port), '--state', state]);
  const lines: string[] = [];
  let said = '';
  running.stderr?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  if (running.stdout === null) return lines;
  for await (const line of createInterface({ input: running.stdout })) {
    lines.push(line);
    if (line.startsWith('ready ')) return lines;
  }
  throw new Error(`it ended without being ready: ${said}`);
}

async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  let said = '';
  child.stderr?.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}

const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return response.json();
};

beforeAll(async () => {
  port = await freePort();
});

afterAll(() => {
  running?.kill('SIGTERM');
  rmSync(state, { recursive: true, force: true, maxRetries: 5 });
});

describe('serve', () => {
  it('says that it is ready, last, when it answers', async () => {
    expect(await serve()).toEqual([`ready http://127.0.0.1:${port}`]);
    expect(await call('GET', '/v1/health')).toMatchObject({ status: 'ok' });
  });

  it('goes on where it was after a kill that leaves its engine alive', async () => {
    await call('PUT', '/v1/sandbox/clock', { now: '2024-09-01T00:00:00Z' });
    const killed = running;
    killed?.kill('SIGKILL');
    if (killed !== undefined) await once(killed, 'exit');
    expect(await serve()).toEqual([`ready http://127.0.0.1:${port}`]);
    expect(await call('GET', '/v1/sandbox/clock')).toEqual({
      now: '2024-09-01T00:00:00.000Z',
      set: true,
    });
  });

  it('refuses a port that is taken and names it', async () => {
    const other = mkdtempSync(join(tmpdir(), 'guerdon-serve-'));
    const { code, said } = await ended(spawned(['--port', String(port), '--state', other]));
    rmSync(other, { recursive: true, force: true });
    expect([code, said]).toEqual([2, expect.stringContaining(`port ${port} cannot be used`)]);
  });

  it('names the secrets that are missing', async () => {
    const { code, said } = await ended(spawned([], { SECRETS_KEY: '' }));
    expect([code, said]).toEqual([2, expect.stringMatching(/^SECRETS_KEY is not set/)]);
  });

  it('ends on a signal and leaves its port free', async () => {
    const child = running;
    child?.kill('SIGTERM');
    if (child?.exitCode === null) await once(child, 'exit');
    await expect
      .poll(() =>
        fetch(`http://127.0.0.1:${port}/`).then(
          () => true,
          () => false,
        ),
      )
      .toBe(false);
  });
});
