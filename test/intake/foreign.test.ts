/** Requests signed by other people's libraries are taken; no code is shared with ours. */
import { sign as octokit } from '@octokit/webhooks-methods';
import { Webhook as Standard } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as Svix } from 'svix';
import { beforeAll, describe, expect, it } from 'vitest';
import { created, deliver, putSource, SECRET, WHSEC } from './sender';

const body = JSON.stringify({ ...created('f1'), note: 'caf\u00e9 \u{1F44D}' });

beforeAll(async () => {
  await putSource('std', { secrets: [WHSEC], signature: { scheme: 'standard' } });
  await putSource('svix', {
    secrets: [WHSEC],
    signature: { scheme: 'standard', header: 'svix-signature' },
  });
  await putSource('github', {
    signature: { scheme: 'sha256-hex', header: 'X-Hub-Signature-256' },
  });
  await putSource('stripe', {
    signature: { scheme: 'timestamped', header: 'Stripe-Signature' },
  });
});

describe('a request signed by', () => {
  it('standardwebhooks is taken', async () => {
    const at = new Date();
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Standard(WHSEC).sign('msg_1', at, body),
    };
    expect((await deliver('std', body, headers)).body.status).toBe('accepted');
    const rotated = `v1,${'A'.repeat(43)}= ${headers['webhook-signature']}`;
    const both = await deliver('std', body, { ...headers, 'webhook-signature': rotated });
    expect(both.body.status).toBe('duplicate');
  });

  it('svix is taken', async () => {
    const at = new Date();
    const headers = {
      'svix-id': 'msg_2',
      'svix-timestamp': String(Math.floor(at.getTime() / 1000)),
      'svix-signature': new Svix(WHSEC).sign('msg_2', at, body),
    };
    expect((await deliver('svix', body, headers)).body.status).toBe('accepted');
  });

  it('octokit is taken', async () => {
    const headers = { 'X-Hub-Signature-256': await octokit(SECRET, body) };
    expect((await deliver('github', body, headers)).body.status).toBe('accepted');
  });

  it('stripe is taken, a second signature beside it', async () => {
    const stripe = new Stripe('sk_test_x');
    const header = await stripe.webhooks.generateTestHeaderStringAsync({
      payload: body,
      secret: SECRET,
      timestamp: Math.floor(Date.now() / 1000),
    });
    const headers = { 'Stripe-Signature': `${header},v1=${'0'.repeat(64)}` };
    expect((await deliver('stripe', body, headers)).body.status).toBe('accepted');
  });
});
