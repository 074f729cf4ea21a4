/**
 * `npm run cli -- <verb>`: what an operator or an auditor does from a terminal. Ends with 0 when all
 * is well, with 1 when something was found to be wrong, with 2 when the call itself was: then one
 * sentence says how to mend it. `--json` prints one JSON value instead of sentences.
 */
import process from 'node:process';
import { UsageError } from './flags.ts';
import { Trouble } from './verbs/call.ts';

interface Verb {
  readonly USAGE: string;
  run(args: readonly string[]): Promise<number>;
}

const VERBS: Readonly<Record<string, readonly [says: string, load: () => Promise<Verb>]>> = {
  export: ['writes the whole of the books to a file', () => import('./verbs/export.ts')],
  verify: ['checks such a file, with no server', () => import('./verbs/verify.ts')],
  sign: ['shows how a sender signs a body', () => import('./verbs/sign.ts')],
  send: ['signs a body and sends it to a source', () => import('./verbs/send.ts')],
  doctor: ['says what a deployment has and lacks', () => import('./verbs/doctor.ts')],
  key: ['computes the key of a reward', () => import('./verbs/key.ts')],
  tail: ['shows events and decisions as they come', () => import('./verbs/tail.ts')],
};

const usage = (): string =>
  [
    'usage: npm run cli -- <verb> [options]',
    ...Object.entries(VERBS).map(([name, [says]]) => `  ${name.padEnd(8)} ${says}`),
    'npm run cli -- <verb> --help says more',
  ].join('\n');

async function run([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    if (name === undefined) throw new UsageError(usage());
    console.log(usage());
    return 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) throw new UsageError(`there is no verb ${name}\n${usage()}`);
  const { USAGE, run: perform } = await verb[1]();
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  return perform(args);
}

const given = process.argv.slice(2);
try {
  process.exitCode = await run(given);
} catch (thrown) {
  const expected = thrown instanceof UsageError || thrown instanceof Trouble;
  const message = expected ? thrown.message : thrown instanceof Error ? thrown.stack : thrown;
  console.error(given.includes('--json') ? JSON.stringify({ error: message }) : message);
  process.exitCode = thrown instanceof UsageError ? 2 : 1;
}
