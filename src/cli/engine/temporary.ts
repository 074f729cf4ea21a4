/**
 * Where throw-away databases are kept while tests run: in memory where the machine offers it. Each
 * new object costs eight waits for the disk, which is most of what the tests would do.
 */
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import process from 'node:process';

const MEMORY = '/dev/shm';
/** Containers often offer 64 MB, which a long run fills. */
const LEAST_FREE_BYTES = 4 * 2 ** 30;

/** The directory for temporary files: memory with room enough, else what the machine says. */
export function temporaryDirectory(): string {
  if (process.env.TMPDIR !== undefined) return tmpdir();
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= LEAST_FREE_BYTES ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
