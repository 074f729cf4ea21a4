/** The only source of chance. Nothing that must be exactly-once is named by it. */

export const randomBytes = (count: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(count));

/** Hex of random bytes, for request ids and salts. */
export const randomHex = (bytes: number): string => Buffer.from(randomBytes(bytes)).toString('hex');

/** A delay spread over ± 50 %, so that those who failed together do not return together. */
export function jittered(ms: number): number {
  const [byte = 0] = randomBytes(1);
  return Math.round(ms * (0.5 + byte / 255));
}
