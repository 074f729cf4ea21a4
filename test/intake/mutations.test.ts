/** A signed request with anything changed is not taken: thousands of changes, none accepted. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/intake/signatures/client';
import { profileOf, profileSchema, SCHEMES } from '../../src/intake/signatures/profile';
import { keyOf } from '../../src/intake/signatures/secret';
import { countRows, created, deliver, putSource, SECRET, signed, WHSEC } from './sender';

const NOW = 1_725_287_400_000;
const TIME = NOW / 1000;
const BODY = JSON.stringify(created('m1'));

type Mutation =
  | { readonly kind: 'body'; readonly at: number; readonly to: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'grow'; readonly by: string }
  | { readonly kind: 'header'; readonly at: number; readonly to: string }
  | { readonly kind: 'header-cut'; readonly at: number }
  | { readonly kind: 'header-grow'; readonly by: string }
  | { readonly kind: 'key'; readonly by: string };

const text = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme-ascii' });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('body' as const), at: fc.nat(), to: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('grow' as const), by: text }),
  fc.record({
    kind: fc.constant('header' as const),
    at: fc.nat(),
    to: text.map((t) => t.charAt(0)),
  }),
  fc.record({ kind: fc.constant('header-cut' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('header-grow' as const), by: text }),
  fc.record({ kind: fc.constant('key' as const), by: text }),
);

interface Request {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
}

/** The request after the change, or null where the change changes nothing. */
function changed(request: Request, how: Mutation, name: string): Request | null {
  const value = request.headers[name] ?? '';
  const header = (to: string): Request | null =>
    to.trim() === value ? null : { ...request, headers: { ...request.headers, [name]: to } };
  switch (how.kind) {
    case 'body': {
      const bytes = request.bytes.slice();
      const at = how.at % bytes.length;
      if (bytes[at] === how.to) return null;
      bytes[at] = how.to;
      return { ...request, bytes };
    }
    case 'cut':
      return { ...request, bytes: request.bytes.slice(0, how.at % request.bytes.length) };
    case 'grow':
      return { ...request, bytes: new Uint8Array([...request.bytes, ...Buffer.from(how.by)]) };
    case 'header': {
      const at = how.at % value.length;
      return header(value.slice(0, at) + how.to + value.slice(at + 1));
    }
    case 'header-cut':
      return header(value.slice(0, how.at % value.length));
    case 'header-grow':
      return header(value + how.by);
    case 'key':
      return { ...request, secret: request.secret + how.by };
  }
}

describe('a changed request', () => {
  it('is never authentic, in any scheme and header: 4,000 changes', async () => {
    for (const scheme of SCHEMES) {
      const profile = profileOf(profileSchema.parse({ scheme }));
      const secret = scheme === 'standard' ? WHSEC : SECRET;
      const headers = signed(scheme, BODY, { secret, time: TIME });
      const request = { bytes: new TextEncoder().encode(BODY), headers, secret };
      const authentic = async (given: Request): Promise<boolean> => {
        const key = keyOf(scheme, given.secret);
        if (!key.ok) return false;
        const asked = { bytes: given.bytes, headers: new Headers(given.headers), now: NOW };
        const keys = [{ fingerprint: 'f', key: key.value }];
        return (await verifySignature(profile, keys, asked)) !== null;
      };
      expect(await authentic(request)).toBe(true);
      await fc.assert(
        fc.asyncProperty(mutation, fc.constantFrom(...Object.keys(headers)), async (how, name) => {
          const other = changed(request, how, name);
          fc.pre(other !== null);
          let sendable = true;
          try {
            new Headers(other?.headers);
          } catch {
            sendable = false;
          }
          fc.pre(sendable);
          expect(other !== null && (await authentic(other))).toBe(false);
        }),
        { numRuns: 700, seed: 20240902 },
      );
    }
  });
});

describe('over HTTP', () => {
  beforeAll(async () => {
    await putSource('mutated');
  });

  it('2,000 changed requests are all refused with 401 and nothing is kept', async () => {
    const headers = signed('hmac-hex', BODY);
    const request = { bytes: new TextEncoder().encode(BODY), headers, secret: SECRET };
    const changes = fc
      .sample(mutation, { numRuns: 2_400, seed: 7 })
      .filter((how) => how.kind !== 'key')
      .flatMap((how) => changed(request, how, 'X-Webhook-Signature') ?? [])
      .filter((one) => /^[\x20-\x7e]*$/.test(one.headers['X-Webhook-Signature'] ?? ''));
    expect(changes.length).toBeGreaterThanOrEqual(2_000);
    const seen = new Set<number>();
    for (let from = 0; from < changes.length; from += 50) {
      const some = changes.slice(from, from + 50);
      const answers = await Promise.all(
        some.map((one) => deliver('mutated', one.bytes, one.headers)),
      );
      for (const { status } of answers) seen.add(status);
    }
    expect([...seen]).toEqual([401]);
    expect(await countRows('events', "source = 'mutated'")).toBe(0);
    expect(await countRows('quarantine', "source = 'mutated'")).toBe(0);
  });
});
