/** One of fifty is forgotten: the books hold, the person is nowhere, and nothing brings them back. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { send } from '../http/caller';
import {
  build,
  completed,
  cron,
  everything,
  found,
  HOUR,
  post,
  scored,
  settle,
  type Town,
  WORDS,
} from './town';

let town: Town;
let agentKey = '';
let balances: unknown;
let entries: unknown;
const printed: string[] = [];

const get = (path: string) => send('GET', path, { key: town.viewer });
const trial = async () => (await get('/v1/ledger/trial-balance')).body;
const allEntries = async () =>
  (await env.DB.prepare('SELECT * FROM entries ORDER BY id').all()).results;
const forget = (headers: Record<string, string> = {}) =>
  send('POST', '/v1/agents/pat-doe/pseudonymise', {
    key: town.law,
    headers,
    body: { reason: 'Pat Doe asked for it' },
  });

/** Pat's life before: awards as mentor and as mentee, in flight, unusable, in papers. */
async function live(): Promise<void> {
  const bodies = [
    completed('as-mentee', 'agent-01', 'pat-doe'),
    completed('as-mentor', 'pat-doe', 'agent-30'),
    completed('by-platform-id', 'agent-02', '7f3c0c1e-pat'),
    completed('others', 'agent-03', 'agent-31'),
    completed('unscored', 'agent-04', 'pat-doe', { qaCalibrationScore: null }),
    completed('told', 'agent-05', 'agent-32', { note: 'observed by Pat Doe' }),
  ];
  for (const body of bodies) {
    await post('platform', JSON.stringify(body));
    await settle(body.coachingSessionId);
  }
  await post('platform', JSON.stringify(bodies[0]));
  await post('platform', '{"mentorId": "pat-doe", broken');
  await post('lms', JSON.stringify({ eventType: 'no.such.type', menteeName: 'P\\u0061t Doe' }));
  await post(
    'lms',
    JSON.stringify({
      eventType: 'metric.recorded',
      eventId: 'm-1',
      metricId: 'aht',
      agentId: 'pat-doe',
      value: 3,
    }),
  );
  const result = {
    id: 'res-1',
    user_id: 'pat-doe',
    result_status: 'COMPLETED',
    score: { total: 70 },
    created_date: '2024-09-01T08:00:00Z',
  };
  await send('POST', '/v1/quality-results', { key: town.admin, body: { items: [result] } });
  const headers = { 'Idempotency-Key': 'for-pat' };
  const adjustment = { agentId: 'pat-doe', unit: 'POINTS/Mentorship', amount: '7' };
  const proposed = await send('POST', '/v1/ledger/adjustments', {
    key: town.payroll,
    headers,
    body: { ...adjustment, reason: 'Pat Doe was on the phone' },
  });
  await send('POST', `/v1/reviews/${proposed.body.reviewId}/decision`, {
    key: town.approver,
    body: { decision: 'APPROVE', reason: 'yes, for pat-doe' },
  });
  await send('POST', '/v1/keys', {
    key: town.admin,
    body: { name: 'key of Pat Doe', person: 'pat.doe@example.com', roles: ['viewer'] },
  });
}

beforeAll(async () => {
  for (const name of ['log', 'warn', 'error', 'info', 'debug'] as const) {
    vi.spyOn(console, name).mockImplementation((...said) => {
      printed.push(said.map(String).join(' '));
    });
  }
  town = await build();
  await live();
  await cron(Date.now());
  [balances, entries] = [await trial(), await allEntries()];
});

describe('before', () => {
  test('every word of the person is found somewhere', async () => {
    expect(found(await everything()).sort()).toEqual([...WORDS].sort());
    expect((entries as unknown[]).length).toBeGreaterThanOrEqual(4);
  });
});

describe('an erasure', () => {
  test('needs compliance, and an agent', async () => {
    const body = { reason: 'no' };
    const path = '/v1/agents/pat-doe/pseudonymise';
    expect((await send('POST', path, { key: town.admin, body })).status).toBe(403);
    const nobody = await send('POST', '/v1/agents/nobody/pseudonymise', { key: town.law, body });
    expect(nobody.status).toBe(404);
  });

  test('begins with an answer that names the key alone', async () => {
    await post('platform', JSON.stringify(completed('in-flight', 'agent-06', 'pat-doe')));
    const answers = await Promise.all([forget(), forget(), forget({ 'Idempotency-Key': 'once' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 202]);
    agentKey = String(answers[0]?.body.agentKey);
    for (const { text } of answers) expect(found(text.toLowerCase())).toEqual([]);
    const { results } = await env.DB.prepare("SELECT id FROM config WHERE kind = 'erasure'").all();
    expect(results).toEqual([{ id: `erasure/${agentKey}/000001` }]);
  });

  test('hides the person at once', async () => {
    expect((await get('/v1/agents/pat-doe')).status).toBe(404);
    expect(found((await get('/v1/agents?limit=200')).text.toLowerCase())).toEqual([]);
  });

  test('finds every row behind its mark, and then waits a day for what was on its way', async () => {
    await cron(Date.now() + HOUR / 12);
    await cron(Date.now() + HOUR / 6);
    const running = await send('GET', '/v1/erasures', { key: town.law });
    expect(running.body.items).toMatchObject([{ agentKey, status: 'WATCHING', left: 0 }]);
    expect(found(await everything())).toEqual([]);
    await cron(Date.now() + 26 * HOUR);
    await cron(Date.now() + 28 * HOUR);
    const done = await send('GET', '/v1/erasures', { key: town.law });
    expect(done.body.items).toMatchObject([{ agentKey, status: 'DONE' }]);
    const words = await env.DB.prepare('SELECT content FROM config WHERE id = ?')
      .bind(`erasure/${agentKey}/000001`)
      .first();
    expect(words).toEqual({ content: null });
  });

  test('leaves the person in no table, no object, no answer and no line of log', async () => {
    expect(found(await everything())).toEqual([]);
    expect(found(printed.join('\n').toLowerCase())).toEqual([]);
    for (const path of [
      '/v1/events?limit=200',
      '/v1/quarantine?limit=200&state=ALL',
      '/v1/audit?limit=200',
      '/v1/reviews?limit=200',
      '/v1/ledger/transactions?limit=200',
    ]) {
      const answer = await get(path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect([path, found(answer.text.toLowerCase())]).toEqual([path, []]);
    }
  });

  test('leaves every entry, every total and the chain as they were', async () => {
    expect(await allEntries()).toEqual(entries);
    expect(await trial()).toEqual(balances);
    const verified = await get('/v1/ledger/verify');
    expect(verified.body).toMatchObject({ verdict: 'INTACT', fault: null });
  });

  test('leaves others what they have', async () => {
    const others = await get('/v1/coaching-sessions/others');
    expect(others.body).toMatchObject({ outcome: 'AWARDED' });
    expect(others.text).toContain('agent-31');
    expect((await get('/v1/agents/agent-07')).body).toMatchObject({ name: 'Person Number 07' });
  });

  test('is recorded in the audit log by key, with what it emptied', async () => {
    const { results } = await env.DB.prepare(
      `SELECT action, count(*) AS n FROM audit WHERE subject = ? GROUP BY action ORDER BY action`,
    )
      .bind(`config:agent/${agentKey}`)
      .all<{ action: string; n: number }>();
    const actions = results.map(({ action }) => action);
    expect(actions).toContain('AGENT_PSEUDONYMISED');
    expect(actions).toContain('PERSONAL_DATA_EMPTIED');
    expect(actions).toContain('ERASURE_ENDED');
  });

  test('keeps the balance under the agent key', async () => {
    const net = await env.DB.prepare(
      `SELECT sum(CASE WHEN to_account LIKE 'agent:%' THEN amount ELSE -amount END) AS n
       FROM entries WHERE id > ?1 || '.' AND id < ?1 || '/'`,
    )
      .bind(agentKey)
      .first<{ n: number }>();
    expect(net?.n).toBeGreaterThan(0);
  });
});

describe('afterwards', () => {
  test('late events and replays of events are quarantined without their body', async () => {
    const before = (await allEntries()).length;
    const late = [
      completed('late', 'agent-08', 'pat-doe'),
      completed('as-mentee', 'agent-01', 'pat-doe'),
      completed('by-old-id', 'agent-08', 'pat-of-old'),
      {
        eventType: 'metric.recorded',
        eventId: 'm-2',
        metricId: 'aht',
        agentId: '7f3c0c1e-pat',
        value: 1,
      },
      { eventType: 'no.such.type', someone: 'pat-doe' },
    ];
    for (const body of late) {
      const answer = await post('platform', JSON.stringify(body));
      expect(answer.body).toMatchObject({ status: 'quarantined' });
    }
    await cron(Date.now() + 29 * HOUR);
    const list = await get('/v1/quarantine?reason=ERASED_AGENT');
    const items = list.body.items as { body: unknown; eventId: unknown; id: string }[];
    expect(items).toHaveLength(late.length);
    for (const item of items) expect(item).toMatchObject({ body: null, eventId: null });
    const replay = await send('POST', `/v1/quarantine/${items[0]?.id}/replay`, { key: town.admin });
    expect(replay.status).toBe(409);
    expect((await allEntries()).length).toBe(before);
    expect(found(await everything())).toEqual([]);
  });

  test('a late score is recorded as ERASED and moves nothing', async () => {
    const answer = await post('platform', JSON.stringify(scored('as-mentee', 85, 20)));
    expect(answer.body).toMatchObject({ status: 'accepted' });
    await settle('as-mentee');
    expect(await allEntries()).toEqual(entries);
    const session = await get('/v1/coaching-sessions/as-mentee');
    expect(session.body).toMatchObject({ outcome: 'ERASED' });
    const health = await get('/v1/health');
    expect(health.status).toBe(200);
  });

  test('the directory refuses the person under every id, also in a file', async () => {
    const bodies = {
      'pat-doe': {},
      'somebody-new': { employeeId: 'E-4711' },
      'somebody-else': { platformIds: { genesys: 'pat-of-old' } },
    };
    for (const [id, body] of Object.entries(bodies)) {
      const answer = await send('PUT', `/v1/agents/${id}`, { key: town.admin, body });
      expect([id, answer.status]).toEqual([id, 409]);
      expect(answer.body.detail).toContain('erased');
    }
    const headers = { 'Content-Type': 'text/csv', 'Idempotency-Key': 'import-1' };
    const file = 'agentId,name\r\npat-doe,Pat Doe\r\nagent-50,Person Number 50\r\n';
    const sent = { key: town.admin, headers, body: file };
    const answer = await send('POST', '/v1/agents/import', sent);
    expect(answer.body).toMatchObject({ created: 1, refused: 1 });
    const quality = {
      id: 'res-2',
      user_id: 'pat-doe',
      result_status: 'COMPLETED',
      score: { total: 1 },
      created_date: '2024-09-01T08:00:00Z',
    };
    const results = await send('POST', '/v1/quality-results', {
      key: town.admin,
      body: { items: [quality] },
    });
    expect(results.body).toMatchObject({
      results: [{ status: 'refused', reason: 'UNKNOWN_AGENT' }],
    });
    expect(found(await everything())).toEqual([]);
  });

  test('an adjustment for the person is refused', async () => {
    const body = { agentId: 'pat-doe', unit: 'POINTS/Mentorship', amount: '1', reason: 'no' };
    const answer = await send('POST', '/v1/ledger/adjustments', { key: town.payroll, body });
    expect(answer.status).toBe(422);
  });

  test('the same request again answers how far it is and writes nothing', async () => {
    const count = async () =>
      (await env.DB.prepare('SELECT max(id) AS n FROM seals').first<{ n: number }>())?.n;
    const before = await count();
    const again = await forget();
    expect([again.status, again.body.status]).toEqual([200, 'DONE']);
    await cron(Date.now() + 60 * HOUR);
    expect(found(await everything())).toEqual([]);
    expect((await get('/v1/ledger/verify')).body).toMatchObject({ verdict: 'INTACT' });
    expect(before).toBeGreaterThan(0);
  });
});
