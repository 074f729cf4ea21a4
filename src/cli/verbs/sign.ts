/** `cli sign`: the headers with which a sender signs a body, for any of the schemes. Sends nothing. */
import { readArguments, SERVER_USAGE, serverOf } from './call.ts';
import { SIGNING_FLAGS, SIGNING_USAGE, signed } from './signing.ts';

export const USAGE = `usage: npm run cli -- sign [FILE] (--scheme SCHEME | --source ID)
${SIGNING_USAGE}
${SERVER_USAGE}`;

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments(args, SIGNING_FLAGS, USAGE);
  const { profile, headers } = await signed(given, serverOf(given.values, true));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  console.log(
    given.values.json === true
      ? JSON.stringify({ scheme: profile.scheme, headers })
      : lines.join('\n'),
  );
  return 0;
}
