import { env } from 'cloudflare:workers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorsOf, faultsOfProblem, type Heard, send } from '../http/caller';
import { signed } from '../intake/sender';
import { leaksOf, listening, OF_A_BEARER, OF_A_SENDER, OF_A_SOURCE, toldIn } from './canaries';
import { type Furniture, filled, furnished } from './furniture';
import { BAD, SURFACES } from './rows';
import type { BadRow } from './rows/row';

const LEAST_A_SURFACE = 20;

let furniture: Furniture;
const log = listening();

beforeAll(async () => {
  furniture = await furnished();
});

afterAll(log.stop);

const textOf = (body: unknown): string | Uint8Array | undefined =>
  typeof body === 'string' || body === undefined || body instanceof Uint8Array
    ? body
    : JSON.stringify(body);

/** The headers of a sender of the source that the path names. */
function signatureOf({ path, signed: off }: BadRow, text: unknown): Record<string, string> {
  if (off === undefined) return {};
  const time = Math.floor(Date.now() / 1000) + off;
  if (path.endsWith('/timed')) return signed('timestamped', text, { secret: OF_A_SOURCE, time });
  if (path.endsWith('/standard')) return signed('standard', text, { secret: OF_A_SENDER, time });
  return signed('hmac-hex', text, { secret: OF_A_SOURCE });
}

function sentOf(one: BadRow) {
  const { body, headers = {}, as = furniture.key } = one;
  const text = textOf(body);
  return {
    ...(as !== false && { key: as === '{bearer}' ? OF_A_BEARER : filled(as, furniture) }),
    ...(text !== undefined && { body: text }),
    headers: {
      ...(text !== undefined && { 'content-type': 'application/json' }),
      ...signatureOf(one, text),
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, filled(value, furniture)]),
      ),
    },
  };
}

/** The things that an answer of 200 tells one by one; one that stands alone is told itself. */
const toldThings = ({ body }: Heard): readonly Record<string, unknown>[] =>
  (body.lines ?? body.results ?? [body]) as readonly Record<string, unknown>[];

const TAKEN = ['accepted', 'duplicate', 'created', 'updated', 'unchanged'];

/** The code of a refusal; of an answer of 200, what became of the first thing that was not taken. */
function answered(heard: Heard): { readonly told: string; readonly errors: readonly unknown[] } {
  const { status, body } = heard;
  if (status !== 200) return { told: `${status} ${body.code}`, errors: errorsOf(heard) };
  const first = toldThings(heard).find((one) => !TAKEN.includes(String(one.status)));
  const errors = Array.isArray(first?.errors) ? first.errors : [];
  return { told: `200 ${first?.status}`, errors };
}

/** What is not as it must be, in words. */
async function faultsOf(one: BadRow): Promise<string[]> {
  const { method, path, status, code, pointer } = one;
  const must = `${status} ${code}`;
  const heard = await send(method, filled(path, furniture), sentOf(one));
  const { told, errors } = answered(heard);
  const pointers = errors.map((error) => String((error as { pointer?: unknown }).pointer));
  return [
    ...(told === must ? [] : [`${told}, not ${must}`]),
    ...(pointer === undefined || pointers.includes(pointer)
      ? []
      : [`[${pointers.slice(0, 4)}], not ${pointer}`]),
    ...(heard.status < 400 ? [] : faultsOfProblem(heard)),
    ...toldIn(heard.text, [furniture.key, furniture.other]).map((secret) => `tells ${secret}`),
  ];
}

const countOf = async (table: string): Promise<unknown> =>
  env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first('n');

describe('the table of bad requests', () => {
  it('has a score of rows of each surface, each of its own', () => {
    expect(BAD.length).toBeGreaterThanOrEqual(200);
    expect(new Set(BAD.map(({ what }) => what)).size).toBe(BAD.length);
    const thin = Object.entries(SURFACES).filter(([, rows]) => rows.length < LEAST_A_SURFACE);
    expect(thin.map(([surface]) => surface)).toEqual([]);
  });

  it.each(Object.entries(SURFACES))('is answered as it says: %s', async (_, rows) => {
    const wrong: string[] = [];
    const before = await countOf('config');
    for (const one of rows) {
      for (const fault of await faultsOf(one)) wrong.push(`${one.what}: ${fault}`);
    }
    expect(wrong).toEqual([]);
    expect(await countOf('config')).toBe(before);
  });

  it('moves nothing, and tells no secret in the log', async () => {
    expect(await countOf('entries')).toBe(0);
    expect(leaksOf(log, [furniture.key, furniture.other])).toEqual([]);
  });
});
