/**
 * `npm run bench -- rules`: the mentorship document's four conditions over a hundred thousand
 * coachings, by our conditions (which also say of each what was expected and found),
 * json-rules-engine and json-logic. All must agree on each coaching; json-rules-engine judges the
 * first ten thousand alone.
 */
import { apply } from 'json-logic-js';
import { Engine } from 'json-rules-engine';
import { expect, it } from 'vitest';
import { evaluateConditions } from '../../../src/points/rules/condition';
import { ruleSchema } from '../../../src/points/rules/rule';
import { mulberry32 } from '../../simulation/chance';
import { AWARD_RULE, JUNIOR_GROUP } from '../../simulation/rules';
import { middleOf, noBar, Report } from '../report';

const COACHINGS = 100_000;
/** json-rules-engine is so much slower that a part must do. */
const OF_THE_SLOW = 10_000;
const ROUNDS = 5;

interface Coaching {
  readonly eventType: string;
  readonly sessionDurationSeconds: number;
  readonly qaCalibrationScore: number;
  readonly mentee: { readonly userGroup: { readonly id: string } };
}

function drawn(): Coaching[] {
  const chance = mulberry32(7);
  return Array.from({ length: COACHINGS }, () => ({
    eventType: 'performance.coaching.completed',
    mentorId: 'mentor-1',
    menteeId: 'mentee-1',
    sessionType: 'Mentorship_Pairing',
    sessionDurationSeconds: Math.floor(chance() * 3600),
    qaCalibrationScore: Math.floor(chance() * 5000) / 50,
    mentee: { userGroup: { id: chance() < 0.7 ? JUNIOR_GROUP : 'Everyone' } },
  }));
}

const logic = {
  and: [
    { '==': [{ var: 'eventType' }, 'performance.coaching.completed'] },
    { '==': [{ var: 'mentee.userGroup.id' }, JUNIOR_GROUP] },
    { '>=': [{ var: 'sessionDurationSeconds' }, 900] },
    { '>=': [{ var: 'qaCalibrationScore' }, 80] },
  ],
};

const engine = new Engine([
  {
    conditions: {
      all: [
        { fact: 'eventType', operator: 'equal', value: 'performance.coaching.completed' },
        { fact: 'mentee', operator: 'equal', value: JUNIOR_GROUP, path: '$.userGroup.id' },
        { fact: 'sessionDurationSeconds', operator: 'greaterThanInclusive', value: 900 },
        { fact: 'qaCalibrationScore', operator: 'greaterThanInclusive', value: 80 },
      ],
    },
    event: { type: 'award' },
  },
]);

/** Microseconds each, and what was said of each. */
async function timed(
  coachings: readonly Coaching[],
  judge: (coaching: Coaching) => boolean | Promise<boolean>,
): Promise<{ us: number; verdicts: boolean[] }> {
  const verdicts: boolean[] = [];
  const begun = performance.now();
  for (const coaching of coachings) {
    const verdict = judge(coaching);
    verdicts.push(typeof verdict === 'boolean' ? verdict : await verdict);
  }
  return { us: ((performance.now() - begun) * 1000) / coachings.length, verdicts };
}

it('four conditions', async () => {
  const coachings = drawn();
  const few = coachings.slice(0, OF_THE_SLOW);
  const { conditions } = ruleSchema.parse(AWARD_RULE);
  const runs: Record<string, () => ReturnType<typeof timed>> = {
    'ours, with the trace of each condition': () =>
      timed(coachings, (one) => evaluateConditions(conditions, { ...one }).passed),
    'json-logic-js': () => timed(coachings, (one) => Boolean(apply(logic, one))),
    'json-rules-engine': () => timed(few, async (one) => (await engine.run(one)).events.length > 0),
    'JSON.parse of the event, for scale': () =>
      timed(coachings, (one) => JSON.parse(JSON.stringify(one)) !== null),
  };
  const found = new Map<string, number[]>();
  let ours: boolean[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, run] of Object.entries(runs)) {
      const { us, verdicts } = await run();
      found.set(name, [...(found.get(name) ?? []), us]);
      if (name.startsWith('ours')) ours = verdicts;
      else if (name.startsWith('json-')) expect(verdicts).toEqual(ours.slice(0, verdicts.length));
    }
  }
  const own = middleOf(found.values().next().value ?? []);
  const report = new Report('rules', ['engine', 'us each', 'x ours']);
  for (const [name, times] of found) {
    const us = middleOf(times);
    report.sum(
      noBar(`four conditions, ${name}`, `${us.toFixed(2)} us, ${(us / own).toFixed(2)} of ours`),
    );
    report.row(name, us.toFixed(2), (us / own).toFixed(2));
  }
  const passed = ours.filter(Boolean).length;
  report.note(
    `${COACHINGS} coachings, of which json-rules-engine judges the first ${OF_THE_SLOW}; ${passed} pass; all agree. Medians of ${ROUNDS} rounds.`,
  );
  report.print();
});
