import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../src/access/role';
import { errorsOf, faultsOfProblem, makeKey, send } from '../http/caller';
import { furnished, listening, SECRETS } from './canaries';
import { BAD, type BadRow } from './rows';

let key = '';
const log = listening();

beforeAll(async () => {
  key = (await makeKey([...ROLES])).key;
  await furnished(key);
});

afterAll(log.stop);

/** What is not as it must be, in words. */
async function faultsOf({ method, path, body, headers, as, status, code, pointer }: BadRow) {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const heard = await send(method, path, {
    ...(as !== false && { key: as ?? key }),
    ...(text !== undefined && { body: text }),
    headers: { ...(text !== undefined && { 'content-type': 'application/json' }), ...headers },
  });
  const pointers = errorsOf(heard).map((error) => String(error.pointer));
  const told = SECRETS.filter((secret) => heard.text.includes(secret));
  const answered = `${heard.status} ${heard.body.code}`;
  return [
    ...(answered === `${status} ${code}` ? [] : [`${answered}, not ${status} ${code}`]),
    ...(pointer === undefined || pointers.includes(pointer) ? [] : [`${pointers}, not ${pointer}`]),
    ...faultsOfProblem(heard),
    ...told.map((secret) => `tells ${secret}`),
  ];
}

describe('the table of bad requests', () => {
  it('has at least two hundred rows, each of its own', () => {
    expect(BAD.length).toBeGreaterThanOrEqual(200);
    expect(new Set(BAD.map(({ what }) => what)).size).toBe(BAD.length);
  });

  it('is answered as it says', async () => {
    const wrong: string[] = [];
    for (const one of BAD) {
      for (const fault of await faultsOf(one)) wrong.push(`${one.what}: ${fault}`);
    }
    expect(wrong).toEqual([]);
  });

  it('moves nothing, and tells no secret in the log', async () => {
    const entries = await env.DB.prepare('SELECT count(*) AS n FROM entries').first('n');
    const leaks = log.lines.filter((line) => SECRETS.some((secret) => line.includes(secret)));
    expect([entries, leaks]).toEqual([0, []]);
  });
});
