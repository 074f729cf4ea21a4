import { expect, test } from 'vitest';
import { forgetting, TABLES } from '../src/compose';

test('a person is looked for in every table that has something to empty', () => {
  const looked = new Set(forgetting.tables.map(({ table }) => table.name));
  const personal = TABLES.filter(({ side }) => side.length > 0).map(({ name }) => name);
  expect(personal.filter((name) => !looked.has(name))).toEqual([]);
});
