import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/kernel/json';

/** Such text is refused for another reason. */
const HALF_CHARACTERS = /\\ud[89a-f]/i;

/** Where the text is refused, or that it is not. */
const refusedAt = (text: string): string | null => {
  const parsed = parseJson(text);
  return parsed.ok ? null : parsed.failure.pointer;
};

describe('the name __proto__', () => {
  it.each([
    ['{"__proto__":1}', '#/__proto__'],
    ['[{"a":{"\\u005f_proto__":{}}}]', '#/0/a/__proto__'],
  ])('%s is refused and named', (text, pointer) => {
    expect(refusedAt(text)).toBe(pointer);
  });

  it('may stand as a value', () => {
    expect(refusedAt('{"a":"__proto__"}')).toBeNull();
  });
});

describe('a name that an object holds twice', () => {
  it.each([
    ['{"a":1,"a":2}', '#/a'],
    ['{"a":1,"a":1}', '#/a'],
    ['{"a":{"b":[0,{"c":1,"d":2,"c":3}]}}', '#/a/b/1/c'],
    ['[{"a":1},{"a":1,"a":1}]', '#/1/a'],
    ['{"a":1,"\\u0061":2}', '#/a'],
    ['{"\\"":1,"x":2,"\\"":3}', '#/"'],
    ['{"a/b~":1,"a/b~":2}', '#/a~1b~0'],
    ['{"":0,"":0}', '#/'],
    ['{"__proto__":1,"__proto__":2}', '#/__proto__'],
    [' { "a" : { } , "a" : [ ] } ', '#/a'],
  ])('%s is refused and named', (text, pointer) => {
    expect(refusedAt(text)).toBe(pointer);
  });

  it.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":"\\",\\"a\\":","b":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":["a","a",{"a":0}],"A":1}',
    '"a,a"',
    '[]',
  ])('%s holds none', (text) => {
    expect(refusedAt(text)).toBeNull();
  });

  it('is found in no text that JSON.stringify makes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        if (HALF_CHARACTERS.test(text)) return;
        expect(refusedAt(text)).toBeNull();
      }),
    );
  });

  it('is found wherever a member of an object is said again', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 4 });
    const object = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 5 });
    fc.assert(
      fc.property(object, fc.nat(), (value, nth) => {
        const names = Object.keys(value).filter((one) => one.isWellFormed());
        const repeated = names[nth % Math.max(1, names.length)];
        if (repeated === undefined) return;
        const text = JSON.stringify(value);
        if (HALF_CHARACTERS.test(text)) return;
        const twice = `${text.slice(0, -1)},${JSON.stringify(repeated)}:0}`;
        expect(refusedAt(twice)).toMatch(/^#\//);
      }),
    );
  });
});
