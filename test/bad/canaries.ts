/**
 * Secrets that are known to the installation and may stand in no answer and in no line of the log,
 * and the few things that a request can name: an agent, a source, a rule's category.
 */
import { env } from 'cloudflare:workers';
import { send } from '../http/caller';

const OF_A_SOURCE = 'canary-of-a-source-0123456789abcdef';
const OF_A_BEARER = 'canary-of-a-bearer-0123456789abcdef';

export const SECRETS: readonly string[] = [
  OF_A_SOURCE,
  OF_A_BEARER,
  env.ADMIN_TOKEN,
  String((env as unknown as { readonly SECRETS_KEY: string }).SECRETS_KEY),
];

async function put(key: string, path: string, body: object): Promise<void> {
  const heard = await send('PUT', path, { key, body });
  if (heard.status >= 300) throw new Error(`${path}: ${heard.status} ${heard.text}`);
}

/** An agent `known` and a source `known`, both with secrets where they can have one. */
export async function furnished(key: string): Promise<void> {
  for (const agentId of ['known', 'agent-1']) {
    await put(key, `/v1/agents/${agentId}`, { name: agentId, groups: ['Everyone'] });
  }
  await put(key, '/v1/sources/known', {
    signature: { header: 'X-Webhook-Signature', scheme: 'hmac-hex' },
    secrets: [OF_A_SOURCE],
    bearer: { token: OF_A_BEARER },
  });
  await put(key, '/v1/programs/Mentorship', { lockSeconds: 60 });
}

const LINES = ['log', 'info', 'warn', 'error', 'debug'] as const;

export interface Listening {
  readonly lines: readonly string[];
  stop(): void;
}

/** Keeps what is written to the console, instead of showing it. */
export function listening(): Listening {
  const lines: string[] = [];
  const before = LINES.map((line) => console[line]);
  for (const line of LINES) console[line] = (...told) => void lines.push(told.join(' '));
  return {
    lines,
    stop: () => {
      for (const [index, line] of LINES.entries()) console[line] = before[index] ?? console.log;
    },
  };
}
