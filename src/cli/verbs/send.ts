/**
 * `cli send`: signs a body and posts it to a source, as its sender would. Ends with 0 when it was
 * answered 200, whatever came of the events in it, and with 1 otherwise.
 */
import { UsageError } from '../flags.ts';
import { readArguments, SERVER_USAGE, serverOf } from './call.ts';
import { SIGNING_FLAGS, SIGNING_USAGE, signed } from './signing.ts';

export const USAGE = `usage: npm run cli -- send [FILE] --source ID [--scheme SCHEME]
${SIGNING_USAGE}
  --bearer TEXT  a token, where the source demands one besides
${SERVER_USAGE}`;

export async function run(args: readonly string[]): Promise<number> {
  const options = { ...SIGNING_FLAGS, bearer: { type: 'string' } } as const;
  const given = readArguments(args, options, USAGE);
  const { source, bearer, json } = given.values;
  if (typeof source !== 'string') throw new UsageError(`--source is missing\n${USAGE}`);
  const server = serverOf(given.values, true);
  const { headers, bytes } = await signed(given, server);
  const { status, body } = await server.send(`/v1/webhooks/${encodeURIComponent(source)}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...(typeof bearer === 'string' && { authorization: `Bearer ${bearer}` }),
    },
    body: new Uint8Array(bytes),
  });
  console.log(
    json === true ? JSON.stringify({ status, body }) : `${status} ${JSON.stringify(body)}`,
  );
  return status === 200 ? 0 : 1;
}
