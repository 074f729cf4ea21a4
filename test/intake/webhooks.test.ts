import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  act,
  completed,
  countRows,
  created,
  deliver,
  hire,
  putSource,
  read,
  signed,
  until,
  WHSEC,
} from './sender';

beforeAll(async () => {
  await hire('mentor-1', 'mentee-1');
  expect((await putSource('platform')).status).toBe(201);
});

describe('an event', () => {
  it('is accepted once and a duplicate from then on', async () => {
    const first = await deliver('platform', completed('e1'));
    expect([first.status, first.body]).toEqual([200, { status: 'accepted', eventId: 'e1' }]);
    const again = await deliver('platform', completed('e1'));
    expect([again.status, again.body]).toEqual([200, { status: 'duplicate', eventId: 'e1' }]);
  });

  it('is accepted once of twenty that come at the same time', async () => {
    for (const body of [completed('e20'), created('c20')]) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => deliver('platform', body)),
      );
      const statuses = answers.map((answer) => answer.body.status).toSorted();
      expect(statuses).toEqual(['accepted', ...Array<string>(19).fill('duplicate')]);
    }
  });

  it('that nobody owns is logged with its body and awards nothing', async () => {
    const body = created('c1', { note: 'kept' });
    expect((await deliver('platform', body)).body.status).toBe('accepted');
    await until(async () => (await countRows('events', "type LIKE '%created'")) > 0);
    const listed = await read('/v1/events?type=performance.coaching.created');
    const [event] = listed.body.items;
    expect(event).toMatchObject({
      sourceId: 'platform',
      subject: null,
      signature: { verdict: 'VALID', scheme: 'hmac-hex' },
    });
    const logged = listed.body.items.find((one) => one.eventId === 'c1');
    const found = await read(`/v1/events/${logged?.id}`);
    expect(found.body.body).toBe(JSON.stringify(body));
    expect(found.body.data.note).toBe('kept');
  });

  it('under a known id with other content is a conflict, kept and recorded; the first stands (DEC-23)', async () => {
    await deliver('platform', completed('k1'));
    const other = await deliver('platform', completed('k1', { qaCalibrationScore: 99 }));
    expect([other.status, other.body]).toEqual([200, { status: 'conflict', eventId: 'k1' }]);
    await until(async () => (await countRows('audit', "action = 'EVENT_CONFLICT'")) > 0);
    await until(async () => (await countRows('quarantine', "reason = 'CONFLICT'")) > 0);
    const listed = await read('/v1/quarantine?reason=CONFLICT');
    expect(listed.body.items[0]?.body).toContain('99');
    await deliver('platform', created('k2'));
    const same = await deliver('platform', created('k2', { note: 'other' }));
    expect(same.body).toEqual({ status: 'conflict', eventId: 'k2' });
  });

  it('that comes again is written to the audit log each time', async () => {
    await deliver('platform', created('d1'));
    await deliver('platform', created('d1'));
    await deliver('platform', created('d1'));
    await until(async () => {
      const listed = await read('/v1/events?type=performance.coaching.created');
      const event = listed.body.items.find((one) => one.eventId === 'd1');
      const found = event === undefined ? null : await read(`/v1/events/${event.id}`);
      return found?.body.dedup.duplicates === 2;
    });
  });

  it('takes its id from the signed header where the body has none, else from the body', async () => {
    await putSource('headers', { secrets: [WHSEC], signature: { scheme: 'standard' } });
    const body = created('x', { eventId: undefined });
    const headers = signed('standard', body, { secret: WHSEC, id: 'msg_7' });
    const first = await deliver('headers', body, headers);
    expect(first.body).toEqual({ status: 'accepted', eventId: 'msg_7' });
    const hashed = await deliver('platform', body);
    expect(hashed.body.eventId).toMatch(/^[0-9a-f]{64}$/);
    expect((await deliver('platform', body)).body.status).toBe('duplicate');
    const spaced = JSON.stringify(body, null, 1);
    expect((await deliver('platform', spaced)).body.status).toBe('duplicate');
  });
});

describe('a list of events', () => {
  it('is answered by a list, each item on its own', async () => {
    const answer = await deliver('platform', [
      completed('l1'),
      completed('l1'),
      { eventType: 'no.such.type', eventId: 'l2' },
      completed('l3', { mentorId: 'nobody' }),
      created('l4'),
      'text',
    ]);
    expect(answer.status).toBe(200);
    const statuses = answer.body.results.map((one) => one.status);
    expect(statuses).toEqual([
      'accepted',
      'duplicate',
      'quarantined',
      'quarantined',
      'accepted',
      'quarantined',
    ]);
    expect(answer.body.results[3]?.eventId).toBe('l3');
  });

  it('of five hundred is taken, of one more is kept whole', async () => {
    const many = Array.from({ length: 500 }, (_, index) => created(`many-${index}`));
    const taken = await deliver('platform', many);
    expect(taken.body.results).toHaveLength(500);
    expect(new Set(taken.body.results.map((one) => one.status))).toEqual(new Set(['accepted']));
    const more = await deliver('platform', [...many, created('many-500')]);
    expect([more.status, more.body.status]).toEqual([200, 'quarantined']);
  });

  it('that is empty is answered by an empty list', async () => {
    const answer = await deliver('platform', []);
    expect([answer.status, answer.body]).toEqual([200, { results: [] }]);
  });
});

describe('the event log', () => {
  it('pages newest first and filters by source and subject', async () => {
    await putSource('paged');
    for (const id of ['p1', 'p2', 'p3']) await deliver('paged', completed(id));
    await until(async () => (await countRows('events', "source = 'paged'")) === 3);
    const first = await read('/v1/events?sourceId=paged&limit=2');
    expect(first.body.items).toHaveLength(2);
    const rest = await read(`/v1/events?sourceId=paged&limit=2&cursor=${first.body.nextCursor}`);
    expect(rest.body.items).toHaveLength(1);
    const subject = rest.body.items[0]?.subject;
    expect(subject).toMatch(/^[0-9a-f]{32}$/);
    const of = await read(`/v1/events?subject=${subject}`);
    expect(of.body.items).toHaveLength(1);
  });

  it('offers an event to its owner once more and changes nothing', async () => {
    const { body } = await read('/v1/events?sourceId=paged');
    const path = `/v1/events/${body.items[0]?.id}/replay`;
    const dry = await act(`${path}?dry_run=true`);
    expect(dry.body).toMatchObject({ dryRun: true, owner: 'decided on by its owner' });
    const real = await act(path);
    expect(real.body).toMatchObject({ dryRun: false, status: 'duplicate' });
    expect((await act('/v1/events/00000000000000000000000000000000/replay')).status).toBe(404);
  });
});

describe('a refusal', () => {
  it('is in the log with source, request and reason, and nothing of what was sent', async () => {
    const bearer = { token: 'bearer-of-the-guarded-source-0123456789' };
    await putSource('std', { secrets: [WHSEC], signature: { scheme: 'standard' } });
    await putSource('guarded', { bearer });
    const body = created('r3');
    const plain = signed('hmac-hex', body);
    const now = Math.floor(Date.now() / 1000);
    const std = (time: number) => signed('standard', body, { secret: WHSEC, time });
    const header = (value: string) => ({ 'X-Webhook-Signature': value });
    const sent: readonly (readonly [string, Record<string, string>, string])[] = [
      ['platform', {}, 'NO_SIGNATURE'],
      ['platform', header('no hex'), 'MALFORMED_SIGNATURE'],
      ['platform', header('f'.repeat(64)), 'WRONG_SIGNATURE'],
      ['no-such-source', plain, 'NO_SOURCE'],
      ['std', std(now - 1000), 'TOO_OLD'],
      ['std', std(now + 1000), 'TOO_EARLY'],
      ['guarded', plain, 'NO_BEARER'],
      ['guarded', { ...plain, authorization: 'Bearer x' }, 'WRONG_BEARER'],
      [bearer.token, plain, 'NO_SOURCE'],
    ];
    const lines: string[] = [];
    const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
    const told: unknown[] = [];
    for (const [source, headers, reason] of sent) {
      const { status, body: said } = await deliver(source, body, headers);
      const sourceId = source === bearer.token ? null : source;
      const { requestId } = said as unknown as { requestId: string };
      told.push({ status, level: 'info', event: 'intake.refused', requestId, sourceId, reason });
    }
    spy.mockRestore();
    const refusals = lines.map((line) => JSON.parse(line));
    const own = refusals.filter(({ event }) => event === 'intake.refused');
    expect(own.map((line) => ({ status: 401, ...line }))).toEqual(told);
  });
});
