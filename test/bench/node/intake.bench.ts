/**
 * `npm run bench -- intake`: signed events into the deployed Worker and into a bare one with an
 * object that does the same writes (`bare.mjs`), in turn in one run, so that what else runs here
 * hits both; storage in memory, direct sockets, one connection for each sender. The ratio of each
 * round counts, not the rate: that is this machine's.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine } from '../../../src/cli/engine/engine';
import { middleOf, quantileOf, Report } from '../report';

const SENDERS = 32;
const EVENTS = 480;
/** A completion and two scores. */
const A_SESSION = 3;
const ROUNDS = 9;
/** Of what the bare Worker with the same writes does; design section 7. */
const BAR_SHARE = 80;
const SECRET = 'secret-of-the-bench-0123456789';
const ADMIN_TOKEN = 'admin-token-of-the-bench-0123456789';

const directory = mkdtempSync(join(tmpdir(), 'guerdon-intake-'));
const agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
const closers: (() => Promise<void>)[] = [() => Promise.resolve(agent.destroy())];

afterAll(async () => {
  for (const close of closers) await close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });

interface Heard {
  readonly status: number;
  readonly text: string;
}

function send(
  address: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Heard> {
  return new Promise((done, fail) => {
    const sent = request(
      address,
      { method, agent, headers: { 'content-type': 'application/json', ...headers } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () => done({ status: answer.statusCode ?? 0, text }));
      },
    );
    sent.on('error', fail);
    sent.end(body);
  });
}

/** The addresses at which events are taken. */
const targets: { guerdon: string; 'bare, D1 too': string; 'bare, object only': string } = {
  guerdon: '',
  'bare, D1 too': '',
  'bare, object only': '',
};

async function openGuerdon(): Promise<string> {
  const port = await freePort();
  const { miniflare, address } = await startEngine({
    port,
    state: join(directory, 'guerdon'),
    sandbox: false,
    fresh: true,
    bindings: { ADMIN_TOKEN, SECRETS_KEY: randomBytes(32).toString('hex') },
    quiet: true,
  });
  closers.push(() => miniflare.dispose());
  const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const made = await send(
    `${address}/v1/keys`,
    'POST',
    admin,
    JSON.stringify({ name: 'bench', person: 'bench@guerdon.test', roles: ['author', 'admin'] }),
  );
  expect(made.status, made.text).toBe(201);
  const { key } = JSON.parse(made.text) as { key: string };
  const put = async (path: string, body: object): Promise<void> => {
    const headers = { authorization: `Bearer ${key}` };
    const heard = await send(`${address}/v1${path}`, 'PUT', headers, JSON.stringify(body));
    expect(heard.status, heard.text).toBeLessThan(300);
  };
  await put('/sources/bench', {
    platform: 'platform',
    signature: { header: 'X-Webhook-Signature', scheme: 'hmac-hex' },
    secrets: [SECRET],
  });
  // No settlement falls into the rounds.
  await put('/programs/Mentorship', { lockSeconds: 600 });
  for (const id of ['mentor-1', 'mentee-1']) {
    await put(`/agents/${id}`, { name: id, status: 'ACTIVE', groups: [], attributes: {} });
  }
  return `${address}/v1/webhooks/bench`;
}

async function openBare(name: string, writes: boolean): Promise<string> {
  const port = await freePort();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      resourcePersistencePath: join(directory, name),
      workers: [
        {
          name,
          compatibilityDate: '2026-10-01',
          compatibilityFlags: ['nodejs_compat'],
          modules: [
            {
              type: 'ESModule' as const,
              path: 'bare.mjs',
              contents: readFileSync(join(import.meta.dirname, 'bare.mjs'), 'utf8'),
            },
          ],
          bindings: { SECRET, WRITES: String(writes) },
          d1Databases: { DB: 'db' },
          durableObjects: { SESSIONS: { className: 'BareObject', useSQLite: true } },
          unsafeDirectSockets: [{ host: '127.0.0.1', port }],
        },
      ],
    }),
  );
  closers.push(() => miniflare.dispose());
  const db = await miniflare.getD1Database('DB');
  await db.batch([
    db.prepare(
      'CREATE TABLE events (id TEXT PRIMARY KEY, subject TEXT, content TEXT) WITHOUT ROWID',
    ),
    db.prepare('CREATE TABLE bodies (id TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID'),
  ]);
  return `http://127.0.0.1:${port}/`;
}

let serial = 0;

/** The event of a number within its round. */
function eventOf(round: string, number: number): string {
  serial += 1;
  const about = {
    eventId: `event-${serial}`,
    coachingSessionId: `${round}-${Math.floor(number / A_SESSION)}`,
    sessionType: 'Mentorship_Pairing',
    occurredAt: new Date().toISOString(),
  };
  if (number % A_SESSION === 0) {
    return JSON.stringify({
      eventType: 'performance.coaching.completed',
      ...about,
      mentorId: 'mentor-1',
      menteeId: 'mentee-1',
      sessionDurationSeconds: 1200,
      qaCalibrationScore: 85,
    });
  }
  const scores = { previousScore: 85, currentScore: 85 + (number % 10), scoreSource: 'MANUAL' };
  return JSON.stringify({ eventType: 'qa.score.updated', ...about, ...scores });
}

interface Round {
  readonly rate: number;
  readonly latencies: readonly number[];
}

async function roundOf(address: string, round: string): Promise<Round> {
  const events = Array.from({ length: EVENTS }, (_, number) => eventOf(round, number));
  const latencies: number[] = [];
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let text = events[next++]; text !== undefined; text = events[next++]) {
      const mac = createHmac('sha256', SECRET).update(text).digest('hex');
      const begun = performance.now();
      const heard = await send(address, 'POST', { 'x-webhook-signature': mac }, text);
      latencies.push(performance.now() - begun);
      expect(heard.status, heard.text).toBe(200);
      expect(heard.text).toContain('"accepted"');
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return { rate: (EVENTS * 1000) / (performance.now() - begun), latencies };
}

beforeAll(async () => {
  targets.guerdon = await openGuerdon();
  targets['bare, D1 too'] = await openBare('bare-with-d1', true);
  targets['bare, object only'] = await openBare('bare-alone', false);
});

it('events a second, in turn', async () => {
  const rounds = new Map<string, Round[]>();
  for (let number = -1; number < ROUNDS; number += 1) {
    for (const [name, address] of Object.entries(targets)) {
      const round = await roundOf(address, `round-${number}-${name}`);
      // The first one warms up.
      if (number >= 0) rounds.set(name, [...(rounds.get(name) ?? []), round]);
    }
  }
  const own = rounds.get('guerdon') ?? [];
  const report = new Report('intake', ['worker', 'events/s', 'p50 ms', 'p99 ms', 'guerdon to it']);
  for (const [name, all] of rounds) {
    const latencies = all.flatMap((round) => round.latencies);
    const ratio = middleOf(all.map(({ rate }, turn) => (own[turn]?.rate ?? 0) / rate));
    if (name === 'bare, D1 too') {
      report.sum({
        operation: 'intake beside a bare Worker with the same writes',
        measure: `${(100 * ratio).toFixed(0)} %`,
        bar: `at least ${BAR_SHARE} %`,
        holds: 100 * ratio >= BAR_SHARE,
      });
    }
    report.row(
      name,
      middleOf(all.map(({ rate }) => rate)).toFixed(0),
      quantileOf(latencies, 0.5).toFixed(1),
      quantileOf(latencies, 0.99).toFixed(1),
      name === 'guerdon' ? '-' : `${(100 * ratio).toFixed(0)} %`,
    );
  }
  report.note(
    `${ROUNDS} rounds of ${EVENTS} events, ${A_SESSION} to a new coaching session, ${SENDERS} senders; storage ${directory.startsWith('/dev/shm') ? 'in memory' : 'on disk'}, direct socket; medians.`,
  );
  report.print();
});
