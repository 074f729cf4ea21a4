/**
 * Runs before every command of package.json, on whatever Node the machine has: installs what the
 * lockfile names when it is not installed, and says so in one line. npm puts `node_modules/.bin`
 * on PATH before it exists, so the rest of the same command runs on the Node that came with it.
 * Refuses to go on where neither that Node nor a new enough one of the machine is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** The first Node that runs TypeScript files and is supported by Wrangler. */
const OLDEST_NODE = [22, 18];

const root = join(import.meta.dirname, '../..');

/** The packages of a lockfile by their place, or none when there is no such file. */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/**
 * npm writes the hidden lockfile last, so an install that was cut off has none. Contents are
 * compared and not times: a checkout touches files that it does not change.
 */
function installed() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules/.package-lock.json'));
  if (Object.keys(present).length === 0) return false;
  return Object.entries(wanted).every(([place, { version, integrity, optional }]) => {
    if (place === '') return true;
    const found = present[place];
    if (found === undefined) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

function install() {
  console.log('installing what package-lock.json names (once)');
  const npm = process.env.npm_execpath;
  const ran =
    npm === undefined
      ? spawnSync('npm', ['ci'], {
          cwd: root,
          stdio: 'inherit',
          shell: process.platform === 'win32',
        })
      : spawnSync(process.execPath, [npm, 'ci'], { cwd: root, stdio: 'inherit' });
  if (ran.status !== 0) {
    console.error('npm ci failed; the lines above say why');
    process.exit(ran.status ?? 1);
  }
}

function newEnough() {
  const bin = process.platform === 'win32' ? 'node.cmd' : 'node';
  if (existsSync(join(root, 'node_modules/.bin', bin))) return true;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

if (!installed()) install();
if (!newEnough()) {
  console.error(
    `there is no bundled Node for ${process.platform} ${process.arch}, and ${process.version} is too old: ` +
      `install Node ${OLDEST_NODE.join('.')} or later`,
  );
  process.exit(1);
}
