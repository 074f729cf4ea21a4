import { describe, expect, it } from 'vitest';
import { checkPreconditions } from '../../src/http/etag';
import { instantText, plainText } from '../../src/http/fields';
import { decodeCursor, encodeCursor, pageFrom, pageQuery } from '../../src/http/paging';

describe('pages', () => {
  it('have 50 items unless another number of 1 to 200 is asked for', () => {
    expect(pageQuery.parse({})).toEqual({ limit: 50 });
    expect(pageQuery.parse({ limit: '200' }).limit).toBe(200);
    for (const limit of ['0', '201', '-1', '1.5', '1e2', ' 5', '٥', '', 'NaN', '999999999999999']) {
      expect(pageQuery.safeParse({ limit }).success, limit).toBe(false);
    }
  });

  it('take back the cursors they gave and no other text', () => {
    for (const position of ['a', 'config/x/000001', 'Zoë 🙂', '\0']) {
      expect(decodeCursor(encodeCursor(position))).toBe(position);
    }
    for (const cursor of [
      '',
      '=',
      'a',
      'a b',
      '%',
      '../',
      '_-8',
      'AAAA',
      'YWJj',
      'A'.repeat(1001),
      'é',
    ]) {
      expect(decodeCursor(cursor), cursor).toBeNull();
      expect(pageQuery.safeParse({ cursor }).success, cursor).toBe(false);
    }
  });

  it('know by one surplus row that there are more', () => {
    expect(pageFrom(['a', 'b', 'c'], 2, (row) => row)).toEqual({
      items: ['a', 'b'],
      nextCursor: encodeCursor('b'),
    });
    expect(pageFrom(['a', 'b'], 2, (row) => row).nextCursor).toBeNull();
    expect(pageFrom([], 2, (row: string) => row)).toEqual({ items: [], nextCursor: null });
  });
});

describe('preconditions', () => {
  const outcome = (headers: Record<string, string>, present: string | null): string => {
    const checked = checkPreconditions(new Headers(headers), present);
    return checked.ok ? 'holds' : checked.failure.kind;
  };

  for (const [headers, present, expected] of [
    [{}, null, 'holds'],
    [{}, '"3"', 'holds'],
    [{ 'If-Match': '"3"' }, '"3"', 'holds'],
    [{ 'If-Match': '"2", "3"' }, '"3"', 'holds'],
    [{ 'If-Match': '*' }, '"3"', 'holds'],
    [{ 'If-Match': '"2"' }, '"3"', 'stale'],
    [{ 'If-Match': 'W/"3"' }, '"3"', 'stale'],
    [{ 'If-Match': '*' }, null, 'stale'],
    [{ 'If-Match': '"1"' }, null, 'stale'],
    [{ 'If-Match': '3' }, '"3"', 'malformed'],
    [{ 'If-Match': '' }, '"3"', 'malformed'],
    [{ 'If-Match': '"3' }, '"3"', 'malformed'],
    [{ 'If-None-Match': '*' }, null, 'holds'],
    [{ 'If-None-Match': '*' }, '"3"', 'stale'],
    [{ 'If-None-Match': 'x' }, '"3"', 'malformed'],
  ] as const) {
    it(`${JSON.stringify(headers)} against ${present} ${expected}`, () => {
      expect(outcome({ ...headers }, present)).toBe(expected);
    });
  }
});

describe('fields', () => {
  it('take one line of plain text and nothing with control characters or half characters', () => {
    const text = plainText(10);
    for (const good of ['a', 'Zoë', '李', '🙂', ' a '])
      expect(text.safeParse(good).success).toBe(true);
    for (const bad of [
      '',
      '  ',
      'a\nb',
      '\0',
      '\u007f',
      '\u2028',
      '\ud800',
      'x'.repeat(11),
      5,
      null,
    ]) {
      expect(text.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
    }
  });

  it('read instants with a zone only', () => {
    expect(instantText.parse('2024-09-15T10:00:00+02:00')).toBe(1_726_387_200_000);
    for (const bad of [
      '2024-09-15',
      '2024-09-15T10:00:00',
      '2024-02-30T00:00:00Z',
      '0000-01-01T00:00:00Z',
      '',
      5,
    ]) {
      expect(instantText.safeParse(bad).success, String(bad)).toBe(false);
    }
  });
});
