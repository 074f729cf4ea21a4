import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes } from '../../src/kernel/hash';
import { grown, NO_TREE, rootOf } from '../../src/ledger/seals/merkle';

/** Leaves and roots that certificate transparency logs publish to test themselves. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** The definition of RFC 6962, section 2.1, word for word. */
function defined(leaves: readonly string[]): string {
  const [only] = leaves;
  if (only === undefined) return hashBytes('');
  const bytes = (prefix: string, ...hex: string[]) => Buffer.from(prefix + hex.join(''), 'hex');
  if (leaves.length === 1) return hashBytes(bytes('00', only));
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const [left, right] = [defined(leaves.slice(0, split)), defined(leaves.slice(split))];
  return hashBytes(bytes('01', left, right));
}

describe('the root of the seals', () => {
  it('is that of the published vectors', () => {
    const roots = LEAVES.map((_, index) => rootOf(grown(NO_TREE, LEAVES.slice(0, index + 1))));
    expect(roots).toEqual(ROOTS);
    expect(rootOf(NO_TREE)).toBe(hashBytes(''));
  });

  it('is the one the standard defines, in however many steps the tree grew', () => {
    const leaf = fc.stringMatching(/^[0-9a-f]{64}$/);
    fc.assert(
      fc.property(fc.array(fc.array(leaf, { maxLength: 20 }), { maxLength: 6 }), (steps) => {
        const tree = steps.reduce(grown, NO_TREE);
        expect(tree.size).toBe(steps.flat().length);
        expect(rootOf(tree)).toBe(defined(steps.flat()));
      }),
    );
  });
});
