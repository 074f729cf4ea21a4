/**
 * `npm run wrangler -- <command>`: Wrangler of this repository on its own Node, without telemetry,
 * error reports, banner and update checks. Questions stay: a deployment may ask.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { QUIET_TOOLS } from './engine/quiet.ts';

const ROOT = join(import.meta.dirname, '../..');
const { CI: _asks, ...quiet } = QUIET_TOOLS;

const { status } = spawnSync(join(ROOT, 'node_modules/.bin/wrangler'), process.argv.slice(2), {
  cwd: ROOT,
  stdio: 'inherit',
  shell: process.platform === 'win32',
  env: { ...process.env, ...quiet },
});
process.exit(status ?? 1);
