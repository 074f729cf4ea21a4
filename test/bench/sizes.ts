/**
 * How many of something a bench plays with: what `--sizes` says, else its own sizes; fewer where
 * `npm run bench` plays all benches and the largest take too long for that.
 */
import { env } from 'cloudflare:workers';

export function sizesOf(alone: readonly number[], amongAll = alone): readonly number[] {
  const { BENCH_SIZES, BENCH_ALL } = env as unknown as Readonly<Record<string, string>>;
  if (BENCH_SIZES !== undefined && BENCH_SIZES !== '') return BENCH_SIZES.split(',').map(Number);
  return BENCH_ALL === 'true' ? amongAll : alone;
}
