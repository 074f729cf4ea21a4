import { describe, expect, it } from 'vitest';
import { ran } from './run.ts';

const SLOW = { timeout: 240_000 };

describe('a served Worker that is killed under load', () => {
  it('keeps what it acknowledged, once, and owes nothing five seconds later', SLOW, async () => {
    const { code, out, err } = await ran(['src/cli/sim-kill.ts', '--rounds', '3']);
    console.log(out.trim());
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^all kept: 3 kills /);
  });

  it('goes on from what another checkout has written', SLOW, async () => {
    const { code, out, err } = await ran(['src/cli/sim-kill.ts', '--rounds', '2', '--before', '.']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^all kept: 2 kills /);
  });

  it('takes a number of rounds and nothing else', async () => {
    const { code, err } = await ran(['src/cli/sim-kill.ts', '--rounds', 'many']);
    expect([code, err]).toEqual([2, expect.stringContaining('--rounds takes a number')]);
    const other = await ran(['src/cli/sim-kill.ts', '--before', 'nowhere']);
    expect([other.code, other.err]).toEqual([2, expect.stringContaining('nowhere is none')]);
  });
});
