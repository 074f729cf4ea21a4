/**
 * A town of fifty agents on the deployed Worker, one of whom is Pat Doe: named in the directory,
 * in events of two sources, in bodies that cannot be used, in results, reviews, keys and stored
 * answers. Answers everything that is stored anywhere as one text.
 */

import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import { jobs } from '../../src/compose';
import { runCron } from '../../src/cron';
import { sessionKeyOf } from '../../src/kernel/ids';
import { pokeSession } from '../../src/points/coaching/client';
import { unpack } from '../../src/points/coaching/decision';
import { type Heard, makeKey, send } from '../http/caller';
import { seedAward, seedRevoke } from '../points/build';

export const HOUR = 3_600_000;
const SECRET = 'a-secret-of-the-tests-0123456789';

/** What nobody may find any more. */
export const WORDS = [
  'pat-doe',
  'Pat Doe',
  'E-4711',
  '7f3c0c1e-pat',
  'pat-of-old',
  'pat.doe@example.com',
];

export interface Town {
  readonly admin: string;
  readonly law: string;
  readonly viewer: string;
  readonly payroll: string;
  readonly approver: string;
}

export const JUNIORS = 'Junior_Agent_Group_ID';

export async function build(): Promise<Town> {
  const [admin, law, viewer, payroll, approver] = await Promise.all([
    makeKey(['admin', 'author'], { person: 'ada@example.com' }),
    makeKey(['compliance'], { person: 'law@example.com' }),
    makeKey(['viewer'], { person: 'eye@example.com' }),
    makeKey(['payroll'], { person: 'pay@example.com' }),
    makeKey(['approver'], { person: 'boss@example.com' }),
  ]);
  const key = admin.key;
  const lines = Array.from({ length: 49 }, (_, index) => {
    const number = String(index + 1).padStart(2, '0');
    return `agent-${number},Person Number ${number},${index < 25 ? 'Mentors' : JUNIORS},W-${number}`;
  });
  const file = ['agentId,name,groups,employeeId', ...lines].join('\r\n');
  const headers = { 'Content-Type': 'text/csv' };
  await told(send('POST', '/v1/agents/import', { key, headers, body: file }), 200);
  const pat = {
    name: 'Pat Doe',
    employeeId: 'E-4711',
    groups: [JUNIORS],
    attributes: { mail: 'pat.doe@example.com', tenureDays: 12 },
  };
  const old = { ...pat, platformIds: { genesys: 'pat-of-old' } };
  await told(send('PUT', '/v1/agents/pat-doe', { key, body: old }), 201);
  const now = { ...pat, platformIds: { genesys: '7f3c0c1e-pat' } };
  await told(send('PUT', '/v1/agents/pat-doe', { key, body: now }), 200);
  await told(send('PUT', '/v1/programs/Mentorship', { key, body: { lockSeconds: 60 } }), 201);
  for (const rule of [seedAward, seedRevoke]) await send('POST', '/v1/rules', { key, body: rule });
  for (const id of ['platform', 'lms']) {
    const body = { secrets: [SECRET], platform: id === 'lms' ? 'lms' : 'genesys' };
    await told(send('PUT', `/v1/sources/${id}`, { key, body }), 201);
  }
  return {
    admin: key,
    law: law.key,
    viewer: viewer.key,
    payroll: payroll.key,
    approver: approver.key,
  };
}

async function told(answer: Promise<Heard>, status: number): Promise<Heard> {
  const heard = await answer;
  if (heard.status !== status) throw new Error(`${heard.status} ${heard.text}`);
  return heard;
}

/** Sends bytes as a source signs them. */
export const post = (source: string, text: string): Promise<Heard> =>
  send('POST', `/v1/webhooks/${source}`, {
    headers: {
      'Content-Type': 'application/json',
      'X-Webhook-Signature': createHmac('sha256', SECRET).update(text).digest('hex'),
    },
    body: text,
  });

export const completed = (id: string, mentorId: string, menteeId: string, more: object = {}) => ({
  eventType: 'performance.coaching.completed',
  eventId: `completed-${id}-${mentorId}-${menteeId}`,
  occurredAt: new Date(Date.now() - HOUR).toISOString(),
  coachingSessionId: id,
  sessionType: 'Mentorship_Pairing',
  mentorId,
  menteeId,
  sessionDurationSeconds: 1800,
  qaCalibrationScore: 85,
  ...more,
});

export const scored = (id: string, previousScore: number, currentScore: number) => ({
  eventType: 'qa.score.updated',
  eventId: `score-${id}-${currentScore}`,
  occurredAt: new Date(Date.now() - HOUR / 2).toISOString(),
  coachingSessionId: id,
  previousScore,
  currentScore,
  sessionType: 'Mentorship_Pairing',
});

export const settle = (id: string): Promise<void> =>
  pokeSession(env, sessionKeyOf('default', id), Date.now() + 60_000);

export const cron = async (now: number): Promise<void> => {
  const report = await runCron('*/5 * * * *', env, now, jobs);
  if (report.failed.length > 0) throw new Error(`failed: ${report.failed.join()}`);
};

/** Everything in D1 and in every object, packed texts unpacked, in lower case. */
export async function everything(): Promise<string> {
  const { results: tables } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>();
  const parts: string[] = [];
  for (const { name } of tables) {
    const { results } = await env.DB.prepare(`SELECT * FROM ${name}`).all();
    parts.push(...results.flatMap((row) => Object.values(row).map(plain)));
  }
  const spaces = env as unknown as Record<string, DurableObjectNamespace>;
  for (const binding of ['SESSIONS', 'SOURCES', 'JOURNAL', 'BOARDS']) {
    const space = spaces[binding];
    if (space === undefined) continue;
    for (const id of await listDurableObjectIds(space)) {
      const held = await runInDurableObject(space.get(id), (_, state) => [
        ...state.storage.kv.list(),
      ]);
      parts.push(JSON.stringify(held));
    }
  }
  return parts.join('\n').toLowerCase();
}

function plain(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  if (value.startsWith('gz:')) return unpack(value);
  const decoded = /^[A-Za-z0-9+/]{40,}=*$/.test(value)
    ? Buffer.from(value, 'base64').toString('utf8')
    : '';
  return `${value}\n${decoded}`;
}

export const found = (text: string): string[] =>
  WORDS.filter((word) => text.includes(word.toLowerCase()));
