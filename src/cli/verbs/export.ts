/**
 * `cli export`: the whole of the books as a file that can be checked without us. Writes what is
 * there even where the books are broken, and says so: a broken book is evidence.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ExportCheck, type ExportFault, sentenceOf } from '../../books/export/check.ts';
import { BEGIN, type ExportLine, endLine } from '../../books/export/line.ts';
import { canonicalJson } from '../../kernel/hash.ts';
import { grown, NO_TREE, rootOf, type Tree } from '../../ledger/seals/merkle.ts';
import { type Head, NO_SEAL } from '../../ledger/seals/seal.ts';
import { UsageError } from '../flags.ts';
import { readArguments, SERVER_FLAGS, SERVER_USAGE, type Server, serverOf } from './call.ts';

export const USAGE = `usage: npm run cli -- export [--out FILE]
  --out FILE     where to write; without it to standard output (then use npm run -s)
${SERVER_USAGE}`;

interface Page {
  readonly items: readonly ExportLine[];
  readonly nextCursor: string | null;
}

interface Written {
  readonly fault: ExportFault | null;
  readonly seals: number;
  readonly rows: number;
  readonly head: Head;
  readonly root: string;
}

export async function run(args: readonly string[]): Promise<number> {
  const options = { ...SERVER_FLAGS, out: { type: 'string' } } as const;
  const { values, file } = readArguments(args, options, USAGE);
  if (file !== undefined) throw new UsageError(`--out names the file\n${USAGE}`);
  const server = serverOf(values);
  const out = typeof values.out === 'string' ? values.out : null;
  const first = await pageAt(server, null);
  const writing =
    out === null ? writeAll(server, first, process.stdout) : writeFile(server, first, out);
  const written = await writing.catch((thrown: unknown) => {
    const { code } = thrown as { code?: string };
    throw code === undefined || out === null
      ? thrown
      : new UsageError(`${out} cannot be written (${code})`);
  });
  const { fault, seals, rows, head, root } = written;
  const says = fault === null ? 'whole' : sentenceOf(fault);
  const anchor = `${head.number}:${head.hash}`;
  const report =
    values.json === true
      ? JSON.stringify({
          file: out,
          verdict: fault === null ? 'INTACT' : 'BROKEN',
          ...fault,
          seals,
          rows,
          anchor,
          root,
        })
      : `${out ?? 'standard output'}: ${seals} seals, ${rows} rows, ${says}\nlast seal   ${anchor}\nMerkle root ${root}`;
  // Standard output may be the file itself.
  if (out === null) console.error(report);
  else console.log(report);
  return fault === null ? 0 : 1;
}

const pageAt = async (server: Server, cursor: string | null): Promise<Page> =>
  (await server.get(
    `/v1/ledger/export${cursor === null ? '' : `?cursor=${encodeURIComponent(cursor)}`}`,
  )) as Page;

/** The same into a file. It is listened to from the beginning: it may fail before a line is written. */
async function writeFile(server: Server, first: Page, out: string): Promise<Written> {
  const stream = createWriteStream(out);
  const closed = finished(stream);
  const all = writeAll(server, first, stream).then((written) => {
    stream.end();
    return written;
  });
  const [written] = await Promise.all([all, closed]);
  return written;
}

/** Writes every page between a beginning and an end, checking as it goes. */
async function writeAll(server: Server, first: Page, stream: Writable): Promise<Written> {
  const check = new ExportCheck();
  let fault: ExportFault | null = null;
  let [seals, rows, head, tree]: [number, number, Head, Tree] = [0, 0, NO_SEAL, NO_TREE];
  const put = async (line: ExportLine): Promise<void> => {
    const text = canonicalJson(line);
    fault ??= check.take(text);
    if (!stream.write(`${text}\n`)) await once(stream, 'drain');
  };
  await put(BEGIN);
  for (let page = first; ; page = await pageAt(server, page.nextCursor)) {
    for (const line of page.items) {
      await put(line);
      if (line.kind === 'row') rows += 1;
      if (line.kind !== 'seal') continue;
      [seals, head, tree] = [seals + 1, line, grown(tree, [line.hash])];
    }
    if (page.nextCursor === null) break;
  }
  const root = rootOf(tree);
  await put(endLine(head, root, rows));
  return { fault: fault ?? check.end(), seals, rows, head, root };
}
