/**
 * The served Worker that is killed: a process on a state directory and a port of its own. Knows the
 * ids of its processes from that directory, and ends no others.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { kill, pidsIn } from '../engine/processes.ts';
import { type Api, apiOf } from '../sample/month.ts';

const ROOT = join(import.meta.dirname, '../../..');
const HOST = '127.0.0.1';
const SECRETS = { ADMIN_TOKEN: 'admin-token-of-sim-kill', SECRETS_KEY: 'secrets-key-of-sim-kill' };

/** A port that nobody listens on. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((answer, refuse) => {
    server.once('error', refuse);
    server.listen(0, HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => answer(port));
    });
  });
}

export class Installation {
  readonly #state: string;
  #root: string;
  #port = 0;
  #child: ChildProcess | null = null;
  #key: string | null = null;

  /** `before`: a checkout whose code serves until the first kill; null: this one's. */
  constructor(state: string, before: string | null = null) {
    this.#state = state;
    this.#root = before ?? ROOT;
  }

  /** With the key of an operator, which is made at the first start and outlives every kill. */
  get api(): Api {
    return apiOf(`http://${HOST}:${this.#port}`, this.#key ?? SECRETS.ADMIN_TOKEN);
  }

  /** Resolves when it says that it is ready. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const args = ['src/cli/serve.ts', '--port', String(this.#port), '--state', this.#state];
    const child = spawn(process.execPath, args, {
      cwd: this.#root,
      env: { ...process.env, ...SECRETS, SANDBOX: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said = `${said}${data.toString()}`.slice(-2_000);
    });
    let ready = false;
    for await (const line of createInterface({ input: child.stdout })) {
      ready = line.startsWith('ready ');
      if (ready) break;
    }
    // What it logs from here on is of no use, but must be read, or it would stop writing.
    child.stdout.resume();
    if (!ready) throw new Error(`it ended without being ready: ${said}`);
    this.#key ??= await this.#firstKey();
  }

  async #firstKey(): Promise<string> {
    const made = await this.api.must('POST', '/v1/keys', {
      name: 'sim-kill',
      person: 'operator@sim-kill.test',
      roles: ['viewer', 'author', 'admin'],
    });
    return (made as { readonly key: string }).key;
  }

  /** SIGKILL for Node and for its engine, at once; nothing is told beforehand. */
  kill(): void {
    const noted = this.#child === null ? [] : pidsIn(this.#state);
    for (const pid of new Set([this.#child?.pid, ...noted])) if (pid !== undefined) kill(pid);
    this.#child = null;
    this.#root = ROOT;
  }

  /** Throws unless the chain of seals verifies and the books balance. */
  async mustBeWhole(): Promise<void> {
    let [verdict, cursor] = ['UNFINISHED', ''];
    while (verdict === 'UNFINISHED') {
      const after = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
      const found = await this.api.must('GET', `/v1/ledger/verify${after}`);
      const said = found as { readonly verdict: string; readonly nextCursor: string | null };
      if (said.verdict === 'BROKEN') throw new Error(`the chain: ${JSON.stringify(found)}`);
      [verdict, cursor] = [said.verdict, said.nextCursor ?? ''];
    }
    const trial = await this.api.must('GET', '/v1/ledger/trial-balance');
    const { balanced } = trial as { readonly balanced?: boolean };
    if (balanced !== true) throw new Error(`the books do not balance: ${JSON.stringify(trial)}`);
  }
}
