/**
 * What the engine draws at random is the same in every run of a plan: agents' keys stand in names
 * by which faults and fates are drawn, and a seed that breaks must break again. Refuses to be left
 * in place: whoever rolls puts the true source back.
 */
import { Chance } from './chance';

/** Draws from a seed until the function it answers is called. */
export function loadedDice(seed: number): () => void {
  const chance = new Chance(seed);
  const roll = <T extends ArrayBufferView>(into: T): T => {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (const index of bytes.keys()) bytes[index] = chance.between(0, 255);
    return into;
  };
  Object.defineProperty(crypto, 'getRandomValues', { value: roll, configurable: true });
  return () => {
    Reflect.deleteProperty(crypto, 'getRandomValues');
  };
}
