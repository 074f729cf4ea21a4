/** D1 away: what is known goes on, what is not says 503, and nothing that was acknowledged is lost. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SealedSecret } from '../../src/access/secrets/secret';
import type { Objects } from '../../src/durable/client';
import { intakeHealth } from '../../src/intake/jobs';
import type { SourceMethods } from '../../src/intake/object';
import { countForeign, sealFor } from '../../src/intake/sources/client';
import type { Source } from '../../src/intake/sources/source';
import type { ConfigVersion } from '../../src/ledger/config';
import { type Board, installBoard, quiet, removeBoard } from '../worker/io';
import {
  act,
  adminKey,
  completed,
  countRows,
  created,
  deliver,
  hire,
  putSource,
  read,
  signed,
  until,
} from './sender';

let board: Board;

const sourceObject = (id: string): SourceMethods =>
  (env.SOURCES as unknown as Objects<SourceMethods>).getByName(id);

/** The journal rests for a while after D1 was away; then everything goes. */
const drained = (id: string): Promise<void> =>
  until(async () => {
    await sourceObject(id).due(Date.now());
    return (await sourceObject(id).health()).pending === 0;
  });

beforeAll(async () => {
  await adminKey();
  await hire('mentor-1', 'mentee-1');
  for (const id of ['warm', 'owned', 'odd']) await putSource(id);
  await putSource('cold');
  await deliver('warm', created('warm-0'));
  await deliver('owned', completed('owned-0'));
  await deliver('odd', created('odd-0'));
});

beforeEach(() => {
  board = installBoard();
});

afterEach(async () => {
  board.d1Away = false;
  await quiet(board);
  removeBoard();
});

describe('while D1 is away', () => {
  it('a source this isolate knows is served, owned or not, and all of it arrives afterwards', async () => {
    board.d1Away = true;
    expect((await deliver('warm', created('w1'))).body.status).toBe('accepted');
    expect((await deliver('warm', created('w1'))).body.status).toBe('duplicate');
    expect((await deliver('owned', completed('o1'))).body.status).toBe('accepted');
    expect((await deliver('warm', '{"broken')).body.status).toBe('quarantined');
    expect(
      (await deliver('owned', completed('o2', { mentorId: 'nobody-knows' }))).body.status,
    ).toBe('accepted');
    await quiet(board);
    expect(await countRows('events', "source = 'warm'")).toBeLessThanOrEqual(1);
    board.d1Away = false;
    const { pending } = await sourceObject('warm').health();
    expect(pending).toBeGreaterThanOrEqual(2);
    await drained('warm');
    expect(await countRows('events', "source = 'warm'")).toBe(2);
    expect(await countRows('quarantine', "source = 'warm'")).toBe(1);
    expect(await countRows('audit', "action = 'EVENT_DUPLICATE'")).toBeGreaterThanOrEqual(1);
  });

  it('a source nobody remembers is 503 with Retry-After, known or not', async () => {
    board.d1Away = true;
    for (const id of ['cold-2', 'nobody']) {
      const answer = await deliver(id, created('c1'));
      expect(answer.status, id).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    board.d1Away = false;
    expect((await deliver('nobody', created('c1'))).status).toBe(401);
    expect((await deliver('cold', created('c1'))).body.status).toBe('accepted');
  });

  it('a wrong signature for a fresh source is still 401', async () => {
    await deliver('warm', created('fresh'));
    board.d1Away = true;
    const wrong = signed('hmac-hex', created('w2'), { secret: 'not-the-secret-0123456789' });
    expect((await deliver('warm', created('w2'), wrong)).status).toBe(401);
  });
});

describe('an object that cannot be reached', () => {
  it('makes the answer 503, and sending again is exactly-once', async () => {
    let failing = true;
    board.decide = ({ call, phase }) =>
      failing && call === 'SOURCES.accept' && phase === 'after' ? 'throw' : null;
    const first = await deliver('odd', created('x1'));
    expect(first.status).toBe(503);
    expect(first.headers.get('retry-after')).not.toBeNull();
    failing = false;
    expect((await deliver('odd', created('x1'))).body.status).toBe('duplicate');
    board.decide = ({ call, phase }) =>
      call === 'SOURCES.accept' && phase === 'before' ? 'throw' : null;
    expect((await deliver('odd', created('x2'))).status).toBe(503);
    board.decide = () => null;
    expect((await deliver('odd', created('x2'))).body.status).toBe('accepted');
    await drained('odd');
    expect(await countRows('events', "source = 'odd'")).toBe(3);
  });

  it('leaves the other items of a list as they are', async () => {
    board.decide = ({ call }) => (call === 'SOURCES.accept' ? 'throw' : null);
    const list = [completed('p1'), created('p2'), '{}'];
    const answer = await deliver('odd', list);
    expect(answer.status).toBe(503);
    expect(answer.body.results.map(({ status }) => status)).toEqual([
      'accepted',
      'unavailable',
      'quarantined',
    ]);
    board.decide = () => null;
    const again = await deliver('odd', list);
    expect(again.status).toBe(200);
    expect(again.body.results.map(({ status }) => status)).toEqual([
      'duplicate',
      'accepted',
      'quarantined',
    ]);
    expect(again.body.results[2]?.eventId).toBe(answer.body.results[2]?.eventId);
  });

  it('that keeps what is unusable, silent, makes the answer 503', async () => {
    board.decide = ({ call }) => (call === 'SOURCES.quarantine' ? 'throw' : null);
    expect((await deliver('odd', 'broken-1')).status).toBe(503);
    expect((await deliver('odd', { eventType: 'unknown.1' })).status).toBe(503);
    board.decide = () => null;
    expect((await deliver('odd', 'broken-1')).body.status).toBe('quarantined');
  });
});

describe('the journal’s lost answer', () => {
  it('leaves one row: the object sends the same again', async () => {
    let times = 0;
    board.decide = ({ call, phase }) => {
      if (call !== 'JOURNAL.commit' || phase !== 'after') return null;
      times += 1;
      return times <= 3 ? 'throw' : null;
    };
    expect((await deliver('odd', created('j1'))).body.status).toBe('accepted');
    await quiet(board);
    board.decide = () => null;
    await drained('odd');
    const seen = await read('/v1/events?sourceId=odd&limit=200');
    expect(seen.body.items.filter(({ eventId }) => eventId === 'j1')).toHaveLength(1);
  });
});

describe('health', () => {
  it('says what waits, and is ok once it is sent', async () => {
    await act('/v1/sources/odd/test', {});
    await drained('odd');
    const found = await read('/v1/health');
    const check = found.body.checks.find(({ name }) => name === 'intake');
    expect(check).toMatchObject({ status: 'ok', detail: { parked: 0 } });
  });

  it('is stuck under another SECRETS_KEY, and tells no secret', async () => {
    const [check] = intakeHealth;
    const own = await check?.check(env, Date.now());
    expect(own?.detail).toMatchObject({ sealedUnderAnotherKey: 0 });
    const foreign = { ...env, SECRETS_KEY: 'of-another-installation-0123456789' };
    const found = await check?.check(foreign, Date.now());
    expect(found).toMatchObject({
      status: 'stuck',
      detail: { sealedUnderAnotherKey: own?.detail.sources },
    });
    expect(JSON.stringify(found)).not.toContain(foreign.SECRETS_KEY);
  });

  it('counts a source that was rotated under a new key while its former secret is live', async () => {
    const foreign = { ...env, SECRETS_KEY: 'of-another-installation-0123456789' };
    const [own, former] = [await sealFor(env, 'r', 'new'), await sealFor(foreign, 'r', 'former')];
    const source = (secrets: readonly SealedSecret[], enabled = true) =>
      ({ name: 'r', content: { enabled, secrets } }) as unknown as ConfigVersion<Source>;
    expect(await countForeign(env, [source([own, former]), source([former, former])])).toBe(2);
    expect(await countForeign(env, [source([own, own]), source([]), source([former], false)])).toBe(
      0,
    );
  });
});
