import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChangeSet, checkChangeSet } from '../../src/kernel/change-set';
import { canonicalJson, hashFields } from '../../src/kernel/hash';
import { AGENT_KEY_LENGTH, agentKeyOf, causeId, configId } from '../../src/kernel/ids';
import { parseJson, parseJsonBytes } from '../../src/kernel/json';

describe('a name from a cause', () => {
  test('differs wherever the fields are cut differently', () => {
    expect(hashFields('g1', '2024-09')).not.toBe(hashFields('g12', '024-09'));
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        expect(hashFields(...a) === hashFields(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  test('is the published SHA-256 over length-prefixed bytes', () => {
    const known = createHash('sha256').update('1:a2:\u00fc').digest('hex');
    expect(hashFields('a', '\u00fc')).toBe(known);
    expect(causeId('a', '\u00fc')).toBe(known.slice(0, 32));
  });

  test('of an agent is sixteen characters of base32, one to one with its ten bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        expect(agentKeyOf(bytes)).toMatch(/^[a-z2-7]{16}$/);
      }),
    );
    expect(agentKeyOf(new Uint8Array(10))).toBe('a'.repeat(AGENT_KEY_LENGTH));
    expect(agentKeyOf(new Uint8Array(10).fill(255))).toBe('7'.repeat(AGENT_KEY_LENGTH));
  });

  test('of versions sorts as text', () => {
    expect(configId('rule', 'a', 9) < configId('rule', 'a', 10)).toBe(true);
  });
});

describe('canonical JSON', () => {
  test('sorts names and refuses what has no JSON form', () => {
    expect(canonicalJson({ b: 1, a: [1.5, null] })).toBe('{"a":[1.5,null],"b":1}');
    expect(() => canonicalJson({ a: Number.NaN })).toThrow();
    expect(() => canonicalJson({ a: '\uD800' })).toThrow();
  });
});

describe('JSON from outside', () => {
  test('keeps the digits that a double would lose', () => {
    expect(
      parseJson('{"a":0.1234567890123456789,"b":12345678901234567890,"c":92.50,"d":1e400}'),
    ).toEqual({
      ok: true,
      value: { a: '0.1234567890123456789', b: '12345678901234567890', c: 92.5, d: '1e400' },
    });
  });

  test('is refused with a byte order mark, broken UTF-8 or broken syntax', () => {
    expect(parseJsonBytes(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])).ok).toBe(false);
    expect(parseJsonBytes(new Uint8Array([0x22, 0xff, 0x22])).ok).toBe(false);
    expect(parseJson('{').ok).toBe(false);
    expect(parseJson('').ok).toBe(false);
  });
});

describe('a change set', () => {
  const row = (id: string, values = {}) => ({ table: 'audit', id, values });
  test.each<[string, ChangeSet]>([
    ['at least one row', { rows: [] }],
    ['stands twice', { rows: [row('a'), row('a')] }],
    ['safe integer', { rows: [row('a', { at: 1.5 })] }],
    ['safe integer', { rows: [row('a', { at: 2 ** 53 })] }],
    ['no UTF-8 form', { rows: [row('a', { at: '\uD800' })] }],
    ['no UTF-8 form', { rows: [row('a', { at: 'x\u0000' })] }],
    ['no column', { rows: [row('a', { 'at; DROP': 1 })] }],
    ['empty or too long', { rows: [row('')] }],
    ['more than', { rows: Array.from({ length: 501 }, (_, index) => row(`${index}`)) }],
    ['more than', { rows: [row('a', { at: 'x'.repeat(600_000) })] }],
  ])('is refused because of %s', (reason, set) => {
    expect(checkChangeSet(set)).toContain(reason);
  });

  test('that is well made is taken', () => {
    expect(checkChangeSet({ rows: [row('a', { at: 1, action: 'X', note: null })] })).toBeNull();
  });
});
