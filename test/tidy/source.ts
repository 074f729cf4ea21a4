/**
 * The repository's files as the house rules see them: text, text without comments, and code with
 * the contents of strings and comments blanked, so that a rule never stumbles over a word in prose.
 * Blanking keeps every position and line.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Comments blanked; strings stand. */
  readonly uncommented: string;
  /** Comments and the contents of strings, templates and regular expressions blanked. */
  readonly code: string;
}

/** Every file that git knows or would take, as it is on disk. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return [...new Set(listed.split('\n').filter((path) => path !== ''))].sort();
}

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export function readSource(path: string): Source {
  const text = readText(path);
  return { path, text, ...blank(text) };
}

const REGEX_MAY_FOLLOW = /(?:^|[(,=:[!&|?{};+\-*%~^<>\n]|\b(?:return|typeof|case|in|of))\s*$/;

/** Blanks comments in one copy, and comments and literals in another. */
export function blank(text: string): { uncommented: string; code: string } {
  const uncommented = [...text];
  const code = [...text];
  const wipe = (copy: string[], from: number, to: number): void => {
    for (let at = from; at < to; at += 1) if (copy[at] !== '\n') copy[at] = ' ';
  };
  const chars = [...text];
  /** Depth of braces at which each open template literal goes on. */
  const templates: number[] = [];
  let depth = 0;
  for (let at = 0; at < chars.length; ) {
    const literal = literalAt(chars, at, templates.at(-1) === depth);
    if (literal === null) {
      if (chars[at] === '{') depth += 1;
      if (chars[at] === '}') depth -= 1;
      at += 1;
      continue;
    }
    if (literal.kind === 'comment') wipe(uncommented, at, literal.end);
    wipe(code, at, literal.end);
    if (chars[at] === '}') templates.pop();
    if (literal.kind === 'template-opened') {
      templates.push(depth);
      code[literal.end - 1] = ' ';
    }
    at = literal.end;
  }
  return { uncommented: uncommented.join(''), code: code.join('') };
}

interface Literal {
  readonly kind: 'comment' | 'literal' | 'template-opened';
  /** Position after it; for an opened template after `${`. */
  readonly end: number;
}

function literalAt(chars: readonly string[], at: number, inTemplate: boolean): Literal | null {
  const char = chars[at];
  const next = chars[at + 1];
  if (char === '/' && next === '/') return { kind: 'comment', end: indexOf(chars, '\n', at) };
  if (char === '/' && next === '*') return { kind: 'comment', end: indexOfEnd(chars, at + 2) };
  if (char === "'" || char === '"') return { kind: 'literal', end: endOfQuoted(chars, at) };
  if (char === '`' || (char === '}' && inTemplate)) return endOfTemplate(chars, at);
  if (char === '/' && REGEX_MAY_FOLLOW.test(chars.slice(Math.max(0, at - 40), at).join(''))) {
    return { kind: 'literal', end: endOfRegex(chars, at) };
  }
  return null;
}

function indexOf(chars: readonly string[], char: string, from: number): number {
  const found = chars.indexOf(char, from);
  return found === -1 ? chars.length : found;
}

function indexOfEnd(chars: readonly string[], from: number): number {
  for (let at = from; at < chars.length; at += 1) {
    if (chars[at] === '*' && chars[at + 1] === '/') return at + 2;
  }
  return chars.length;
}

function endOfQuoted(chars: readonly string[], from: number): number {
  for (let at = from + 1; at < chars.length; at += 1) {
    if (chars[at] === '\\') at += 1;
    else if (chars[at] === chars[from]) return at + 1;
  }
  return chars.length;
}

function endOfTemplate(chars: readonly string[], from: number): Literal {
  for (let at = from + 1; at < chars.length; at += 1) {
    if (chars[at] === '\\') at += 1;
    else if (chars[at] === '`') return { kind: 'literal', end: at + 1 };
    else if (chars[at] === '$' && chars[at + 1] === '{') {
      return { kind: 'template-opened', end: at + 2 };
    }
  }
  return { kind: 'literal', end: chars.length };
}

function endOfRegex(chars: readonly string[], from: number): number {
  let inClass = false;
  for (let at = from + 1; at < chars.length && chars[at] !== '\n'; at += 1) {
    if (chars[at] === '\\') at += 1;
    else if (chars[at] === '[') inClass = true;
    else if (chars[at] === ']') inClass = false;
    else if (chars[at] === '/' && !inClass) return at + 1;
  }
  return from + 1;
}

/** The text from an opening bracket to the one that closes it, both included. */
export function balanced(code: string, open: number): string {
  const pairs: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
  const stack: string[] = [];
  for (let at = open; at < code.length; at += 1) {
    const char = code[at] ?? '';
    if (pairs[char] !== undefined) stack.push(pairs[char]);
    else if (char === stack.at(-1)) stack.pop();
    if (stack.length === 0) return code.slice(open, at + 1);
  }
  return code.slice(open);
}

export const linesOf = (text: string): number =>
  text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** `path:line` of each match. */
export function places(
  source: Source,
  of: 'text' | 'uncommented' | 'code',
  what: RegExp,
): string[] {
  return [...source[of].matchAll(new RegExp(what, `${what.flags.replace('g', '')}g`))].map(
    ({ index }) => `${source.path}:${linesOf(source.text.slice(0, index + 1))}`,
  );
}
