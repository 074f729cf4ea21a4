/**
 * `cli verify FILE`: checks an exported file with nothing but the file, and names the first thing
 * that is wrong in it. With an anchor that was kept elsewhere it also finds a tail that was cut off
 * and a chain that was written anew.
 */
import { createReadStream } from 'node:fs';
import {
  ExportCheck,
  type ExportFault,
  type OutsideAnchor,
  parseAnchor,
  sentenceOf,
} from '../../books/export/check.ts';
import { UsageError } from '../flags.ts';
import { readArguments } from './call.ts';

export const USAGE = `usage: npm run cli -- verify FILE [--anchor NUMBER:HASH]
  --anchor       a seal as you kept it elsewhere; GET /v1/ledger/anchors lists the daily ones
  --json         one JSON value instead of sentences`;

export async function run(args: readonly string[]): Promise<number> {
  const options = { anchor: { type: 'string' }, json: { type: 'boolean' } } as const;
  const { values, file } = readArguments(args, options, USAGE);
  if (file === undefined) throw new UsageError(`which file?\n${USAGE}`);
  const anchor = typeof values.anchor === 'string' ? anchorOf(values.anchor) : null;
  const check = new ExportCheck(anchor);
  const fault = await firstFault(file, check);
  const summary = check.summary;
  if (values.json === true) {
    const verdict = fault === null ? 'INTACT' : 'BROKEN';
    const says = fault === null ? null : sentenceOf(fault);
    const { line = null, fault: found = null } = fault ?? {};
    console.log(JSON.stringify({ file, verdict, fault: found, line, says, anchor, ...summary }));
  } else {
    console.log(fault === null ? wholeness(file, summary, anchor) : `BROKEN  ${sentenceOf(fault)}`);
  }
  return fault === null ? 0 : 1;
}

function anchorOf(text: string): OutsideAnchor {
  const anchor = parseAnchor(text);
  if (anchor !== null) return anchor;
  throw new UsageError(`--anchor takes the number of a seal, a colon and its hash, not ${text}`);
}

function wholeness(
  file: string,
  { number, hash, root, rows, tables }: ExportCheck['summary'],
  anchor: OutsideAnchor | null,
): string {
  const each = Object.entries(tables).map(([table, count]) => `${table} ${count}`);
  const held =
    anchor === null
      ? 'no anchor was given: hold the last seal against one that was kept elsewhere'
      : `the anchor at seal ${anchor.number} is held`;
  return [
    `INTACT  ${file}: ${number} seals, ${rows} rows (${each.join(', ')})`,
    `last seal   ${number}:${hash}`,
    `Merkle root ${root}`,
    held,
  ].join('\n');
}

async function firstFault(file: string, check: ExportCheck): Promise<ExportFault | null> {
  let line = 0;
  try {
    for await (const text of linesOf(file)) {
      line += 1;
      const form = (detail: string) => ({ line, fault: { kind: 'form', detail } }) as const;
      if (text === null) return form('the line is not UTF-8, or the file ends within it');
      const fault = check.take(text);
      if (fault !== null) return fault;
    }
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    if (code === undefined) throw thrown;
    throw new UsageError(`${file} cannot be read (${code})`);
  }
  return check.end();
}

const LINE_END = 0x0a;

/**
 * Lines without their ends; null for one that is not UTF-8 or has no end. The reader of Node would
 * also break lines at characters that may stand in text.
 */
async function* linesOf(file: string): AsyncGenerator<string | null> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, end)]);
      [rest, from] = [[], end + 1];
      let text: string | null = null;
      try {
        text = decoder.decode(line);
      } catch {
        // Told below as a line that cannot be read.
      }
      yield text;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield null;
}
