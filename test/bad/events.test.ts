/**
 * Signed bodies of every type of event, as their schemas take them and beside those. Whatever is
 * said in them is answered 200 item by item and kept; only a coaching session of which something
 * was accepted is ever in the books, and no secret is told.
 */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sessionKeyOf } from '../../src/kernel/ids';
import { faultsOfProblem, type Heard, send } from '../http/caller';
import { signed, until } from '../intake/sender';
import { leaksOf, listening, OF_A_SOURCE, toldIn } from './canaries';
import { bodyOf, KINDS } from './events';
import { type Furniture, furnished } from './furniture';

const SEED = 20_241_129;
/** Bodies of each kind. */
const RUNS = 25;
const STATUSES = ['accepted', 'duplicate', 'quarantined', 'conflict'] as const;
const TAKEN: readonly string[] = ['accepted', 'duplicate'];

let furniture: Furniture;
const log = listening();
/** How many items were answered how, by kind of body; and sessions of which one was accepted. */
const counts = new Map<string, Map<string, number>>();
const accepted = new Set<string>();

beforeAll(async () => {
  furniture = await furnished();
  const goal = { name: 'Theirs', teamId: 'known', metricId: 'theirs', evaluatedBy: 'PLATFORM' };
  const thresholds = [{ status: 'ACHIEVED', operator: 'LTE', value: 1 }];
  const body = { ...goal, evaluationFrequency: 'MONTHLY', thresholds };
  await send('PUT', '/v1/goals/platform', { key: furniture.key, body });
});

afterAll(log.stop);

interface Told {
  readonly status: string;
}

const toldBy = ({ body }: Heard): readonly Told[] =>
  (Array.isArray(body.results) ? body.results : [body]) as readonly Told[];

/** The items of a body that can be read at all. */
function itemsIn(text: string): readonly unknown[] {
  try {
    const body = JSON.parse(text) as unknown;
    return Array.isArray(body) ? body : [body];
  } catch {
    return [];
  }
}

/** Notes what was accepted; an item that is a coaching session's names it. */
function note(kind: string, text: string, told: readonly Told[]): void {
  const own = counts.get(kind) ?? new Map<string, number>();
  counts.set(kind, own);
  const items = itemsIn(text);
  for (const [index, { status }] of told.entries()) {
    own.set(status, (own.get(status) ?? 0) + 1);
    if (!TAKEN.includes(status)) continue;
    const item = items[index] as Readonly<Record<string, unknown>> | undefined;
    const id = item?.coachingSessionId;
    if (typeof id === 'string' || typeof id === 'number') accepted.add(String(id));
  }
}

function faultsOf(heard: Heard, told: readonly Told[]): string[] {
  const strange = told.filter(({ status }) => !(STATUSES as readonly string[]).includes(status));
  return [
    ...(heard.status === 200 ? [] : [`status ${heard.status}: ${heard.text.slice(0, 300)}`]),
    ...(heard.status >= 400 ? faultsOfProblem(heard) : []),
    ...strange.map(({ status }) => `answered ${status}`),
    ...toldIn(heard.text, [furniture.key]).map((secret) => `tells ${secret}`),
  ];
}

async function delivers(kind: string, text: string): Promise<void> {
  const headers = signed('hmac-hex', text, { secret: OF_A_SOURCE });
  const heard = await send('POST', '/v1/webhooks/sender', { body: text, headers });
  const told = toldBy(heard);
  expect(faultsOf(heard, told)).toEqual([]);
  note(kind, text, told);
}

/** One that is surely taken and surely awards: then the books are not empty. */
const SURE = JSON.stringify({
  eventType: 'performance.coaching.completed',
  eventId: 'sure',
  occurredAt: '2024-09-02T14:30:00Z',
  coachingSessionId: 'session-sure',
  sessionType: 'Mentorship_Pairing',
  mentorId: 'known',
  menteeId: 'agent-1',
  sessionDurationSeconds: 1800,
  qaCalibrationScore: 85,
});

const rowsOf = async <T>(sql: string): Promise<T[]> => (await env.DB.prepare(sql).all<T>()).results;

describe('a signed body', () => {
  it.each(KINDS)('is kept, whatever it says: %s', async (kind, one) => {
    const property = fc.asyncProperty(bodyOf(one), (text) => delivers(kind, text));
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: false });
  });

  it('is used in part and quarantined in part, of every type', () => {
    const kinds = Map.groupBy(counts, ([kind]) => kind.replace(/ .*/, ''));
    const lacking = [...kinds].flatMap(([type, own]) => {
      const has = (status: string): boolean => own.some(([, known]) => known.has(status));
      return ['accepted', 'quarantined'].flatMap((status) =>
        has(status) ? [] : [`${type}: none ${status}`],
      );
    });
    expect(lacking).toEqual([]);
  });

  it('moves nothing unless it was accepted', async () => {
    const sessions = () => rowsOf<{ session: string }>('SELECT DISTINCT session FROM decisions');
    await delivers('sure', SURE);
    await until(async () => (await rowsOf('SELECT id FROM entries LIMIT 1')).length > 0);
    const known = new Set([...accepted].map((id) => sessionKeyOf('default', id)));
    expect((await sessions()).filter(({ session }) => !known.has(session))).toEqual([]);
    const stray = `SELECT kind, cause FROM entries WHERE cause NOT IN (SELECT id FROM decisions)`;
    expect(await rowsOf(stray)).toEqual([]);
    const heard = await send('GET', '/v1/ledger/trial-balance', { key: furniture.key });
    expect(heard.body.balanced).toBe(true);
  });

  it('tells no secret in the log', () => {
    expect(leaksOf(log, [furniture.key])).toEqual([]);
  });
});
