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

it('tail loses nothing, however much came between two looks', async () => {
  let looks = 0;
  const pageOf = (path: string, cursor: string | null): Page => {
    if (path !== '/v1/events') return NOTHING;
    if (cursor === null) looks += 1;
    if (looks === 1) return NOTHING;
    const seal = Number(cursor ?? 51);
    const nextCursor = seal === 1 ? null : String(seal - 1);
    return { items: [{ id: `e${seal}`, seal, type: 't', sourceId: 's' }], nextCursor };
  };
  const args = ['tail', '--every', '0', '--count', '51', '--json'];
  const { code, out } = await cliAgainst(pageOf, args);
  expect([code, new Set(out.trimEnd().split('\n')).size]).toEqual([0, 51]);
});
