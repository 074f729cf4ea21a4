/**
 * Flags and secrets of the commands. Refuses unknown flags, ports that are none and missing
 * or useless secrets, each with one sentence that says how to mend it; a command then ends with 2.
 */
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

/** A mistake of the person at the keyboard: its message is printed alone, without a stack. */
export class UsageError extends Error {}

const LAST_PORT = 65_535;

export interface ServeFlags {
  readonly port: number;
  /** Absolute path of the directory that holds all data. */
  readonly state: string;
}

/** `--port 8787 --state DIR`; the directory is `.guerdon/state` unless it is given. */
export function readServeFlags(args: readonly string[], usage: string): ServeFlags {
  const values = readFlags(args, { port: { type: 'string' }, state: { type: 'string' } }, usage);
  return {
    port: portOf(String(values.port ?? '8787')),
    state: resolve(String(values.state ?? '.guerdon/state')),
  };
}

export type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>;

export function readFlags(
  args: readonly string[],
  options: Options,
  usage: string,
): Readonly<Record<string, unknown>> {
  const read = { args: [...args], options, strict: true, allowPositionals: false };
  return orUsage(() => parseArgs(read).values, usage);
}

/** What a reader makes of arguments; what it refuses is said in a sentence, with the usage. */
export function orUsage<T>(read: () => T, usage: string): T {
  try {
    return read();
  } catch (thrown) {
    const [message] = (thrown instanceof Error ? thrown.message : String(thrown)).split('. ');
    throw new UsageError(`${message}\n${usage}`);
  }
}

export function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= LAST_PORT) return port;
  throw new UsageError(`--port takes a number from 1 to ${LAST_PORT}, not ${text}`);
}

const SECRETS = {
  ADMIN_TOKEN: 'the bearer token that makes the first key',
  SECRETS_KEY: "the key under which sources' secrets are sealed",
};

/** Characters of ADMIN_TOKEN: a shorter one fits nothing (access/identity.ts). */
const LEAST_ADMIN_TOKEN = 16;

/** What a deployment may set besides; absent: as if it did not exist. */
const VARIABLES = ['OUTBOUND_HOSTS', 'ACCESS_TEAM', 'ACCESS_AUD', 'ACCESS_KEYS'];

/** Secrets and variables of the environment, or one message that names all that is missing. */
export function readSecrets(env: NodeJS.ProcessEnv): Record<string, string> {
  const wanting = Object.entries(SECRETS).filter(([name]) => (env[name] ?? '') === '');
  if (wanting.length > 0) throw new UsageError(wantingMessage(wanting));
  const { length } = env.ADMIN_TOKEN ?? '';
  if (length < LEAST_ADMIN_TOKEN) {
    throw new UsageError(
      `ADMIN_TOKEN has ${length} characters; it needs at least ${LEAST_ADMIN_TOKEN}`,
    );
  }
  const given = VARIABLES.filter((name) => (env[name] ?? '') !== '');
  return Object.fromEntries(
    [...Object.keys(SECRETS), ...given].map((name) => [name, env[name] ?? '']),
  );
}

function wantingMessage(wanting: readonly (readonly [string, string])[]): string {
  const lines = wanting.map(([name, what]) => `${name} is not set: ${what}`);
  const [first] = wanting;
  return [
    ...lines,
    `make one:  export ${first?.[0]}=$(node -e "console.log(require('node:crypto').randomBytes(32).toString('hex'))")`,
    'keep it: the same state directory needs the same SECRETS_KEY again',
  ].join('\n');
}

/** Runs a command; a usage error ends it with 2, anything else with 1 and its stack. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (thrown) {
    if (thrown instanceof UsageError) console.error(thrown.message);
    else console.error(thrown);
    process.exit(thrown instanceof UsageError ? 2 : 1);
  }
}
