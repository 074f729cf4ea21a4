/**
 * Which test files are pure: neither they nor anything they import reaches the platform, so nothing
 * of one can be left over for the next, and they share a worker. Refuses to guess: a file counts as
 * pure only by what it imports.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { importsOf } from './imports.ts';
import { ROOT, readSource } from './source.ts';

const fileOf = (target: string): string | null =>
  [`${target}.ts`, `${target}/index.ts`].find((path) => existsSync(join(ROOT, path))) ?? null;

/** By path from the root: whether it reaches the platform itself or through others. */
type Reaching = Map<string, boolean>;

function reaches(path: string, known: Reaching): boolean {
  const before = known.get(path);
  if (before !== undefined) return before;
  // In a circle of imports the others decide.
  known.set(path, false);
  const found = importsOf(readSource(path)).some(({ specifier, target, typeOnly }) => {
    if (typeOnly) return false;
    if (target === null) return specifier.startsWith('cloudflare:');
    const file = fileOf(target);
    return file !== null && reaches(file, known);
  });
  known.set(path, found);
  return found;
}

export function pureTests(tests: readonly string[]): string[] {
  const known: Reaching = new Map();
  return tests.filter((path) => !reaches(path, known));
}
