/** A source object by itself: what it holds, when it sends, what it does with what is refused. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Objects } from '../../src/durable/client';
import type { Arrival, JsonObject } from '../../src/events/event';
import { keptBody, type Quarantined } from '../../src/events/quarantine';
import type { SourceMethods } from '../../src/intake/object';
import { hashBytes } from '../../src/kernel/hash';
import { countRows } from './sender';

const NOW = 1_725_287_400_000;
const stubOf = (name: string): SourceMethods =>
  (env.SOURCES as unknown as Objects<SourceMethods>).getByName(name);
/** The same stub as the test platform sees it. */
const raw = (stub: SourceMethods): DurableObjectStub => stub as unknown as DurableObjectStub;

const arrivalOf = (source: string, eventId: string, data: JsonObject = {}): Arrival => {
  const body = JSON.stringify({ eventId, ...data });
  return {
    event: {
      source,
      platform: 'custom',
      namespace: 'default',
      eventId,
      type: 'performance.coaching.created',
      occurredAt: null,
      data: { coachingSessionId: 'c', ...data },
    },
    body,
    bodyHash: hashBytes(body),
    signature: 'hmac-hex:00000000',
  };
};

const unusable = (source: string, text: string): Quarantined => ({
  source,
  reason: 'MALFORMED',
  faults: [{ pointer: '#', detail: 'no JSON' }],
  eventId: null,
  messageId: null,
  signature: 'hmac-hex:00000000',
  body: keptBody(new TextEncoder().encode(text)),
  bodyHash: hashBytes(text),
});

const verdicts = (taken: readonly { readonly verdict: string }[]): string[] =>
  taken.map(({ verdict }) => verdict);

describe('a source object', () => {
  it('takes an event once, before and after the journal has it, and after it was evicted', async () => {
    const stub = stubOf('once');
    const arrivals = [arrivalOf('once', 'a'), arrivalOf('once', 'a'), arrivalOf('once', 'b')];
    expect(verdicts(await stub.accept(arrivals, NOW))).toEqual([
      'accepted',
      'duplicate',
      'accepted',
    ]);
    await evictDurableObject(raw(stub));
    const later = stubOf('once');
    expect(verdicts(await later.accept(arrivals.slice(0, 1), NOW + 1))).toEqual(['duplicate']);
    expect(await later.due(NOW + 10_000)).toBeNull();
    expect(await countRows('events', "source = 'once'")).toBe(2);
    expect(verdicts(await later.accept(arrivals.slice(0, 1), NOW + 2))).toEqual(['duplicate']);
    await evictDurableObject(raw(later));
    const [taken] = await stubOf('once').accept(arrivals.slice(0, 1), NOW + 20_000);
    expect(taken?.verdict).toBe('duplicate');
    expect(taken?.kept.receivedAt).toBe(NOW);
  });

  it('answers a conflict with the first one, which stands', async () => {
    const stub = stubOf('clash');
    await stub.accept([arrivalOf('clash', 'a', { note: 'first' })], NOW);
    const [other] = await stub.accept([arrivalOf('clash', 'a', { note: 'other' })], NOW + 5);
    expect(other?.verdict).toBe('conflict');
    expect(other?.kept.event.data.note).toBe('first');
  });

  it('has its alarm set when it takes something and sends it then', async () => {
    const stub = stubOf('alarmed');
    await stub.accept([arrivalOf('alarmed', 'a')], Date.now());
    const alarm = await runInDurableObject(raw(stub), (_, state) => state.storage.getAlarm());
    expect(alarm).not.toBeNull();
    expect(await runDurableObjectAlarm(raw(stub))).toBe(true);
    expect(await countRows('events', "source = 'alarmed'")).toBe(1);
    expect(await stub.health()).toEqual({ pending: 0, oldestHeldAt: null, parked: 0 });
    expect(await runInDurableObject(raw(stub), (_, state) => state.storage.getAlarm())).toBeNull();
  });

  it('keeps what is unusable once, whole, and says nothing of it again when D1 has it', async () => {
    const stub = stubOf('odd');
    const item = unusable('odd', '{"a":');
    const [row] = await stub.quarantine([item], NOW);
    const [same] = await stub.quarantine([item], NOW + 1);
    expect(same).toEqual(row);
    expect(row?.side?.body).toBe('{"a":');
    await stub.due(NOW + 10_000);
    await evictDurableObject(raw(stub));
    expect(await stubOf('odd').quarantine([item], NOW + 20_000)).toEqual([null]);
    expect(await countRows('quarantine', "source = 'odd'")).toBe(1);
  });

  it('sends more than fits into one set', async () => {
    const stub = stubOf('many');
    const arrivals = Array.from({ length: 250 }, (_, index) => arrivalOf('many', `e${index}`));
    await stub.accept(arrivals, NOW);
    expect(await stub.due(NOW + 10_000)).toBeNull();
    expect(await countRows('events', "source = 'many'")).toBe(250);
  });

  it('parks what the journal rejects, says so, and sends the rest', async () => {
    const stub = stubOf('poison');
    const bad = { table: 'no_such_table', id: 'x', values: { a: 1 } };
    await stub.accept([arrivalOf('poison', 'a'), arrivalOf('poison', 'b')], NOW);
    await stub.hold([bad], NOW);
    expect(await stub.due(NOW + 10_000)).toBeNull();
    expect(await stub.health()).toEqual({ pending: 0, oldestHeldAt: null, parked: 1 });
    expect(await countRows('events', "source = 'poison'")).toBe(2);
  });

  it('records and quarantines an event that D1 already holds with other content, and drops one it holds alike', async () => {
    const [one, two] = [stubOf('first'), stubOf('second')];
    const same = arrivalOf('shared', 'same');
    await one.accept([arrivalOf('shared', 'a', { note: 'first' }), same], NOW);
    await two.accept([arrivalOf('shared', 'a', { note: 'second' }), same], NOW + 1);
    await one.due(NOW + 10_000);
    expect(await two.due(NOW + 10_000)).toBeNull();
    expect((await two.health()).pending).toBe(0);
    expect(await countRows('events', "source = 'shared'")).toBe(2);
    expect(await countRows('audit', "action = 'EVENT_CONFLICT'")).toBe(1);
    const { results } = await env.DB.prepare(
      "SELECT reason, body FROM quarantine WHERE source = 'shared'",
    ).all();
    const { body } = arrivalOf('shared', 'a', { note: 'second' });
    expect(results).toEqual([{ reason: 'CONFLICT', body }]);
    // Whoever says the first one again is answered by the log, not by what clashed with it.
    const again = await two.accept([arrivalOf('shared', 'a', { note: 'first' })], NOW + 20_000);
    expect(again[0]?.verdict).toBe('duplicate');
  });

  it('quarantines the bytes of a clashing event even where its type keeps no body', async () => {
    const [one, two] = [stubOf('metric-1'), stubOf('metric-2')];
    const measured = (value: number): Arrival => {
      const arrival = arrivalOf('metrics', 'm', { value });
      return { ...arrival, event: { ...arrival.event, type: 'metric.recorded' } };
    };
    await one.accept([measured(1)], NOW);
    await two.accept([measured(2)], NOW);
    await one.due(NOW + 10_000);
    expect(await two.due(NOW + 10_000)).toBeNull();
    const { results } = await env.DB.prepare(
      "SELECT body FROM quarantine WHERE source = 'metrics'",
    ).all();
    expect(results).toEqual([{ body: measured(2).body }]);
  });
});
