import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { quarantineHealth } from '../../src/intake/jobs';
import {
  act,
  completed,
  countRows,
  created,
  deliver,
  type Heard,
  hire,
  putSource,
  read,
  type Seen,
  until,
} from './sender';

beforeAll(async () => {
  await hire('mentor-1', 'mentee-1');
  await putSource('lms', { platform: 'lms' });
});

/** The open item of a source for a reason, once the journal has it. */
async function itemOf(source: string, reason: string): Promise<Seen> {
  const path = `/v1/quarantine?sourceId=${source}&reason=${reason}`;
  await until(async () => (await read(path)).body.items.length > 0);
  const [item] = (await read(path)).body.items;
  if (item === undefined) throw new Error(`nothing in quarantine for ${reason}`);
  return item;
}

const statuses = (heard: Heard): string[] => heard.body.results.map(({ status }) => status);

describe('a quarantined item', () => {
  it('is kept with every byte and its reason, listed once however often it comes', async () => {
    const body = '{"eventType": "performance.coaching.completed", ';
    for (let times = 0; times < 3; times += 1)
      expect((await deliver('lms', body)).body.status).toBe('quarantined');
    const item = await itemOf('lms', 'MALFORMED');
    expect(item).toMatchObject({ state: 'OPEN', encoding: 'utf8', body, sourceId: 'lms' });
    expect(await countRows('quarantine', "reason = 'MALFORMED'")).toBe(1);
    const bytes = Uint8Array.of(0xff, 0x00, 0xfe);
    const answer = await deliver('lms', bytes);
    expect(answer.body.status).toBe('quarantined');
    await until(async () => (await countRows('quarantine', "reason = 'MALFORMED'")) === 2);
    const whole = await read(`/v1/quarantine/${answer.body.eventId}`);
    expect(whole.body).toMatchObject({ encoding: 'base64', body: '/wD+' });
  });

  it('is mended with a corrected body and then closed; doing it twice changes nothing', async () => {
    await deliver('lms', completed('m1', { sessionDurationSeconds: 'half an hour' }));
    const item = await itemOf('lms', 'SCHEMA');
    expect(item.errors[0]?.pointer).toBe('#/sessionDurationSeconds');
    const path = `/v1/quarantine/${item.id}/mend`;
    const still = await act(path, { body: completed('m1', { mentorId: '' }) });
    expect(still.body).toMatchObject({ state: 'OPEN' });
    expect(statuses(still)).toEqual(['quarantined']);
    const mended = await act(path, { body: completed('m1'), reason: 'a number, not words' });
    expect(mended.body).toMatchObject({ state: 'MENDED' });
    expect(statuses(mended)).toEqual(['accepted']);
    expect((await act(path, { body: completed('m1') })).body.state).toBe('MENDED');
    expect((await act(`/v1/quarantine/${item.id}/replay`)).status).toBe(409);
    const closed = await read('/v1/quarantine?state=MENDED');
    expect(closed.body.items[0]).toMatchObject({ id: item.id, state: 'MENDED' });
    const open = await read('/v1/quarantine?reason=SCHEMA');
    expect(open.body.items).toEqual([]);
    const [event] = (await read('/v1/events?sourceId=lms')).body.items;
    expect(event).toMatchObject({ eventId: 'm1', signature: { verdict: 'MENDED' } });
  });

  it('is mended by a mapping, and the sender’s next one needs none once the source has it', async () => {
    const body = { kind: 'course', ref: 77, coach: 'mentor-1', pupil: 'mentee-1', minutes: 30 };
    const mapping = {
      rules: [
        {
          when: { path: 'kind', equals: 'course' },
          eventType: 'performance.coaching.completed',
          eventId: 'ref',
          fields: {
            coachingSessionId: 'ref',
            mentorId: 'coach',
            menteeId: 'pupil',
            sessionDurationSeconds: { path: 'minutes', scale: 60 },
            sessionType: { const: 'Mentorship_Pairing' },
          },
        },
      ],
    };
    await deliver('lms', body);
    const item = await itemOf('lms', 'UNKNOWN_TYPE');
    const mended = await act(`/v1/quarantine/${item.id}/mend`, { mapping });
    expect(statuses(mended)).toEqual(['accepted']);
    await until(async () => (await read('/v1/events?sourceId=lms')).body.items.length === 2);
    const events = await read('/v1/events?sourceId=lms');
    const event = events.body.items.find(({ eventId }) => eventId === '77');
    expect(event?.occurredAt).toBe(item.receivedAt);
    expect(event?.data).toMatchObject({ coachingSessionId: '77', sessionDurationSeconds: 1800 });
    await putSource('lms', { platform: 'lms', mapping });
    expect((await deliver('lms', { ...body, ref: 78 })).body).toEqual({
      status: 'accepted',
      eventId: '78',
    });
  });

  it('about an unknown agent is replayed once the agent is there', async () => {
    const answer = await deliver('lms', completed('u1', { menteeId: 'newcomer' }));
    expect(answer.body).toEqual({ status: 'quarantined', eventId: 'u1' });
    const item = await itemOf('lms', 'UNKNOWN_AGENT');
    expect(item.errors[0]?.pointer).toBe('#/menteeId');
    const path = `/v1/quarantine/${item.id}/replay`;
    expect(statuses(await act(path))).toEqual(['quarantined']);
    await hire('newcomer');
    const replayed = await act(path);
    expect(replayed.body.state).toBe('REPLAYED');
    expect(statuses(replayed)).toEqual(['accepted']);
    const late = await deliver('lms', completed('u1', { menteeId: 'newcomer' }));
    expect(late.body.status).toBe('duplicate');
  });

  it('as a whole list that was too long goes its way item by item', async () => {
    await putSource('bulk');
    const many = Array.from({ length: 501 }, (_, index) => created(`b${index}`));
    expect((await deliver('bulk', many)).body.status).toBe('quarantined');
    const item = await itemOf('bulk', 'TOO_MANY_ITEMS');
    expect(item.body).toBeNull();
    const replayed = await act(`/v1/quarantine/${item.id}/replay`);
    expect(new Set(statuses(replayed))).toEqual(new Set(['accepted']));
    expect(replayed.body.results).toHaveLength(501);
  });

  it('without a time of its own is the same event to its sender after it was replayed', async () => {
    await putSource('undated');
    const undated = { mentorId: 'late-mentor', menteeId: 'late-mentee', occurredAt: undefined };
    const body = completed('u1', undated);
    expect((await deliver('undated', body)).body.status).toBe('quarantined');
    const item = await itemOf('undated', 'UNKNOWN_AGENT');
    await hire('late-mentor', 'late-mentee');
    expect((await act(`/v1/quarantine/${item.id}/replay`)).body.state).toBe('REPLAYED');
    expect((await deliver('undated', body)).body.status).toBe('duplicate');
    await until(async () => (await countRows('events', "source = 'undated'")) > 0);
    const times = await env.DB.prepare(
      `SELECT e.occurred_at - q.received_at AS late FROM events e, quarantine q
       WHERE e.source = 'undated' AND q.id = ?1`,
    )
      .bind(item.id)
      .all();
    expect(times.results).toEqual([{ late: 0 }]);
  });

  it('is dismissed with a reason, and who did what is in the audit log', async () => {
    await deliver('lms', { eventType: 'gone' });
    const item = await itemOf('lms', 'UNKNOWN_TYPE');
    expect((await act(`/v1/quarantine/${item.id}/dismiss`, {})).status).toBe(422);
    const path = `/v1/quarantine/${item.id}/dismiss`;
    expect((await act(path, { reason: 'a test of theirs' })).body.state).toBe('DISMISSED');
    expect((await act(path, { reason: 'again' })).status).toBe(200);
    const mend = await act(`/v1/quarantine/${item.id}/mend`, { body: {} });
    expect(mend.status).toBe(409);
    const audit = await read(`/v1/audit?subject=quarantine:${item.id}`);
    expect(audit.body.items[0]).toMatchObject({ action: 'QUARANTINE_DISMISSED' });
    const shown = await read(`/v1/quarantine/${item.id}`);
    expect(shown.body.closed).toMatchObject({ reason: 'a test of theirs' });
  });

  it('is in health while it is open, as something to look at', async () => {
    const look = async () =>
      quarantineHealth.check(env, Date.now() + 60_000) as Promise<{
        readonly status: string;
        readonly detail: { readonly open: number; readonly oldestSeconds: number };
      }>;
    for (const { id } of (await read('/v1/quarantine?limit=200')).body.items) {
      await act(`/v1/quarantine/${id}/dismiss`, { reason: 'seen' });
    }
    const nothing = { open: 0, oldestSeconds: 0, moreItems: false };
    expect(await look()).toEqual({ status: 'ok', detail: nothing });
    await deliver('lms', { eventType: 'unheard-of' });
    await itemOf('lms', 'UNKNOWN_TYPE');
    const { status, detail } = await look();
    expect([status, detail.open]).toEqual(['late', 1]);
    expect(detail.oldestSeconds).toBeGreaterThanOrEqual(60);
  });

  it('is in health however many were closed before it', async () => {
    for (const { id } of (await read('/v1/quarantine?limit=200')).body.items) {
      await act(`/v1/quarantine/${id}/dismiss`, { reason: 'seen' });
    }
    const old = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2100)`;
    const id = `'!' || printf('%04d', i)`;
    await env.DB.batch([
      env.DB.prepare(
        `${old} INSERT INTO quarantine (id, source, reason, received_at, body_hash, detail_hash, seal)
         SELECT ${id}, 'old', 'MALFORMED', i, 'h', 'h', 1 FROM n`,
      ),
      env.DB.prepare(
        `${old} INSERT INTO config (id, kind, name, version, written_at, author_hash, content_hash, seal)
         SELECT 'quarantine-act/' || ${id} || '/000001', 'quarantine-act', ${id}, 1, i, 'h', 'h', 1 FROM n`,
      ),
    ]);
    expect(await quarantineHealth.check(env, Date.now())).toMatchObject({ status: 'ok' });
    await deliver('lms', { eventType: 'unheard-of-again' });
    await itemOf('lms', 'UNKNOWN_TYPE');
    expect(await quarantineHealth.check(env, Date.now())).toMatchObject({
      status: 'late',
      detail: { open: 1, moreItems: true },
    });
  });

  it('that is not there is 404', async () => {
    const path = `/v1/quarantine/${'0'.repeat(32)}`;
    expect((await read(path)).status).toBe(404);
    for (const verb of ['mend', 'replay', 'dismiss']) {
      const body = verb === 'mend' ? { body: {} } : { reason: 'x' };
      expect((await act(`${path}/${verb}`, body)).status, verb).toBe(404);
    }
  });
});
