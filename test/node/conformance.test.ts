import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conformanceSection, DOCUMENTS, withConformance } from '../conformance/documents';

const README = join(import.meta.dirname, '../../README.md');
const TESTS = join(import.meta.dirname, '../conformance');

describe.each(DOCUMENTS)('the conformance table of $name', (document) => {
  const { hazards, traps, edgeCases, tests } = document;

  it('lists every trap and every edge case of the document', () => {
    expect(hazards.filter(({ kind }) => kind === 'Trap')).toHaveLength(traps);
    expect(hazards.filter(({ kind }) => kind === 'Edge Case')).toHaveLength(edgeCases);
  });

  it('names a test for each hazard that is not later', () => {
    const text = readFileSync(join(TESTS, tests), 'utf8');
    const missing = hazards.filter(
      ({ name, state }) => state === 'tested' && !text.includes(`hazard('${name}'`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the README', () => {
  it('has the tables as they are generated (CONFORMANCE=write writes them)', () => {
    if (!existsSync(README)) return;
    const readme = readFileSync(README, 'utf8');
    if (process.env.CONFORMANCE === 'write') writeFileSync(README, withConformance(readme));
    const written = readFileSync(README, 'utf8');
    expect(written).toBe(withConformance(readme));
    // Without its markers a table would be neither written nor compared.
    for (const document of DOCUMENTS) expect(written).toContain(conformanceSection(document));
  });

  it('has each table between its own markers, wherever they stand', () => {
    const [first, ...rest] = DOCUMENTS;
    if (first === undefined) throw new Error('a document');
    const bare = DOCUMENTS.toReversed()
      .map(({ begin, end }) => `${begin}\nwhat stood here\n${end}`)
      .join('\n\n');
    const whole = withConformance(bare);
    for (const document of [first, ...rest]) {
      expect(whole).toContain(conformanceSection(document));
    }
    expect(whole).not.toContain('what stood here');
    expect(withConformance('no markers')).toBe('no markers');
  });
});
