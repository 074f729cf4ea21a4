import { describe, expect, it } from 'vitest';
import { csv, listAnswer, negotiate } from '../../src/http/media';

const chosen = (accept?: string): string => {
  const media = negotiate(new Headers(accept === undefined ? {} : { accept }));
  return media.ok ? media.value : media.failure.kind;
};

describe('the form of a list', () => {
  for (const [accept, media] of [
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['TEXT/CSV;charset=utf-8', 'text/csv'],
    ['text/*', 'text/csv'],
    ['application/x-ndjson', 'application/x-ndjson'],
    ['application/ndjson', 'application/x-ndjson'],
    ['text/csv;q=0.1, application/json;q=0.5', 'application/json'],
    ['*/*;q=0.1, text/csv', 'text/csv'],
    ['application/json;q=0, */*', 'text/csv'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
    ['text/html', 'not-acceptable'],
    ['text/csv;q=0', 'not-acceptable'],
    ['text/csv;q=7', 'not-acceptable'],
    ['/', 'not-acceptable'],
    [';;;,,,', 'not-acceptable'],
  ] as const) {
    it(`for Accept ${accept ?? '(none)'} is ${media}`, () => {
      expect(chosen(accept)).toBe(media);
    });
  }

  it('carries the next cursor in a header where the body has no place for it', () => {
    const page = { items: [{ a: 1 }, { a: 2 }], nextCursor: 'n' };
    const columns = [{ name: 'a', cell: ({ a }: { a: number }) => a }];
    const answer = listAnswer(new Headers({ accept: 'application/x-ndjson' }), page, columns);
    expect(answer).toMatchObject({
      ok: true,
      value: {
        text: { content: '{"a":1}\n{"a":2}\n' },
        headers: { 'Next-Cursor': 'n', Vary: 'Accept' },
      },
    });
  });
});

describe('CSV', () => {
  const cell = (value: string | number | boolean | null): string =>
    csv([value], [{ name: 'v', cell: (item) => item }]).slice('v\r\n'.length, -'\r\n'.length);

  it('quotes commas, quotes, line ends and everything that is not plain', () => {
    expect(cell('a,b')).toBe('"a,b"');
    expect(cell('say "hi"')).toBe('"say ""hi"""');
    expect(cell('two\r\nlines')).toBe('"two\r\nlines"');
    expect(cell('Zoë')).toBe('"Zoë"');
    expect(cell('plain text')).toBe('plain text');
    expect(cell(null)).toBe('');
    expect(cell(true)).toBe('true');
  });

  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']) {
    it(`gives text that begins with ${JSON.stringify(start)} an apostrophe`, () => {
      expect(cell(`${start}1+1`).replace(/^"/, '').startsWith("'")).toBe(true);
    });
  }

  it('leaves text that is a plain number a number, whatever its sign', () => {
    expect([cell('-277.50'), cell('-0'), cell('12')]).toEqual(['-277.50', '-0', '12']);
    for (const more of ['-1+1', '-1.', '--1', '-1e5', '- 1', '-1\n', '-.5', '+1']) {
      expect(cell(more).replace(/^"/, '').startsWith("'")).toBe(true);
    }
  });

  it('finds the formula behind blanks, and leaves numbers as they are', () => {
    expect(cell('  =1+1')).toBe(`"'  =1+1"`);
    expect(cell(-12.5)).toBe('-12.5');
  });
});
