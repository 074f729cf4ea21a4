/** Commands of this repository as processes: a Worker that is served, and the command line beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

export const ROOT = join(import.meta.dirname, '../..');
export const TOKEN = 'admin-token-of-the-node-tests';

/** Starts `serve` in sandbox mode; answers when it says that it is ready. */
export async function served(port: number, state: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ['src/cli/serve.ts', '--port', String(port), '--state', state],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        ADMIN_TOKEN: TOKEN,
        SECRETS_KEY: 'secrets-key-of-the-node-tests',
        SANDBOX: 'true',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) break;
  }
  return child;
}

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script of Node to its end. */
export async function ran(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input = '',
): Promise<Said> {
  const child = spawn(process.execPath, [...args], { cwd: ROOT, env: { ...process.env, ...env } });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
