/** The command line against something that answers as a Worker does, one page at a time. */
import { createServer, type RequestListener } from 'node:http';
import { expect, it } from 'vitest';
import { ran, type Said, TOKEN } from './run.ts';

interface Page {
  readonly items: readonly object[];
  readonly nextCursor: string | null;
}

/** Runs a verb against pages by path and cursor. */
async function cliAgainst(
  pageOf: (path: string, cursor: string | null) => Page,
  args: readonly string[],
): Promise<Said> {
  const answer: RequestListener = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const page = pageOf(pathname, searchParams.get('cursor'));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(page));
  };
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((ready) => server.once('listening', ready));
  const { port } = server.address() as { port: number };
  const env = { GUERDON_URL: `http://127.0.0.1:${port}`, GUERDON_KEY: TOKEN };
  const said = await ran(['src/cli/cli.ts', ...args], env);
  server.close();
  return said;
}

const NOTHING: Page = { items: [], nextCursor: null };

it('export says that a file cannot be written, however small the books', async () => {
  const args = ['export', '--out', '/no/such/folder/x'];
  const { code, err } = await cliAgainst(() => NOTHING, args);
  expect([code, err]).toEqual([2, '/no/such/folder/x cannot be written (ENOENT)\n']);
});

/** The newest seals as a Worker lists them, by the number of the last one. */
const sealsTo = (number: number): Page => ({
  items: number === 0 ? [] : [{ number }],
  nextCursor: null,
});

const SEALS = '/v1/ledger/seals';
const event = (seal: number): object => ({ id: `e${seal}`, seal, type: 't', sourceId: 's' });
const FOREVER = ['tail', '--every', '0', '--json', '--count'];
/** Numbers of the seals under which the lines that were printed stand. */
const sealsOf = ({ out }: Said): number[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).item.seal);

it('tail loses nothing, however much came between two looks', async () => {
  let looks = 0;
  const pageOf = (path: string, cursor: string | null): Page => {
    if (path === SEALS) looks += 1;
    if (path === SEALS) return sealsTo(looks === 1 ? 0 : 51);
    if (path !== '/v1/events' || looks === 1) return NOTHING;
    const seal = Number(cursor ?? 51);
    return { items: [event(seal)], nextCursor: seal === 1 ? null : String(seal - 1) };
  };
  const said = await cliAgainst(pageOf, [...FOREVER, '51']);
  expect([said.code, new Set(sealsOf(said)).size]).toEqual([0, 51]);
});

it('tail reads on below a page that is empty', async () => {
  let looks = 0;
  const pageOf = (path: string, cursor: string | null): Page => {
    if (path === SEALS) looks += 1;
    if (path === SEALS) return sealsTo(looks === 1 ? 10 : 30);
    if (path !== '/v1/events') return NOTHING;
    if (looks === 1) return { items: [event(10)], nextCursor: null };
    if (cursor === null) return { items: [event(30)], nextCursor: 'empty' };
    if (cursor === 'empty') return { items: [], nextCursor: 'below' };
    return { items: [event(20), event(10)], nextCursor: null };
  };
  expect(sealsOf(await cliAgainst(pageOf, [...FOREVER, '3']))).toEqual([10, 20, 30]);
});

it('tail does not print what was there before a first look that met an empty page', async () => {
  let looks = 0;
  const pageOf = (path: string, cursor: string | null): Page => {
    if (path === SEALS) looks += 1;
    if (path === SEALS) return sealsTo(looks === 1 ? 500 : 501);
    if (path !== '/v1/events') return NOTHING;
    if (cursor === null) return { items: looks === 1 ? [] : [event(501)], nextCursor: '400' };
    return { items: [event(Number(cursor))], nextCursor: String(Number(cursor) - 1) };
  };
  const said = await cliAgainst(pageOf, [...FOREVER, '1']);
  expect([sealsOf(said), said.err]).toEqual([[501], '']);
});

it('tail says that it gave up below twenty empty pages', async () => {
  let looks = 0;
  const pageOf = (path: string, cursor: string | null): Page => {
    if (path === SEALS) looks += 1;
    if (path === SEALS) return sealsTo(looks * 1000);
    if (path === '/v1/events') return { items: [event(looks * 1000)], nextCursor: null };
    return { items: [], nextCursor: `${cursor ?? ''}x` };
  };
  const { code, out, err } = await cliAgainst(pageOf, [...FOREVER, '2']);
  expect([code, out.trimEnd().split('\n').length]).toEqual([0, 2]);
  expect(err).toBe('/v1/audit: 20 pages on end show nothing; what is below is left out\n');
});
