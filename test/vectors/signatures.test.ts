/** Published signatures of other people's schemes, verified by ours. */
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../src/intake/signatures/client';
import { type Profile, profileOf, profileSchema } from '../../src/intake/signatures/profile';
import { keyOf } from '../../src/intake/signatures/secret';

const profile = (given: object): Profile => profileOf(profileSchema.parse(given));

async function verified(
  given: { profile: Profile; secret: string; headers: Record<string, string>; body: string },
  now = 0,
): Promise<boolean> {
  const key = keyOf(given.profile.scheme, given.secret);
  if (!key.ok) throw new Error(key.failure);
  const bytes = new TextEncoder().encode(given.body);
  const headers = new Headers(given.headers);
  const keys = [{ fingerprint: 'f', key: key.value }];
  return (await verifySignature(given.profile, keys, { headers, bytes, now })) !== null;
}

describe('Standard Webhooks', () => {
  const vector = {
    profile: profile({ scheme: 'standard' }),
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
  };
  const now = 1_614_265_330_000;

  it('is verified as published', async () => {
    expect(await verified(vector, now)).toBe(true);
  });

  it('is verified beside the published ed25519 signature, which is passed over', async () => {
    const ed25519 =
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==';
    const both = `${ed25519} ${vector.headers['webhook-signature']}`;
    const headers = { ...vector.headers, 'webhook-signature': both };
    expect(await verified({ ...vector, headers }, now)).toBe(true);
    const alone = { ...vector.headers, 'webhook-signature': ed25519 };
    expect(await verified({ ...vector, headers: alone }, now)).toBe(false);
  });

  it('is verified under the svix names where the source says so', async () => {
    const headers = Object.fromEntries(
      Object.entries(vector.headers).map(([name, value]) => [
        name.replace('webhook', 'svix'),
        value,
      ]),
    );
    const svix = profile({ scheme: 'standard', header: 'svix-signature' });
    expect(await verified({ ...vector, profile: svix, headers }, now)).toBe(true);
    expect(await verified({ ...vector, headers }, now)).toBe(false);
  });

  it('ends 300 s before and after its time', async () => {
    for (const [off, holds] of [
      [-301, false],
      [-300, true],
      [300, true],
      [301, false],
    ] as const)
      expect(await verified(vector, now + off * 1000), String(off)).toBe(holds);
  });
});

describe('GitHub', () => {
  it('is verified as published', async () => {
    const vector = {
      profile: profile({ scheme: 'sha256-hex', header: 'X-Hub-Signature-256' }),
      secret: "It's a Secret to Everybody",
      headers: {
        'X-Hub-Signature-256':
          'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      },
      body: 'Hello, World!',
    };
    expect(await verified(vector)).toBe(true);
    const base64 = profile({ scheme: 'sha256-base64', header: 'X-Hub-Signature-256' });
    expect(await verified({ ...vector, profile: base64 })).toBe(false);
  });
});

describe('RFC 4231', () => {
  /* Keys of at least 16 bytes; the others are refused as secrets. */
  it('case 1 is verified as plain hex and as base64', async () => {
    const secret = '\u000b'.repeat(20);
    const mac = 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7';
    const body = 'Hi There';
    const hex = { 'X-Webhook-Signature': mac };
    const text = { 'X-Webhook-Signature': Buffer.from(mac, 'hex').toString('base64') };
    expect(await verified({ profile: profile({}), secret, headers: hex, body })).toBe(true);
    const base64 = profile({ scheme: 'hmac-base64' });
    expect(await verified({ profile: base64, secret, headers: text, body })).toBe(true);
    expect(await verified({ profile: base64, secret, headers: hex, body })).toBe(false);
  });
});

describe('a timed pair', () => {
  const secret = 'whsec_timestamped_0123456789';
  const body = '{"test": 2432232314}';

  it('is over the time, a dot and the body, under the secret as text', async () => {
    const { createHmac } = await import('node:crypto');
    const mac = createHmac('sha256', secret).update(`1614265330.${body}`).digest('hex');
    const given = {
      profile: profile({ scheme: 'timestamped', header: 'Stripe-Signature' }),
      secret,
      body,
    };
    const now = 1_614_265_330_000;
    for (const [header, holds] of [
      [`t=1614265330,v1=${mac}`, true],
      [`v1=${mac},t=1614265330`, true],
      [`t=1614265330,v1=${mac},v0=${'0'.repeat(64)}`, true],
      [`t=1614265330,v1=${'0'.repeat(64)},v1=${mac}`, true],
      [`t=1614265331,v1=${mac}`, false],
      [`t=Infinity,v1=${mac}`, false],
      [`t=01614265330,v1=${mac}`, false],
      [`t=1614265330,t=1614265330,v1=${mac}`, false],
      [`v1=${mac}`, false],
      [`t=1614265330`, false],
      [`t=1614265330,v0=${mac}`, false],
      [`t=1614265330, v1=${mac}`, false],
      [`t=1614265330,v1=${mac.toUpperCase()}`, false],
    ] as const) {
      const headers = { 'Stripe-Signature': header };
      expect(await verified({ ...given, headers }, now), header).toBe(holds);
    }
  });
});
