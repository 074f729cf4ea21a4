/** Items meet hand-written owners: who is asked what, and what their answers become. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { type Arrival, keep, type Taken } from '../../src/events/event';
import type { IntakeEnv } from '../../src/intake/client';
import type { Owners } from '../../src/intake/owners/client';
import { type Intake, takeItems } from '../../src/intake/webhooks/client';
import { cutBody } from '../../src/intake/webhooks/item';
import type { ItemVerdict } from '../../src/intake/webhooks/verdict';
import { countRows } from './sender';

const NOW = 1_725_287_400_000;

/** An owner that records its calls and answers as it is told. */
function ownerOf(answer: (arrival: Arrival) => Partial<Taken> | null) {
  const calls: string[][] = [];
  const owner = async (_: IntakeEnv, arrivals: readonly Arrival[], now: number) => {
    calls.push(arrivals.map(({ event }) => event.eventId));
    const said = arrivals.map(answer);
    if (said.includes(null)) throw new Error('the owner is away');
    return arrivals.map((arrival, index): Taken => {
      const kept = keep(arrival, { receivedAt: now, subject: 'subject', salt: 'salt' });
      return { verdict: 'accepted', kept, ...said[index] };
    });
  };
  return { owner, calls };
}

async function taken(
  owners: Owners<IntakeEnv>,
  bodies: readonly unknown[],
  later: Promise<unknown>[] = [],
): Promise<ItemVerdict[]> {
  const cut = cutBody(new TextEncoder().encode(JSON.stringify(bodies)));
  if (!cut.ok) throw new Error('no list');
  const intake: Intake<IntakeEnv> = {
    call: {
      env,
      now: NOW,
      clockSet: false,
      requestId: 'request-1',
      later: (work) => {
        later.push(work);
      },
    },
    owners,
    reading: {
      source: 'fake',
      platform: 'custom',
      namespace: 'default',
      events: [],
      mapping: null,
    },
    signature: 'hmac-hex:0',
    keeps: true,
    undatedAt: null,
  };
  return takeItems(
    intake,
    cut.value.items.map((item) => ({ item, messageId: null })),
  );
}

const score = (id: string, session: string, more: object = {}): object => ({
  eventType: 'qa.score.updated',
  eventId: id,
  coachingSessionId: session,
  currentScore: 80,
  ...more,
});

const statuses = (verdicts: readonly ItemVerdict[]): string[] => verdicts.map((one) => one.status);

describe('an owner', () => {
  it('gets all events of one subject in one call, in order, and no others', async () => {
    const { owner, calls } = ownerOf(() => ({}));
    const bodies = [score('a1', 'a'), score('b1', 'b'), score('a2', 'a'), score('c1', 'c')];
    expect(statuses(await taken({ 'qa.score.updated': owner }, bodies))).toEqual(
      Array<string>(4).fill('accepted'),
    );
    expect(calls.toSorted()).toEqual([['a1', 'a2'], ['b1'], ['c1']]);
  });

  it('that throws leaves its own items unavailable and no others', async () => {
    const { owner } = ownerOf(({ event }) => (event.data.coachingSessionId === 'a' ? null : {}));
    const verdicts = await taken({ 'qa.score.updated': owner }, [
      score('x1', 'a'),
      score('x2', 'b'),
      score('x3', 'a'),
    ]);
    expect(statuses(verdicts)).toEqual(['unavailable', 'accepted', 'unavailable']);
  });

  it('that refuses an event has it kept whole, under the owner’s reason', async () => {
    const { owner } = ownerOf(() => ({ verdict: 'quarantined', reason: 'TOO_MANY' }));
    const later: Promise<unknown>[] = [];
    const [verdict] = await taken({ 'qa.score.updated': owner }, [score('t1', 'a')], later);
    expect(verdict).toMatchObject({ status: 'quarantined', reason: 'TOO_MANY', eventId: 't1' });
    await Promise.all(later);
    expect(await countRows('quarantine', "reason = 'TOO_MANY'")).toBe(1);
    expect(await countRows('events', "source = 'fake' AND subject = 'x'")).toBe(0);
  });

  it('is not asked about what cannot be used', async () => {
    const { owner, calls } = ownerOf(() => ({}));
    const bodies = [score('u1', 'a', { currentScore: 101 }), { eventType: 'x' }];
    expect(statuses(await taken({ 'qa.score.updated': owner }, bodies))).toEqual([
      'quarantined',
      'quarantined',
    ]);
    expect(calls).toEqual([]);
  });

  it('hears the same bytes as the sender sent for each item', async () => {
    let heard = '';
    const { owner } = ownerOf(({ body }) => {
      heard = body;
      return {};
    });
    await taken({ 'qa.score.updated': owner }, [score('r1', 'a', { note: 'a, "b" ] }' })]);
    expect(heard).toBe(JSON.stringify(score('r1', 'a', { note: 'a, "b" ] }' })));
  });
});
