/**
 * Secrets that are known to the installation and may stand in no answer and in no line of the log:
 * of sources, destinations of every kind of credentials, subscriptions, and the deployment's own.
 */
import { env } from 'cloudflare:workers';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

export const OF_A_SOURCE = 'canary-of-a-source-0123456789abcdef';
export const OF_A_BEARER = 'canary-of-a-bearer-0123456789abcdef';
export const OF_A_CLIENT = 'canary-of-a-client-0123456789abcdef';
export const OF_A_PASSWORD = 'canary-of-a-password-0123456789abcd';
export const OF_A_TOKEN = 'canary-of-a-token-0123456789abcdef';
/** Secrets of Standard Webhooks are base64; what stands before it is no secret. */
export const OF_A_SENDER = base64('canary-of-a-sender-0123456789abcdef!');
export const OF_A_DESTINATION = base64('canary-of-a-destination-0123456789ab');
export const OF_A_SUBSCRIPTION = base64('canary-of-a-subscription-0123456789!');

export const SECRETS: readonly string[] = [
  OF_A_SOURCE,
  OF_A_BEARER,
  OF_A_CLIENT,
  OF_A_PASSWORD,
  OF_A_TOKEN,
  ...[OF_A_SENDER, OF_A_DESTINATION, OF_A_SUBSCRIPTION].flatMap((text) => [
    text,
    Buffer.from(text, 'base64').toString(),
  ]),
  env.ADMIN_TOKEN,
  String((env as unknown as { readonly SECRETS_KEY: string }).SECRETS_KEY),
];

/** The secrets that a text tells. */
export const toldIn = (text: string, more: readonly string[] = []): string[] =>
  [...SECRETS, ...more].filter((secret) => text.includes(secret));

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

/** The lines that tell a secret, cut short; and one more where nothing was heard at all. */
export const leaksOf = ({ lines }: Listening, more: readonly string[] = []): string[] => [
  ...(lines.length === 0 ? ['nothing was written to the log'] : []),
  ...lines.filter((line) => toldIn(line, more).length > 0).map((line) => line.slice(0, 200)),
];
