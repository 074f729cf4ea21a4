/**
 * `cli doctor`: what a deployment has and lacks, each check with one line. Nothing is changed: the
 * Worker makes one harmless call per binding, everything else is read. Ends with 1 when something
 * does not work; what is merely late is told and ends with 0.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemNow } from '../../runtime/clock.ts';
import { UsageError } from '../flags.ts';
import { readArguments, SERVER_FLAGS, SERVER_USAGE, type Server, serverOf } from './call.ts';
import {
  anchorFinding,
  bindingFindings,
  cronFinding,
  type Diagnosis,
  destinationFindings,
  type Finding,
  type Health,
  healthFindings,
  migrationFinding,
  secretFindings,
  skewFinding,
} from './findings.ts';

export const USAGE = `usage: npm run cli -- doctor
  needs a key with the permission admin
${SERVER_USAGE}`;

const ROOT = join(import.meta.dirname, '../../..');

export async function run(args: readonly string[]): Promise<number> {
  const { values, file } = readArguments(args, SERVER_FLAGS, USAGE);
  if (file !== undefined) throw new UsageError(`doctor takes no file\n${USAGE}`);
  const server = serverOf(values);
  const findings = await examine(server);
  const failed = findings.filter(({ state }) => state === 'FAILS').length;
  if (values.json === true) {
    console.log(JSON.stringify({ url: server.url, failed, findings }));
  } else {
    for (const { state, check, says } of findings) {
      console.log(`${state.padEnd(5)}  ${check.padEnd(22)} ${says}`);
    }
    console.log(failed === 0 ? 'nothing fails' : `${failed} of ${findings.length} fail`);
  }
  return failed === 0 ? 0 : 1;
}

async function examine(server: Server): Promise<Finding[]> {
  const asked = systemNow();
  const diagnosis = (await server.get('/v1/diagnosis')) as Diagnosis;
  const answered = systemNow();
  const health = (await server.get('/v1/health')) as Health;
  const anchors = (await server.get('/v1/ledger/anchors?limit=1')) as {
    readonly items: readonly { readonly day: string; readonly takenAt: string }[];
  };
  return [
    ...secretFindings(diagnosis),
    ...bindingFindings(diagnosis),
    ...destinationFindings(diagnosis),
    migrationFinding(diagnosis, migrationsHere()),
    cronFinding(diagnosis, cronsHere()),
    skewFinding(diagnosis, (asked + answered) / 2),
    anchorFinding(diagnosis, anchors.items[0] ?? null),
    ...healthFindings(health),
  ];
}

const migrationsHere = (): string[] =>
  readdirSync(join(ROOT, 'migrations'))
    .filter((name) => name.endsWith('.sql'))
    .sort();

function cronsHere(): string[] {
  const toml = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
  const [, list = ''] = /^crons = \[(.*)\]$/m.exec(toml) ?? [];
  return JSON.parse(`[${list}]`) as string[];
}
