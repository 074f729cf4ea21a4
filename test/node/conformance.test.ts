import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BEGIN, HAZARDS, withConformance } from '../conformance/table';

const README = join(import.meta.dirname, '../../README.md');
const TESTS = join(import.meta.dirname, '../conformance/mentorship.test.ts');
const SEED_TRAPS = 4;
const SEED_EDGE_CASES = 3;

describe('the conformance table', () => {
  it('lists every trap and every edge case of the mentorship document', () => {
    expect(HAZARDS.filter(({ kind }) => kind === 'Trap')).toHaveLength(SEED_TRAPS);
    expect(HAZARDS.filter(({ kind }) => kind === 'Edge Case')).toHaveLength(SEED_EDGE_CASES);
  });

  it('names a test for each hazard that is not later', () => {
    const tests = readFileSync(TESTS, 'utf8');
    const missing = HAZARDS.filter(
      ({ name, state }) => state === 'tested' && !tests.includes(`hazard('${name}'`),
    );
    expect(missing).toEqual([]);
  });

  it('stands in the README as it is generated (CONFORMANCE=write writes it)', () => {
    if (!existsSync(README)) return;
    const readme = readFileSync(README, 'utf8');
    if (!readme.includes(BEGIN)) return;
    if (process.env.CONFORMANCE === 'write') writeFileSync(README, withConformance(readme));
    expect(readFileSync(README, 'utf8')).toBe(withConformance(readme));
  });
});
