/** Keys of the HRIS: two lines never share one, whatever agents, plans and periods are called (DEC-4). */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { agentIdText } from '../../src/agents/agent';
import { planSchema } from '../../src/pay/plans/plan';
import { payKey } from '../../src/pay/runs/dispatch/payload';
import { SEED_PLAN } from './build';

const prefixField = planSchema.shape.keyPrefix;
const isTaken = (prefix: string): boolean => prefixField.safeParse(prefix).success;

/** Pieces of which keys consist, so that those that look alike are drawn often. */
const PIECES = ['VAR', 'PAY', '2024', '10', '01', 'Q4', 'v1', 'v2', 'a', '', '%', '%5F', 'ü'];
const text = (most: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: most })
    .map((pieces) => pieces.join('_'));

const prefixes = text(6)
  .map((prefix) => prefix.replace(/[^A-Za-z0-9_]/g, ''))
  .filter(isTaken);
const agents = text(7).filter((agent) => agentIdText.safeParse(agent).success);
/** A plan keeps its cadence, so periods of one prefix are of one form. */
const LABELS = [
  ['2024-10', '2024-01'],
  ['2024-Q4', '2024-Q1'],
  ['2024-10-01', '2024-01-10', '2024-10-10'],
] as const;

const lines = fc
  .record({ prefix: prefixes, cadence: fc.constantFrom(0, 1, 2) })
  .chain(({ prefix, cadence }) =>
    fc.record({
      prefix: fc.constant(prefix),
      cadence: fc.constant(cadence),
      period: fc.constantFrom(...(LABELS[cadence] ?? [])),
      number: fc.constantFrom(1, 2, 12),
      agent: agents,
    }),
  );

it('lines that differ have keys that differ', () => {
  fc.assert(
    fc.property(lines, lines, (one, other) => {
      fc.pre(one.prefix !== other.prefix || one.cadence === other.cadence);
      const keys = [one, other].map((line) => payKey(line.prefix, line, line.agent));
      expect(keys[0] === keys[1]).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2_000 },
  );
});

const FORMS = [
  /^_[0-9]{4}_[0-9]{2}_(.+)$/,
  /^_[0-9]{4}_Q[1-4]_(.+)$/,
  /^_[0-9]{4}_[0-9]{2}_[0-9]{2}_(.+)$/,
];

/** Every way to cut a key into a prefix that a plan may have, a period and an agent. */
function readings(key: string): { readonly prefix: string; readonly cadence: number }[] {
  const [, front = ''] = /^(.*)_v[1-9][0-9]*$/.exec(key) ?? [];
  return Array.from(front, (_, at) => at).flatMap((at) =>
    FORMS.flatMap((form, cadence) => {
      const prefix = front.slice(0, at);
      return form.test(front.slice(at)) && isTaken(prefix) ? [{ prefix, cadence }] : [];
    }),
  );
}

it('a key can be read in one way only: of one prefix, and of a period of each cadence', () => {
  fc.assert(
    fc.property(lines, ({ prefix, cadence, period, number, agent }) => {
      const found = readings(payKey(prefix, { period, number }, agent));
      expect(found).toContainEqual({ prefix, cadence });
      expect(new Set(found.map((one) => one.prefix)).size).toBe(1);
      expect(found.filter((one) => one.cadence === cadence)).toHaveLength(1);
    }),
    { numRuns: 2_000 },
  );
});

it.each(['VAR_PAY_2024_10', 'VAR_PAY_2024_Q4', 'VAR_PAY_2024_10_07', 'VAR_PAY_2024_10_SALES'])(
  'a prefix like %s, behind which another key could go on, is refused',
  (keyPrefix) => {
    const parsed = planSchema.safeParse({ ...SEED_PLAN, keyPrefix });
    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([['keyPrefix']]);
  },
);

it('what a header cannot carry is escaped in a key, and everything else stands as it is', () => {
  const key = (agent: string): string => payKey('VAR_PAY', { period: '2023-Q4', number: 1 }, agent);
  expect(key('agent-uuid-456')).toBe('VAR_PAY_2023_Q4_agent-uuid-456_v1');
  expect(key("o'neil@example.com")).toBe("VAR_PAY_2023_Q4_o'neil@example.com_v1");
  expect([key('Zoë 1'), key('Zo%C3%AB%201')]).toEqual([
    'VAR_PAY_2023_Q4_Zo%C3%AB%201_v1',
    'VAR_PAY_2023_Q4_Zo%25C3%25AB%25201_v1',
  ]);
});
