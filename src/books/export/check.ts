/**
 * The check of an exported file, line by line and with nothing else at hand. Decides whether every
 * seal follows the one before, every row is the one its seal lists, and no line is missing, moved,
 * added or cut off; names the first that is wrong. A file whose tail was cut or whose chain was
 * written anew is whole in itself: that is found by an anchor that was kept elsewhere.
 */
import { canonicalJson } from '../../kernel/hash.ts';
import { grown, NO_TREE, rootOf, type Tree } from '../../ledger/seals/merkle.ts';
import {
  type Head,
  type Listed,
  NO_SEAL,
  rowHash,
  type Seal,
  type SealFault,
  verifyChain,
} from '../../ledger/seals/seal.ts';
import { type EndLine, type ExportLine, FORMAT, FORMAT_VERSION, type RowLine } from './line.ts';
import { lineSchema } from './shape.ts';

/** The first thing wrong, and the line at which it shows (from 1). */
export interface ExportFault {
  readonly line: number;
  readonly fault:
    | SealFault
    /** form: no line of an export. cut: it ends too early. rewritten: an anchor names another seal. */
    | { readonly kind: 'form' | 'cut' | 'rewritten'; readonly detail: string };
}

/** A seal as somebody outside remembers it. */
export interface OutsideAnchor {
  readonly number: number;
  readonly hash: string;
}

const ANCHOR = /^([1-9][0-9]{0,14}):([0-9a-f]{64})$/;

/** `number:hash`, or null for other text. */
export function parseAnchor(text: string): OutsideAnchor | null {
  const [, number, hash] = ANCHOR.exec(text) ?? [];
  return hash === undefined ? null : { number: Number(number), hash };
}

export class ExportCheck {
  readonly #anchor: OutsideAnchor | null;
  #line = 0;
  #begun = false;
  #ended = false;
  #seal: Seal | null = null;
  /** Place in the open seal's rows of the one that must come next. */
  #next = 0;
  #head: Head = NO_SEAL;
  #tree: Tree = NO_TREE;
  #rows = 0;
  readonly #tables: Record<string, number> = {};

  constructor(anchor: OutsideAnchor | null = null) {
    this.#anchor = anchor;
  }

  /** What was read so far: the last seal, the root over all of them, rows by table. */
  get summary() {
    const { number, hash, at } = this.#head;
    const root = rootOf(this.#tree);
    return { number, hash, at, root, rows: this.#rows, tables: { ...this.#tables } };
  }

  /** Takes the next line, without its end; the fault it shows, or null. Stop at the first fault. */
  take(text: string): ExportFault | null {
    this.#line += 1;
    const line = readLine(text);
    const fault = typeof line === 'string' ? form(line) : this.#follow(line);
    return fault === null ? null : { line: this.#line, fault };
  }

  /** After the last line: what is missing, or null. */
  end(): ExportFault | null {
    const fault = this.#ended ? this.#anchorBeyond() : CUT;
    return fault === null ? null : { line: this.#line, fault };
  }

  #follow(line: ExportLine): ExportFault['fault'] | null {
    if (this.#ended) return form('there are lines after the end');
    if (line.kind === 'begin') return this.#begin(line.format, line.version);
    if (!this.#begun) return form('the first line is not that of an export');
    if (line.kind === 'row') return this.#row(line);
    const awaited = this.#awaited();
    if (awaited !== null) return missing(awaited, this.#head.number);
    return line.kind === 'end' ? this.#end(line) : this.#open(line);
  }

  #begin(format: string, version: number): ExportFault['fault'] | null {
    if (this.#begun) return form('the file begins twice');
    if (format !== FORMAT || version !== FORMAT_VERSION) {
      return form(`this is ${format} ${version}, not ${FORMAT} ${FORMAT_VERSION}`);
    }
    this.#begun = true;
    return null;
  }

  #open({ rows, kind: _seal, ...seal }: Extract<ExportLine, { kind: 'seal' }>) {
    const whole: Seal = { ...seal, contents: rows, size: rows.length };
    const broken = verifyChain(this.#head, [whole]);
    if (broken !== null) return broken;
    [this.#seal, this.#next, this.#head] = [whole, 0, whole];
    this.#tree = grown(this.#tree, [whole.hash]);
    const { number, hash } = this.#anchor ?? NO_SEAL;
    return whole.number === number && whole.hash !== hash ? rewritten(number) : null;
  }

  #row({ table, id, seal, values }: RowLine): ExportFault['fault'] | null {
    const awaited = this.#awaited();
    const open = this.#head.number;
    if (awaited === null) return { kind: 'forged', seal: open, table, id };
    if (awaited[0] !== table || awaited[1] !== id) {
      const listed = this.#seal?.contents.some(([name, row]) => name === table && row === id);
      return listed === true ? missing(awaited, open) : { kind: 'forged', seal: open, table, id };
    }
    const same = seal === open && rowHash(table, id, canonicalJson(values)) === awaited[2];
    if (!same) return { kind: 'altered', seal: open, table, id };
    this.#next += 1;
    this.#rows += 1;
    this.#tables[table] = (this.#tables[table] ?? 0) + 1;
    return null;
  }

  #end({ number, hash, root, rows }: EndLine): ExportFault['fault'] | null {
    this.#ended = true;
    const read = this.summary;
    const same = number === read.number && hash === read.hash;
    if (!same) return form(`the end names seal ${number}, the file holds ${read.number}`);
    if (root !== read.root) return form('the end names another Merkle root');
    return rows === read.rows ? null : form(`the end names ${rows} rows, there are ${read.rows}`);
  }

  #awaited(): Listed | null {
    return this.#seal?.contents[this.#next] ?? null;
  }

  #anchorBeyond(): ExportFault['fault'] | null {
    const { number } = this.#anchor ?? NO_SEAL;
    if (this.#head.number >= number) return null;
    return { kind: 'cut', detail: `it ends at seal ${this.#head.number}, the anchor is ${number}` };
  }
}

const form = (detail: string): ExportFault['fault'] => ({ kind: 'form', detail });

const CUT: ExportFault['fault'] = { kind: 'cut', detail: 'the file has no last line' };

const rewritten = (number: number): ExportFault['fault'] => ({
  kind: 'rewritten',
  detail: `seal ${number} is not the one the anchor names`,
});

const missing = ([table, id]: Listed, seal: number): SealFault => ({
  kind: 'missing',
  seal,
  table,
  id,
});

/** A line of the export, or what is wrong with its form. Only canonical text is taken: no byte is free. */
function readLine(text: string): ExportLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (canonicalJson(value) !== text) return 'the line is not canonical JSON';
  } catch {
    return 'the line is not JSON';
  }
  const read = lineSchema.safeParse(value);
  return read.success ? read.data : 'the line is none of an export';
}

/** A fault in one sentence. */
export function sentenceOf({ line, fault }: ExportFault): string {
  switch (fault.kind) {
    case 'altered':
      return `line ${line}: ${fault.table} ${fault.id} of seal ${fault.seal} was altered`;
    case 'missing':
      return `line ${line}: ${fault.table} ${fault.id} of seal ${fault.seal} is missing`;
    case 'forged':
      return `line ${line}: ${fault.table} ${fault.id} is listed by no seal there (seal ${fault.seal})`;
    case 'broken-chain':
      return `line ${line}: seal ${fault.seal} breaks the chain: ${fault.detail}`;
    case 'form':
      return `line ${line}: ${fault.detail}`;
    case 'cut':
      return `after line ${line}: the tail was cut: ${fault.detail}`;
    case 'rewritten':
      return `line ${line}: the chain was written anew: ${fault.detail}`;
  }
}
