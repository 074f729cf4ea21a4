/** The command line against a served Worker, and what it says where the call itself is wrong. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEMES } from '../../src/intake/signatures/profile.ts';
import { freePort } from './port.ts';
import { ROOT, ran, type Said, served, TOKEN } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'guerdon-cli-'));
const books = join(folder, 'books.ndjson');
const script = join(folder, 'check.mjs');
const SECRET = 'd2hhdCBub2JvZHkga25vd3MgYnV0IHVz';
/** A busy machine takes its time. */
const STARTED_MS = 60_000;
let url = '';
let running: ChildProcess | undefined;

const cli = (args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Said> =>
  ran(
    ['src/cli/cli.ts', ...args],
    { GUERDON_URL: url, GUERDON_KEY: TOKEN, GUERDON_SECRET: SECRET, ...env },
    input,
  );
const json = async (args: readonly string[], env = {}, input = '') => {
  const said = await cli([...args, '--json'], env, input);
  return { ...said, value: JSON.parse(said.out || 'null') as Record<string, unknown> };
};

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (response.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

const event = (id: string): string =>
  JSON.stringify({
    eventType: 'performance.coaching.created',
    eventId: id,
    timestamp: '2024-09-01T11:00:00Z',
    coachingSessionId: `cs-${id}`,
    sessionType: 'Mentorship_Pairing',
    mentorId: 'ada',
    menteeId: 'ben',
  });

/** The fenced block of the README that begins so. */
function block(language: string): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('## Checking the books without us'));
  const [, text] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(section) ?? [];
  if (text === undefined) throw new Error(`the README has no block of ${language}`);
  return text;
}

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  running = await served(port, join(folder, 'state'));
  await call('PUT', '/v1/sandbox/clock', { now: '2024-09-01T12:00:00Z' });
  for (const agent of ['ada', 'ben']) await call('PUT', `/v1/agents/${agent}`, { name: agent });
  for (const scheme of SCHEMES) {
    const secrets = [scheme === 'standard' ? `whsec_${SECRET}` : SECRET];
    await call('PUT', `/v1/sources/of-${scheme}`, { signature: { scheme }, secrets });
  }
  writeFileSync(script, block('js'));
}, STARTED_MS);

afterAll(() => {
  running?.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('send', () => {
  const at = ['--at', '2024-09-01T12:01:00Z'];

  it.each(SCHEMES)('signs as a source of the scheme %s does', async (scheme) => {
    const sent = await json(['send', '--source', `of-${scheme}`, ...at], {}, event(scheme));
    expect([sent.code, sent.err]).toEqual([0, '']);
    expect(sent.value).toMatchObject({ status: 200, body: { status: 'accepted' } });
  });

  it('needs no key where the scheme is given', async () => {
    const args = ['send', '--source', 'of-hmac-hex', '--scheme', 'hmac-hex'];
    const sent = await cli(args, { GUERDON_KEY: '' }, event('hmac-hex'));
    expect(sent).toMatchObject({ code: 0, out: expect.stringMatching(/^200 .*duplicate/) });
  });

  it('ends with 1 when the source refuses it', async () => {
    const args = ['send', '--source', 'of-hmac-hex', '--secret', 'not the secret at all'];
    expect(await cli(args, {}, event('x'))).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^401 /),
    });
  });
});

describe('export and verify', () => {
  let anchor = '';

  beforeAll(async () => {
    await call('PUT', '/v1/sandbox/clock', { now: '2024-09-03T12:00:00Z' });
    for (let index = 0; index < 20; index += 1) {
      await call('PUT', `/v1/agents/more-${index}`, { name: `Zoë ${index}` });
    }
    const { items } = (await call('GET', '/v1/ledger/anchors')) as { items: { anchor: string }[] };
    anchor = items[0]?.anchor ?? '';
  }, STARTED_MS);

  it('go round: what was exported is whole, offline, by two programs', async () => {
    const exported = await json(['export', '--out', books]);
    expect([exported.code, exported.err]).toEqual([0, '']);
    const { seals, rows, anchor: last } = exported.value;
    const verified = await json(['verify', books], { GUERDON_KEY: '', GUERDON_URL: '' });
    expect(verified.code).toBe(0);
    expect(verified.value).toMatchObject({ verdict: 'INTACT', fault: null, number: seals, rows });
    expect(await ran([script, books])).toMatchObject({ code: 0, out: `whole: ${last}\n` });
  });

  it('are not whole for either where the tail was cut, at a line or within it', async () => {
    const text = readFileSync(books, 'utf8');
    const lines = text.split('\n');
    const cut = join(folder, 'cut.ndjson');
    for (const tail of [lines.slice(0, -2).join('\n').concat('\n'), text.slice(0, -9), '']) {
      writeFileSync(cut, tail);
      expect((await ran([script, cut])).code).not.toBe(0);
      expect((await cli(['verify', cut])).code).not.toBe(0);
    }
  });

  it('write to standard output the same bytes', async () => {
    const { out, err } = await cli(['export']);
    expect(out).toBe(readFileSync(books, 'utf8'));
    expect(err).toMatch(/seals, \d+ rows, whole/);
  });

  it('hold an anchor that was kept elsewhere', async () => {
    const said = await cli(['verify', books, '--anchor', anchor]);
    expect(said).toMatchObject({ code: 0, out: expect.stringContaining('is held') });
    const other = `${anchor.split(':')[0]}:${'0'.repeat(64)}`;
    const rewritten = await json(['verify', books, '--anchor', other]);
    expect([rewritten.code, rewritten.value]).toMatchObject([1, { fault: { kind: 'rewritten' } }]);
    const beyond = await json(['verify', books, '--anchor', `99999:${'0'.repeat(64)}`]);
    expect([beyond.code, beyond.value]).toMatchObject([1, { fault: { kind: 'cut' } }]);
  });

  it('name the first thing that is wrong', async () => {
    const tampered = join(folder, 'tampered.ndjson');
    const lines = readFileSync(books, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('"kind":"row"'));
    const { id } = JSON.parse(lines[at] ?? '') as { id: string };
    const deeds: [string[], string][] = [
      [lines.with(at, (lines[at] ?? '').replace(/"written_at":1/, '"written_at":2')), 'altered'],
      [lines.toSpliced(at, 1), 'missing'],
      [lines.toSpliced(-2, 1), 'cut'],
    ];
    for (const [file, kind] of deeds) {
      writeFileSync(tampered, file.join('\n'));
      const said = await cli(['verify', tampered]);
      expect(said.code, kind).toBe(1);
      expect(said.out).toMatch(/^BROKEN /);
      expect(said.out, kind).toContain(kind);
      if (kind === 'altered') expect(said.out).toContain(id);
      const { code, out } = await ran([script, tampered]);
      expect([code === 0 && out.startsWith('whole'), kind]).toEqual([false, kind]);
    }
    writeFileSync(tampered, readFileSync(books).subarray(0, -1));
    expect((await cli(['verify', tampered])).out).toContain('ends within it');
    writeFileSync(tampered, Buffer.concat([readFileSync(books), Buffer.from([0xff, 0x0a])]));
    expect((await cli(['verify', tampered])).out).toContain('not UTF-8');
  });
});

describe('the README', () => {
  it('has an example that its own script and verify find whole, hashed as it says', async () => {
    const example = join(folder, 'example.ndjson');
    writeFileSync(example, block('ndjson'));
    expect((await ran([script, example])).out).toMatch(/^whole: 1:/);
    expect((await cli(['verify', example])).code).toBe(0);
    const [, seal, row] = block('ndjson')
      .split('\n')
      .slice(0, 3)
      .map((line) => JSON.parse(line));
    const { createHash } = await import('node:crypto');
    const hashes = block('text')
      .trimEnd()
      .split('\n')
      .map((text) => createHash('sha256').update(text).digest('hex'));
    expect(hashes).toEqual([seal.rows[0][2], seal.hash]);
    expect(row.values.rule).toBeUndefined();
  });
});

describe('doctor', () => {
  it('finds that nothing fails in what serve starts', async () => {
    const { code, value, err } = await json(['doctor']);
    const findings = value.findings as { check: string; state: string }[];
    expect(findings.filter(({ state }) => state !== 'OK')).toEqual([]);
    expect([code, err]).toEqual([0, '']);
    const checks = findings.map(({ check }) => check);
    for (const check of ['secret SECRETS_KEY', 'binding JOURNAL', 'migrations', 'cron triggers']) {
      expect(checks).toContain(check);
    }
    expect(checks).toEqual(expect.arrayContaining(['clock', 'daily anchor', 'health journal']));
  });
});

describe('tail', () => {
  it('shows what is there, then what comes', async () => {
    const there = await cli(['tail', '--json', '--last', '3', '--count', '3']);
    const lines = there.out.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ item: { seal: expect.any(Number) } });
    let ended = false;
    const waiting = cli(['tail', '--last', '0', '--every', '0.05', '--count', '1']).finally(() => {
      ended = true;
    });
    for (let index = 0; !ended; index += 1) await call('PUT', `/v1/agents/new-${index}`, {});
    expect(await waiting).toMatchObject({ code: 0, out: expect.stringMatching(/ audit {2}AGENT/) });
  });
});

describe('a wrong call', () => {
  const wrong: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
    ['no verb', [], {}, /^usage: npm run cli/],
    ['an unknown verb', ['exprot'], {}, /^there is no verb exprot\nusage:/],
    ['a verb of objects', ['constructor'], {}, /^there is no verb constructor/],
    ['an unknown option', ['export', '--frob'], {}, /^Unknown option '--frob'\nusage:/],
    ['no key', ['export'], { GUERDON_KEY: '' }, /^there is no key: give --key or set GUERDON_KEY/],
    ['a key that is refused', ['export'], { GUERDON_KEY: 'x' }, /refuses the key/],
    ['no address', ['doctor', '--url', 'somewhere'], {}, /^somewhere is no address; --url takes/],
    [
      'an address where nothing is',
      ['tail', '--url', 'http://127.0.0.1:1'],
      {},
      /^nothing answers/,
    ],
    ['no file', ['verify'], {}, /^which file\?\nusage:/],
    ['a file that is not there', ['verify', 'no-such-file'], {}, /cannot be read \(ENOENT\)/],
    ['no anchor', ['verify', 'x', '--anchor', '1'], {}, /^--anchor takes the number of a seal/],
    ['a file too many', ['doctor', 'x'], {}, /^doctor takes no file/],
    ['no scheme', ['sign', 'package.json'], {}, /^--scheme is one of hmac-hex/],
    ['no secret', ['sign', '--scheme', 'hmac-hex'], { GUERDON_SECRET: '' }, /^there is no secret/],
    ['a short secret', ['sign', '--scheme', 'hmac-hex'], { GUERDON_SECRET: 'x' }, /at least 16/],
    ['no source', ['send'], {}, /^--source is missing/],
    ['an unknown source', ['send', '--source', 'nobody'], {}, /has no .*nobody/],
    ['a file that cannot be', ['export', '--out', '/no/such/folder/x'], {}, /cannot be written/],
  ];

  it.each(wrong)('with %s ends with 2 and says how to mend it', async (_, args, env, says) => {
    const { code, out, err } = await cli(args, env, '{}');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(says);
    expect(err).not.toMatch(/\n {4}at /);
  });

  it('is told as JSON where JSON is asked for', async () => {
    const { code, err } = await cli(['verify', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toEqual({ error: expect.stringMatching(/^which file/) });
  });

  it('meets something that is not Guerdon and says so', async () => {
    const { createServer } = await import('node:http');
    const other = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await new Promise((ready) => other.once('listening', ready));
    const { port } = other.address() as { port: number };
    const { code, err } = await cli(['export', '--url', `http://127.0.0.1:${port}`]);
    other.close();
    expect([code, err]).toEqual([2, expect.stringContaining('is not Guerdon')]);
  });
});
