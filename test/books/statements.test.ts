/**
 * Statements over the whole way: signed events in, lines out, each with its reason. The clock is the
 * test's; every amount is checked against the balance of the same moment.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepMentorings } from '../../src/points/mentoring/jobs';
import { DAY, MINUTE, NOON, Stage } from '../conformance/stage';

interface Line {
  readonly day: string;
  readonly kind: string;
  readonly change: string;
  readonly unit: string | null;
  readonly why: string;
  readonly outcome: string | null;
  readonly cause: Readonly<Record<string, string | null>>;
  readonly gates: readonly Readonly<Record<string, unknown>>[];
  readonly wouldHaveBeen: { readonly amount: string } | null;
  readonly waitsFor: string | null;
  readonly recordedAt: string;
  readonly seal: number;
}

interface Statement {
  readonly from: string;
  readonly to: string;
  readonly seal: number;
  readonly balances: readonly {
    readonly opening: string;
    readonly closing: string;
    readonly seasons: readonly object[];
  }[];
  readonly items: readonly Line[];
  readonly nextCursor: string | null;
  readonly complete: boolean;
}

let stage: Stage;

const get = (path: string, headers: Record<string, string> = {}) =>
  stage.world.operator('GET', path, undefined, headers);

async function statement(query = '', agentId = 'mentor-1'): Promise<Statement> {
  const answer = await get(`/v1/agents/${agentId}/statement${query}`);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return answer.body as Statement;
}

const lineOf = ({ items }: Statement, id: string): Line => {
  const found = items.find(({ cause }) => cause.coachingSessionId === id);
  if (found === undefined) throw new Error(`no line of ${id}`);
  return found;
};

const sumOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, { change }) => sum + Number(change) * 10_000, 0) / 10_000;

/** Pages are cut by name: of a day that is split each page is in order by itself. */
const inOrder = (lines: readonly Line[]): readonly Line[] =>
  lines.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const times = (lines: readonly Line[]): string[] =>
  lines.map(({ day, recordedAt }) => `${day} ${recordedAt}`);

/** A coaching session that begins and ends alone. */
async function coach(id: string, fields: object = {}): Promise<void> {
  await stage.completed({ coachingSessionId: id, eventId: `completed-${id}`, ...fields });
  await stage.pass(2 * MINUTE);
}

beforeAll(async () => {
  stage = await Stage.open();
  await stage.world.must('PUT', '/v1/programs/Mentorship', {
    caps: { perPair: { count: 3, period: 'DAY' } },
  });
  await coach('paid', { mentee: { scoreBefore: 70, scoreAfter: 85 } });
  await coach('low', { qaCalibrationScore: 77.5 });
  await coach('short', { sessionDurationSeconds: 600, qaCalibrationScore: 79 });
  await coach('waits', { qaCalibrationScore: undefined });
  await coach('lost');
  await stage.scored(85, 75, { coachingSessionId: 'lost' });
  await stage.pass(2 * MINUTE);
  await coach('third');
  await coach('fourth');
  await coach('fifth');
});

describe('a statement', () => {
  it('is of the current local month when nothing is asked', async () => {
    const { from, to, balances, items, nextCursor, complete } = await statement();
    expect([from, to, nextCursor, complete]).toEqual(['2032-05-01', '2032-06-01', null, true]);
    expect(balances).toEqual([
      {
        unit: 'POINTS/Mentorship',
        opening: '0',
        earned: '225',
        revoked: '-50',
        decay: '0',
        adjustments: '0',
        closing: '175',
        seasons: [{ season: 'none', closing: '175' }],
      },
    ]);
    expect(sumOf(items)).toBe(175);
    expect(items.map(({ day }) => day)).toEqual(Array(items.length).fill('2032-05-03'));
  });

  it('names the coaching session and the reason of every entry', async () => {
    const { items } = await statement();
    const paid = lineOf({ items } as Statement, 'paid');
    expect(paid).toMatchObject({ kind: 'AWARD', change: '75', unit: 'POINTS/Mentorship' });
    expect(paid.why).toMatch(
      /^Awarded: every condition of rule\/.+\/1 held at a score of 85; 50 points × 1\.5\.$/,
    );
    const taken = items.find(({ kind }) => kind === 'REVERSAL');
    expect(taken).toMatchObject({ change: '-50', cause: { coachingSessionId: 'lost' } });
    expect(taken?.why).toMatch(/^Taken back: by rule\/.+\/1, currentScore 75 is less than 80\.$/);
  });

  it('keeps a line for what brought nothing: the gate, expected, actual and by how much', async () => {
    const whole = await statement();
    const low = lineOf(whole, 'low');
    expect(low).toMatchObject({
      kind: 'NOTHING_EARNED',
      change: '0',
      outcome: 'RULE_EVALUATION_FAILED',
      gates: [{ field: 'qaCalibrationScore', expected: 80, actual: 77.5, difference: '-2.5' }],
    });
    expect(low.why).toMatch(
      /^Nothing: qaCalibrationScore is 77\.5, must be at least 80 \(off by 2\.5\) under rule\//,
    );
    const short = lineOf(whole, 'short');
    expect(short.gates.map(({ field, difference }) => [field, difference])).toEqual([
      ['sessionDurationSeconds', '-300'],
      ['qaCalibrationScore', '-1'],
    ]);
  });

  it('says of a capped one what it would have been and of a waiting one what it waits for', async () => {
    const whole = await statement();
    const capped = whole.items.filter(({ outcome }) => outcome === 'CAPPED');
    expect(capped.length).toBeGreaterThan(0);
    for (const { why, wouldHaveBeen, unit } of capped) {
      expect(wouldHaveBeen).toEqual({ amount: '50', unit: 'POINTS/Mentorship' });
      expect(unit).toBe('POINTS/Mentorship');
      expect(why).toContain('3 coaching sessions with one mentee a DAY');
    }
    const waits = lineOf(whole, 'waits');
    expect(waits.outcome).toBe('AWAITING_SCORE');
    expect(waits.waitsFor).toMatch(/^a score until 2032-05-17T/);
  });

  it('is the same once the list of coaching sessions was kept', async () => {
    const before = await statement();
    await keepMentorings(env, stage.world.now);
    const after = await statement();
    expect(after.items).toEqual(before.items);
  });

  it('shows the lines of a day as they were recorded: an award before it is taken back', async () => {
    const { items } = await statement();
    expect(times(items)).toEqual(times(items).toSorted());
    expect(new Set(times(items)).size).toBeGreaterThan(5);
    const own = items.filter(({ cause }) => cause.coachingSessionId === 'lost');
    expect(own.map(({ kind }) => kind)).toEqual(['AWARD', 'REVERSAL']);
  });

  it('comes on pages of any size that are one list', async () => {
    const whole = await statement();
    for (const limit of [1, 2, 3, 7]) {
      const met: Line[] = [];
      let cursor = '';
      do {
        const page = await statement(`?limit=${limit}${cursor}`);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        expect(page.balances).toEqual(whole.balances);
        expect(times(page.items)).toEqual(times(page.items).toSorted());
        met.push(...page.items);
        cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
      } while (cursor !== '');
      expect(inOrder(met)).toEqual(inOrder(whole.items));
    }
  });

  it('is CSV or NDJSON by Accept, one line a line', async () => {
    const { items } = await statement();
    const csv = await get('/v1/agents/mentor-1/statement?limit=2', { accept: 'text/csv' });
    const [head = '', ...lines] = String(csv.body).trimEnd().split('\r\n');
    expect(head.split(',').slice(0, 4)).toEqual(['day', 'kind', 'change', 'unit']);
    expect(lines).toHaveLength(2);
    expect(csv.headers.get('next-cursor')).not.toBeNull();
    const headers = { accept: 'application/x-ndjson' };
    const lined = await get('/v1/agents/mentor-1/statement', headers);
    const read = String(lined.body).trimEnd().split('\n');
    expect(read.map((line) => JSON.parse(line))).toEqual(items);
  });

  it('goes on showing what its first page showed, whatever is written since', async () => {
    const first = await statement('?limit=3');
    const whole = await statement();
    await coach('sixth', { menteeId: 'mentee-of-billing' });
    await stage.scored(75, 90, { coachingSessionId: 'lost' });
    await stage.pass(2 * MINUTE);
    const rest = await statement(`?limit=200&cursor=${first.nextCursor}`);
    expect(inOrder([...first.items, ...rest.items])).toEqual(inOrder(whole.items));
    expect(rest.balances).toEqual(whole.balances);
    const now = await statement();
    expect(now.items.length).toBeGreaterThan(whole.items.length);
  });

  it('of a day in the past opens with what stood before it', async () => {
    await stage.pass(DAY);
    await coach('tomorrow', { mentee: { scoreBefore: 80, scoreAfter: 70 } });
    const before = await statement('?from=2032-05-03&to=2032-05-04');
    const after = await statement('?from=2032-05-04&to=2032-05-05');
    expect(after.balances[0]?.opening).toBe(before.balances[0]?.closing);
    expect(after.balances[0]).toMatchObject({ earned: '40', revoked: '0' });
    const points = await get('/v1/agents/mentor-1/points?effective=2032-05-03');
    expect(points.body).toMatchObject({ items: [{ amount: before.balances[0]?.closing }] });
    const empty = await statement('?from=2032-05-03&to=2032-05-03');
    expect(empty.items).toEqual([]);
    const instants = '?from=2032-05-03T00:00:00Z&to=2032-05-04T02:00:00%2B02:00';
    expect(await statement(instants)).toMatchObject({ from: '2032-05-03', to: '2032-05-04' });
  });

  it.each([
    ['query:/from', '?from=2032-02-30'],
    ['query:/from', '?from=2032-05-03T00:00:01Z'],
    ['query:/to', '?from=2032-05-04&to=2032-05-03'],
    ['query:/to', '?to=9999-12-31'],
    ['query:/as_of', '?as_of=2999-01-01T00:00:00Z'],
    ['query:/as_of', '?as_of=yesterday'],
    ['query:/cursor', '?cursor=AAAA'],
    ['query:/cursor', `?cursor=${btoa('9~9~2032-05-03~2032-02-31~20320503').replaceAll('=', '')}`],
    ['query:/limit', '?limit=201'],
    ['query:/until', '?until=2032-05-04'],
  ])('is refused with a pointer to %s for %s', async (pointer, asked) => {
    const { status, body } = await get(`/v1/agents/mentor-1/statement${asked}`);
    expect(status).toBe(422);
    expect((body as { errors: { pointer: string }[] }).errors[0]?.pointer).toBe(pointer);
  });

  it('is refused for a cursor of other days, and for nobody', async () => {
    const { nextCursor } = await statement('?limit=1');
    const other = await get(
      `/v1/agents/mentor-1/statement?cursor=${nextCursor}&from=2032-05-04&to=2032-05-05`,
    );
    expect(other.status).toBe(422);
    expect((await get('/v1/agents/nobody/statement')).status).toBe(404);
    expect(NOON).toBeLessThan(stage.world.now);
  });
});
