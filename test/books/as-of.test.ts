/**
 * What was recorded then and what belongs to a day: balances and statements against plain sums over
 * the same entries, whatever the order in which awards and revocations were sealed.
 */
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, expect, it, vi } from 'vitest';
import { commit } from '../../src/ledger/client';
import { api, DAY, must, people, personRow, postRow, signIn } from '../boards/stage';
import { behindTheTriggers } from '../ledger/books';

const START = Date.UTC(2032, 0, 1, 12);
vi.useFakeTimers({ toFake: ['Date'] });

interface Move {
  readonly agent: number;
  /** Days after the first at which it belongs, and after which it is sealed. */
  readonly day: number;
  readonly points: number;
  /** Seals are written a minute after the other, a whole group at once. */
  readonly group: number;
}

const GROUPS = 6;
const DAYS = 8;
const AGENTS = 3;
const moves = fc.array(
  fc.record({
    agent: fc.nat(AGENTS - 1),
    day: fc.nat(DAYS - 1),
    points: fc.integer({ min: -500, max: 500 }).filter((points) => points !== 0),
    group: fc.nat(GROUPS - 1),
  }),
  { minLength: 1, maxLength: 25 },
);

let run = 0;
const nameOf = (agent: number): string => `r${run}a${agent}`;
const sealedAt = (group: number): number => START + run * DAY * 30 + group * 60_000;
const dayText = (day: number): string =>
  new Date(START + run * DAY * 30 + day * DAY).toISOString().slice(0, 10);

/** Commits the moves of each group; within a group in the order given. */
async function record(all: readonly Move[]): Promise<void> {
  run += 1;
  vi.setSystemTime(sealedAt(0));
  // Runs lie a month apart, and keys expire.
  await signIn();
  await people(
    Array.from({ length: AGENTS }, (_, agent) => nameOf(agent)),
    sealedAt(0) - 60_000,
  );
  for (let group = 0; group < GROUPS; group += 1) {
    const at = sealedAt(group);
    const rows = all
      .map((move, index) => ({ ...move, index }))
      .filter((move) => move.group === group)
      .map(({ agent, day, points, index }) => {
        const session = `run${run}-${index}`;
        const occurredAt = START + run * DAY * 30 + day * DAY;
        return postRow({ agentId: nameOf(agent), session, number: 1, points, at: occurredAt }, at);
      });
    if (rows.length > 0) await must(commit(env, { rows }, at));
  }
  vi.setSystemTime(sealedAt(GROUPS));
}

const total = (all: readonly Move[], counts: (move: Move) => boolean): number =>
  all.filter(counts).reduce((sum, { points }) => sum + points, 0);

interface Told {
  readonly balances: readonly Readonly<Record<string, string>>[];
  readonly items: readonly { readonly change: string; readonly amount: string }[];
}

async function read(path: string): Promise<Told> {
  const told = await api('GET', path);
  if (told.status !== 200) throw new Error(JSON.stringify(told.body));
  return told.body as unknown as Told;
}

const numbers = (values: readonly (string | undefined)[]): number =>
  values.reduce((sum, value) => sum + Number(value ?? 0), 0);

it('a statement closes with the balance as of its end, under any order', async () => {
  const asked = fc.record({
    from: fc.nat(DAYS),
    length: fc.nat(DAYS),
    group: fc.nat(GROUPS - 1),
    agent: fc.nat(AGENTS - 1),
    limit: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(moves, asked, async (all, { from, length, group, agent, limit }) => {
      await record(all);
      const to = from + length;
      const asOf = encodeURIComponent(new Date(sealedAt(group)).toISOString());
      const own = (move: Move): boolean => move.agent === agent && move.group <= group;
      const closing = total(all, (move) => own(move) && move.day < to);
      const opening = total(all, (move) => own(move) && move.day < from);
      const period = `from=${dayText(from)}&to=${dayText(to)}&as_of=${asOf}`;
      const path = `/v1/agents/${nameOf(agent)}/statement?${period}&limit=${limit}`;

      const lines: string[] = [];
      let cursor: unknown = null;
      do {
        const page = await read(cursor === null ? path : `${path}&cursor=${cursor}`);
        lines.push(...page.items.map(({ change }) => change));
        const [sums] = page.balances;
        expect(Number(sums?.opening ?? 0)).toBe(opening);
        expect(Number(sums?.closing ?? 0)).toBe(closing);
        const parts = [sums?.opening, sums?.earned, sums?.revoked];
        expect(numbers(parts)).toBe(closing);
        cursor = (page as unknown as { nextCursor: string | null }).nextCursor;
      } while (cursor !== null);
      expect(opening + numbers(lines)).toBe(closing);
      expect(lines).toHaveLength(
        all.filter((move) => own(move) && move.day >= from && move.day < to).length,
      );

      if (to > 0) {
        const day = `effective=${dayText(to - 1)}&as_of=${asOf}`;
        const points = await read(`/v1/agents/${nameOf(agent)}/points?${day}`);
        expect(numbers(points.items.map(({ amount }) => amount))).toBe(closing);
        const address = `agent:${nameOf(agent)}:points:Mentorship:none`;
        const account = await read(
          `/v1/ledger/accounts/${encodeURIComponent(address)}?${day}&limit=200`,
        );
        expect(numbers(account.balances.map(({ amount }) => amount))).toBe(closing);
        expect(numbers(account.items.map(({ change }) => change))).toBe(closing);
      }
      const now = await read(`/v1/agents/${nameOf(agent)}/points`);
      const held = total(all, (move) => move.agent === agent);
      expect(numbers(now.items.map(({ amount }) => amount))).toBe(held);
    }),
    { numRuns: 25 },
  );
});

const program = (query = '') => read(`/v1/ledger/accounts/program:Mentorship${query}`);
const instant = (at: number): string => encodeURIComponent(new Date(at).toISOString());

it('a running account is what it was, and lists what was sealed until then', async () => {
  await record([]);
  const before = numbers((await program()).balances.map(({ amount }) => amount));
  const all = [10, -4, 25, 7].map((points, group) => ({ agent: 0, day: group, points, group }));
  const base = Date.now();
  for (const [group, move] of all.entries()) {
    const name = { agentId: nameOf(0), session: `running-${group}`, number: 1 };
    const at = base + (group + 1) * 60_000;
    await must(commit(env, { rows: [postRow({ ...name, points: move.points, at }, at)] }, at));
  }
  vi.setSystemTime(base + DAY);
  for (let group = 0; group <= all.length; group += 1) {
    const at = base + group * 60_000;
    const given = total(all, (move) => move.group < group);
    const then = await program(`?as_of=${instant(at)}&limit=3`);
    expect(then.balances).toMatchObject([{ amount: String(before - given) }]);
    const [newest] = then.items;
    const last = all[group - 1];
    if (last !== undefined) expect(newest?.change).toBe(String(-last.points));
    const trial = await api('GET', `/v1/ledger/trial-balance?as_of=${instant(at)}`);
    expect(trial.body).toMatchObject({ balanced: true, drift: [] });
    expect(trial.body.units).toMatchObject([{ others: String(before - given), sum: '0' }]);
  }
});

it('a running account is exact also hundreds of seals back', async () => {
  const at = Date.now();
  const before = await program();
  await api('GET', '/v1/health');
  for (let seal = 0; seal < 205; seal += 1) {
    const rows = [personRow({ agentId: 'often', version: seal + 1 }, at + 1000)];
    await must(commit(env, { rows }, at + 1000 + seal));
  }
  const name = { agentId: nameOf(0), session: 'far', number: 1 };
  await must(commit(env, { rows: [postRow({ ...name, points: 3, at }, at)] }, at + 2000));
  vi.setSystemTime(at + 10_000);
  const then = await program(`?as_of=${instant(at)}`);
  expect(then.balances).toEqual(before.balances);
  expect(then.items).toEqual(before.items);
  expect((await program()).balances).not.toEqual(before.balances);
});

it('before the first seal nothing was recorded', async () => {
  const then = '?as_of=1999-01-01T00:00:00Z';
  expect((await read(`/v1/agents/${nameOf(0)}/points${then}`)).items).toEqual([]);
  expect((await read(`/v1/agents/${nameOf(0)}/statement${then}`)).balances).toEqual([]);
  const account = await program(then);
  expect(account.items).toEqual([]);
  expect(numbers(account.balances.map(({ amount }) => amount))).toBe(0);
  const trial = await api('GET', `/v1/ledger/trial-balance${then}`);
  expect(trial.body).toMatchObject({ balanced: true, units: [] });
});

it.each([
  ['query:/as_of', '/v1/agents/r1a0/points?as_of=2999-01-01T00:00:00Z'],
  ['query:/as_of', '/v1/ledger/accounts/program:Mentorship?as_of=2032-01-01'],
  ['query:/as_of', '/v1/ledger/trial-balance?as_of=2999-01-01T00:00:00Z'],
  ['query:/effective', '/v1/agents/r1a0/points?effective=2032-13-01'],
  ['query:/effective', '/v1/agents/r1a0/points?effective=9999-12-31'],
  ['query:/effective', '/v1/ledger/accounts/program:Mentorship?effective=2032-01-01'],
])('a refusal points to %s of %s', async (pointer, path) => {
  const { status, body } = await api('GET', path);
  expect(status).toBe(422);
  expect((body.errors as { pointer: string }[])[0]?.pointer).toBe(pointer);
});

it('a person who was erased is shown by the key the books show, and by nothing else', async () => {
  await record([{ agent: 0, day: 0, points: 12, group: 0 }]);
  const key = `k${nameOf(0)}`.padEnd(16, 'a').slice(0, 16);
  // Keys that are given out are base32; this one must look like one.
  const base32 = key.replaceAll(/[0189]/g, 'x');
  const [from, to] = [dayText(0), dayText(1)];
  expect((await api('GET', `/v1/agents/${base32}/statement`)).status).toBe(404);
  const person = personRow({ agentId: 'gone' }, Date.now());
  const id = `agent/${base32}/000001`;
  await must(
    commit(
      env,
      { rows: [{ ...person, id, values: { ...person.values, name: base32 } }] },
      Date.now(),
    ),
  );
  await behindTheTriggers(() =>
    env.DB.prepare('UPDATE config SET author = NULL, content = NULL, salt = NULL WHERE id = ?')
      .bind(id)
      .run(),
  );
  await behindTheTriggers(() =>
    env.DB.prepare(
      'UPDATE entries SET id = replace(id, ?1, ?2), to_account = replace(to_account, ?1, ?2) WHERE id > ?1 AND id < ?3',
    )
      .bind(key, base32, `${key}/`)
      .run(),
  );
  const path = `/v1/agents/${base32}/statement?from=${from}&to=${to}`;
  const { status, body } = await api('GET', path);
  expect(status).toBe(200);
  expect(body).toMatchObject({ agentId: null, erased: true, items: [{ change: '12' }] });
  expect((body.items as { account: string }[])[0]?.account).toContain(`agent:${base32}:`);
  const points = await api('GET', `/v1/agents/${base32}/points`);
  expect(points.body).toMatchObject({ agentId: null, items: [{ amount: '12' }] });
});

beforeAll(() => {
  vi.setSystemTime(START);
});
