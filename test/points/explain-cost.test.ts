/** What an explanation asks of D1 does not grow with the events of a coaching session. */
import { expect, test } from 'vitest';
import { sessionKeyOf } from '../../src/kernel/ids';
import { decisionId } from '../../src/points/coaching/decision';
import { decisionExplainer } from '../../src/points/explain/store';
import { MINUTE, Stage } from '../conformance/stage';
import { countingDb } from '../worker/counting';

test('a settlement of four events is explained by as many queries as one of one', async () => {
  const stage = await Stage.open();
  await stage.completed();
  await stage.completed();
  await stage.pass(2 * MINUTE);
  for (const score of [84, 83, 75]) await stage.scored(score + 1, score);
  await stage.pass(2 * MINUTE);
  const asked = async (number: number) => {
    const { db, queries } = countingDb();
    const cause = decisionId(sessionKeyOf('default', 'coaching-1'), number);
    const told = await decisionExplainer.explain({ DB: db }, cause, []);
    const events = told?.events as { readonly repetitions: object[] }[];
    return { events, queries: queries() };
  };
  const [first, second] = [await asked(1), await asked(2)];
  expect([first.events.length, second.events.length]).toEqual([1, 4]);
  expect(second.queries).toBe(first.queries);
  expect(second.events.map(({ repetitions }) => repetitions.length)).toEqual([1, 0, 0, 0]);
});
