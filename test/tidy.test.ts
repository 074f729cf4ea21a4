/** The house rules, as far as a machine can see them. Each failure names the place. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CRONS } from '../src/cron';
import { plantedFiles, withBugs } from './simulation/planted/plugin';
import { againstOrder, againstRole, FEATURES, featureOf, importsOf } from './tidy/imports';
import {
  balanced,
  blank,
  linesOf,
  places,
  ROOT,
  readSource,
  readText,
  repositoryFiles,
  type Source,
} from './tidy/source';

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;
const MAX_CLASS_LINES = 150;
const MAX_FOLDER_FILES = 12;

const files = repositoryFiles().filter((path) => existsSync(join(ROOT, path)));
const isCode = (path: string): boolean => /\.(ts|tsx|mjs)$/.test(path);
const src = files.filter((path) => path.startsWith('src/') && isCode(path)).map(readSource);
const tests = files.filter((path) => path.startsWith('test/') && isCode(path)).map(readSource);
const code = [...src, ...tests];
const migrations = files.filter((path) => path.startsWith('migrations/'));

const inRuntime = ({ path }: Source): boolean => path.startsWith('src/runtime/');
const isObject = ({ path }: Source): boolean => path.endsWith('/object.ts');
const all = (
  sources: readonly Source[],
  of: 'text' | 'uncommented' | 'code',
  what: RegExp,
): string[] => sources.flatMap((source) => places(source, of, what));

describe('the reader of sources', () => {
  it('blanks comments, strings, templates and regular expressions and nothing else', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text under test is source text
    const text = "a('x{'); // {\nb(`y${c({ d: '}' })}z{`); e = /[/{]\"/.test(f) / 2; /* g\n{ */ h";
    const { code: blanked, uncommented } = blank(text);
    expect(blanked.replace(/ +/g, ' ')).toBe('a( ); \nb( c({ d: }) ); e = .test(f) / 2; \n h');
    expect(uncommented).toContain("a('x{');");
    expect(uncommented).not.toContain('g');
    expect(blanked).toHaveLength(text.length);
  });
});

describe('the house', () => {
  it('has no room that the order of imports does not name', () => {
    const rooms = new Set(src.map(({ path }) => featureOf(path)).filter((room) => room !== null));
    expect([...rooms].filter((room) => !(FEATURES as readonly string[]).includes(room))).toEqual(
      [],
    );
  });

  it('imports only from the left', () => {
    expect(src.flatMap(importsOf).flatMap((each) => againstOrder(each) ?? [])).toEqual([]);
  });

  it('lets each role touch only what it may', () => {
    expect(src.flatMap(importsOf).flatMap((each) => againstRole(each) ?? [])).toEqual([]);
  });

  it('groups a folder of more than twelve files by nouns', () => {
    const counts = Map.groupBy(src, ({ path }) => dirname(path));
    const crowded = [...counts].filter(([, inside]) => inside.length > MAX_FOLDER_FILES);
    expect(crowded.map(([folder, inside]) => `${folder}: ${inside.length}`)).toEqual([]);
  });

  it('deploys nothing of the sandbox and of the command line', () => {
    const byPath = new Map(src.map((source) => [source.path.replace(/\.(ts|tsx)$/, ''), source]));
    const reached = new Set<string>();
    const walk = (path: string): void => {
      const source = byPath.get(path) ?? byPath.get(`${path}/index`);
      if (source === undefined || reached.has(path)) return;
      reached.add(path);
      for (const { target } of importsOf(source)) if (target !== null) walk(target);
    };
    walk('src/index');
    expect(reached.size).toBeGreaterThan(50);
    expect([...reached].filter((path) => /^src\/(sandbox|cli)\//.test(path))).toEqual([]);
  });

  it('keeps sources of tests out of what is deployed', () => {
    const outside = src
      .flatMap(importsOf)
      .filter(({ target }) => target?.startsWith('src') === false);
    expect(outside.map(({ from, target }) => `${from.path} imports ${target}`)).toEqual([]);
  });
});

describe('sizes', () => {
  it(`are at most ${MAX_FILE_LINES} lines a file`, () => {
    const long = code.filter(({ text }) => linesOf(text) > MAX_FILE_LINES);
    expect(long.map(({ path, text }) => `${path}: ${linesOf(text)}`)).toEqual([]);
  });

  it(`are at most ${MAX_FUNCTION_LINES} lines a function, held by the linter`, () => {
    const { rules } = JSON.parse(readText('biome.json')).linter;
    expect(rules.complexity.noExcessiveLinesPerFunction).toEqual({
      level: 'error',
      options: { maxLines: MAX_FUNCTION_LINES },
    });
    expect(rules.style.noNonNullAssertion).toBe('error');
    expect(rules.suspicious.noExplicitAny).toBe('error');
    expect(all(code, 'text', /biome-ignore(-all)? (?!lint\/\S+: \S)/)).toEqual([]);
    const held =
      /biome-ignore(-all)? lint\/(complexity\/noExc|style\/noNon|suspicious\/noExplicit)/;
    expect(all(src, 'text', held)).toEqual([]);
  });

  it(`are at most ${MAX_CLASS_LINES} lines an object class`, () => {
    const long = src.filter(isObject).flatMap((source) =>
      [...source.code.matchAll(/\bclass (\w+)[^{]*\{/g)].flatMap(({ 0: head, 1: name, index }) => {
        const lines = linesOf(balanced(source.code, index + head.length - 1));
        return lines > MAX_CLASS_LINES ? [`${source.path} ${name}: ${lines}`] : [];
      }),
    );
    expect(long).toEqual([]);
  });
});

describe('the language', () => {
  it('is used whole: no any, no silenced checker, nothing left for later', () => {
    expect(all(code, 'code', /[:<|&,]\s*any\b(?!\s*[:(])|\bas any\b/)).toEqual([]);
    const silenced = new RegExp(['@ts-ig', 'nore|@ts-exp', 'ect-error|@ts-noch', 'eck'].join(''));
    expect(all(code, 'text', silenced)).toEqual([]);
    expect(all(code, 'text', new RegExp(['\\bTO', 'DO\\b|\\bFIX', 'ME\\b'].join('')))).toEqual([]);
  });

  it('reads time and chance in one room', () => {
    const impure = src.filter((source) => !inRuntime(source));
    expect(all(impure, 'code', /\bDate\b|\bMath\.random\b/)).toEqual([]);
    expect(all(impure, 'code', /\brandomUUID\b|\bgetRandomValues\b|\bcrypto\.subtle\b/)).toEqual(
      [],
    );
  });

  it('imports decimal.js in one file', () => {
    const users = src.filter((source) =>
      importsOf(source).some(({ specifier }) => specifier === 'decimal.js'),
    );
    expect(users.map(({ path }) => path)).toEqual(['src/kernel/decimal.ts']);
  });

  it('opens every file with what it decides', () => {
    const bare = src.filter(({ text }) => !/^(#!.*\n)?\/(\*\*|\/)/.test(text));
    expect(bare.map(({ path }) => path)).toEqual([]);
    expect(migrations.filter((path) => !readText(path).startsWith('-- '))).toEqual([]);
  });
});

describe('objects', () => {
  it('await nothing between load and save', () => {
    const waiting = src.flatMap((source) =>
      [...source.code.matchAll(/\b(?:step|transactionSync)(?:<[^(]*>)?\(/g)].flatMap(
        ({ 0: head, index }) => {
          const call = balanced(source.code, index + head.length - 1);
          return /\bawait\b|\basync\b/.test(call) ? [`${source.path}: ${head}`] : [];
        },
      ),
    );
    expect(waiting).toEqual([]);
  });

  it('are the only ones that touch storage', () => {
    const others = src.filter(
      (source) => !isObject(source) && !source.path.startsWith('src/durable/'),
    );
    expect(all(others, 'code', /\bctx\.storage\b|\bstate\.storage\b/)).toEqual([]);
  });
});

describe('SQL', () => {
  const sql = [...src, ...migrations.map(readMigration)];

  it('skips nothing silently and asks the database for no time', () => {
    expect(all(sql, 'uncommented', /ON\s+CONFLICT\s*(\([^)]*\))?\s*DO\s+NOTHING/i)).toEqual([]);
    expect(all(sql, 'uncommented', /\bINSERT\s+OR\b|\bREPLACE\s+INTO\b/i)).toEqual([]);
    expect(all(sql, 'uncommented', /\bdatetime\(\s*'now'|\bAUTOINCREMENT\b/i)).toEqual([
      // The table in which Wrangler notes migrations is Wrangler's.
      ...places(readSource('src/cli/engine/migrate.ts'), 'uncommented', /AUTOINCREMENT/),
    ]);
    expect(all(src, 'code', /\bonConflictDoNothing\b/)).toEqual([]);
  });

  it('writes D1 in the journal alone', () => {
    const others = src.filter(
      ({ path }) => !/^src\/(ledger|sandbox)\/|^src\/cli\/engine\/migrate\.ts$/.test(path),
    );
    const written = /['"`\s](INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|DROP\s+TABLE)\b/;
    expect(
      all(
        others.filter((source) => !isObject(source)),
        'uncommented',
        written,
      ),
    ).toEqual([]);
    const typed = src.filter(({ text }) => text.includes("from 'drizzle-orm/d1'"));
    expect(all(typed, 'code', /\)\s*\.(insert|update|delete)\(/)).toEqual([]);
    const batching = src.filter(
      ({ path }) => !/^src\/ledger\/(object|loop)\.ts$|^src\/cli\/|\/store\.ts$/.test(path),
    );
    expect(all(batching, 'code', /\bDB\.(prepare|batch|exec|withSession)\(/)).toEqual([]);
  });
});

describe('tests', () => {
  it('state facts, run all, mock no modules and name no time to wait', () => {
    expect(all(tests, 'code', /\b(it|test|describe)\.(only|skip|todo|skipIf|runIf)\b/)).toEqual([]);
    expect(all(tests, 'uncommented', /\b(it|test)\(\s*['"`][^'"`\n]*\bshould\b/)).toEqual([]);
    expect(all(tests, 'code', /\bvi\.(mock|doMock|hoisted)\(/)).toEqual([]);
    // Asked of the files of tests alone. What plays a slow network waits as long as it is told, and
    // `eventually` asks again, five milliseconds later, for what is written after the answer.
    const titled = tests.filter(({ path }) => path.endsWith('.test.ts'));
    expect(all(titled, 'code', /\bsetTimeout\(|\bscheduler\.wait\(|\bpause\(/)).toEqual([]);
  });
});

describe('the repository', () => {
  it('finds each planted bug its place in the source', () => {
    for (const [file, edits] of plantedFiles()) {
      expect(withBugs(readText(file), edits)).toContain('globalThis.planted');
    }
  });

  it('names in wrangler.toml the triggers that cron.ts knows, and no other', () => {
    const [, list = ''] = /^crons = \[(.*)\]$/m.exec(readText('wrangler.toml')) ?? [];
    expect(JSON.parse(`[${list}]`)).toEqual([...CRONS]);
  });

  it('has no command that runs before a Node that can was looked for', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    const looks = 'node src/cli/ensure.mjs';
    const commands = Object.keys(scripts).filter((name) => scripts[name] !== looks);
    expect(commands.filter((name) => scripts[`pre${name}`] !== looks)).toEqual([]);
  });

  it('names in the README only paths that exist', () => {
    const named = [...readText('README.md').matchAll(/`([^`\n]+)`/g)].map(([, name]) => name ?? '');
    const paths = named.filter((name) =>
      /^[\w.-]+\/[\w./-]*$|^[\w.-]+\.(ts|mjs|md|json|toml)$/.test(name),
    );
    // A bare name stands for a role: some file has it.
    const exists = (path: string): boolean =>
      existsSync(join(ROOT, path)) || files.some((file) => file.endsWith(`/${path}`));
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !exists(path))).toEqual([]);
  });

  it('says in the README what each decision that the code names is about', () => {
    const named = new Set(src.flatMap(({ text }) => text.match(/\bDEC-\d+\b/g) ?? []));
    const readme = readText('README.md');
    expect(named.size).toBeGreaterThan(0);
    expect([...named].filter((id) => !readme.includes(`\n| ${id} | `))).toEqual([]);
  });

  it('names no machine and no package host', () => {
    const folders = ['wo', 'rk|tm', 'p|ro', 'ot|ho', 'me|Us', 'ers'].join('');
    const machine = new RegExp(`(?<![\\w.}*)-])/(${folders})/[\\w.]`);
    const host = new RegExp(
      ['regis', 'try\\.|npm', 'js\\.|art', 'ifactory|verd', 'accio'].join(''),
    );
    const sources = files.filter((path) => !/\.(png|ico)$/.test(path)).map(plain);
    expect(all(sources, 'text', machine)).toEqual([]);
    expect(all(sources, 'text', host)).toEqual([]);
    expect(readText('package-lock.json')).not.toContain('"resolved"');
  });
});

function plain(path: string): Source {
  const text = readText(path);
  return { path, text, uncommented: text, code: text };
}

function readMigration(path: string): Source {
  const text = readText(path);
  return { path, text, code: text, uncommented: text.replace(/--.*$/gm, '') };
}
