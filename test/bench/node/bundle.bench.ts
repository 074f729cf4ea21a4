/**
 * `npm run bench -- bundle`: what is uploaded, as Wrangler builds it, plain and compressed, and how
 * long workerd takes from its start to the first answer, beside an empty Worker.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, expect, it } from 'vitest';
import { atMost, middleOf, noBar, Report } from '../report';

const ROOT = join(import.meta.dirname, '../../..');
const STARTS = 7;
const directory = mkdtempSync(join(tmpdir(), 'guerdon-bundle-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const EMPTY = 'export default { fetch: () => new Response("ok") }';

/** The deployed build: one module. */
function built(): string {
  const out = join(directory, 'out');
  const ran = spawnSync(
    'node',
    ['src/cli/wrangler.ts', 'deploy', '--dry-run', '--minify', '--outdir', out],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(ran.status, ran.stderr).toBe(0);
  const [file, ...others] = globSync('*.js', { cwd: out });
  expect(others).toEqual([]);
  return readFileSync(join(out, file ?? ''), 'utf8');
}

/** Real milliseconds from the start of workerd to the first answer; objects and D1 are bound. */
async function startOf(contents: string): Promise<number> {
  const classes = [...contents.matchAll(/export\s*\{([^}]*)\}/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/([A-Za-z]+Object)\b/g)].map(([name]) => name),
  );
  const begun = performance.now();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      telemetry: { enabled: false },
      resourcePersistencePath: join(directory, `state-${begun}`),
      compatibilityDate: '2026-10-01',
      compatibilityFlags: ['nodejs_compat'],
      modules: [{ type: 'ESModule' as const, path: 'worker.mjs', contents }],
      d1Databases: { DB: 'db' },
      durableObjects: Object.fromEntries(
        [...new Set(classes)].map((name) => [name, { className: name, useSQLite: true }]),
      ),
    }),
  );
  const answer = await miniflare.dispatchFetch('http://127.0.0.1/openapi.json');
  await answer.text();
  const ms = performance.now() - begun;
  expect(answer.status).toBe(200);
  await miniflare.dispose();
  return ms;
}

it('size and start-up', async () => {
  const text = built();
  const [own, empty]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < STARTS; turn += 1) {
    empty.push(await startOf(EMPTY));
    own.push(await startOf(text));
  }
  const report = new Report('bundle', ['worker', 'KiB', 'KiB gzip', 'ms to the first answer']);
  const kib = (bytes: number): string => (bytes / 1024).toFixed(1);
  for (const [name, code, times] of [
    ['guerdon, minified', text, own],
    ['an empty one', EMPTY, empty],
  ] as const) {
    report.row(
      name,
      kib(Buffer.byteLength(code)),
      kib(gzipSync(code, { level: 9 }).length),
      middleOf(times).toFixed(0),
    );
  }
  const added = middleOf(own.map((ms, turn) => ms - (empty[turn] ?? 0)));
  const zipped = Math.round(gzipSync(text, { level: 9 }).length / 1024);
  report.sum(
    atMost('bundle, minified and compressed (limit of the platform)', zipped, 10_240, 'KiB'),
    noBar('start and first answer beyond an empty Worker', `${added.toFixed(0)} ms`),
  );
  report.note(
    `its start and its first answer (the OpenAPI document) take ${added.toFixed(0)} ms more than an empty Worker's; medians of ${STARTS} starts in turn.`,
  );
  report.print();
});
