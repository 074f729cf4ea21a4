/**
 * Rules as the seed prints them: ordered, AND conditions, actions. Decides what a rule may say,
 * which version is in force, and which REVOKE rule governs which award rule (DEC-7). Refuses an
 * award on `performance.coaching.created`, unknown operators and a REVOKE rule that does not come
 * after the award it governs; taken with a warning: an award nothing can take back.
 */
import * as z from 'zod';
import type { FieldError } from '../../kernel/failure';
import { pointsUnit, scaleOf } from '../../kernel/units';
import type { ConfigVersion } from '../../ledger/config';
import { inForce } from '../../ledger/config';
import { type Condition, OPERATORS } from './condition';

export const RULE_KIND = 'rule';
const COMPLETED = 'performance.coaching.completed';
const CREATED = 'performance.coaching.created';
/** A decimal as text or number: at most 9 digits before and 4 after the point, above zero. */
const POINTS = /^(?!0+(\.0+)?$)(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?$/;

const scalar = z.union([z.string().max(200), z.number(), z.boolean(), z.null()]);

const conditionSchema = z.strictObject({
  field: z
    .string()
    .min(1)
    .max(120)
    .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/, 'a dotted path, e.g. mentee.userGroup.id'),
  operator: z.enum(OPERATORS),
  value: z.union([scalar, z.array(scalar).max(100)]).optional(),
});

const actionSchema = z.strictObject({
  type: z.enum(['AWARD_POINTS', 'REVOKE_POINTS']),
  points: z
    .union([z.number(), z.string()])
    .refine((value) => POINTS.test(String(value)), 'above 0, at most 4 decimal places'),
  pointCategory: z
    .string()
    .refine(
      (category) => scaleOf(pointsUnit(category)) !== null,
      'letters, digits, _ and -; at most 60',
    ),
  recipientType: z.enum(['MENTOR', 'MENTEE']),
});

/** Characters of a rule as JSON: what it says stands in every version and in every trace. */
const MAX_RULE_LENGTH = 16_384;

export const ruleSchema = z.strictObject({
  name: z.string().min(1).max(200),
  description: z.string().max(1000).default(''),
  enabled: z.boolean().default(true),
  evaluationOrder: z.int().min(0).max(1_000_000),
  conditions: z.array(conditionSchema).min(1).max(50),
  actions: z.array(actionSchema).min(1).max(10),
  deduplicationKey: z.literal('coachingSessionId').default('coachingSessionId'),
});

export type Rule = z.output<typeof ruleSchema>;
export type Action = Rule['actions'][number];
export type RuleVersion = ConfigVersion<Rule>;

/** How a version is named in entries and traces. */
export const ruleRef = (rule: { readonly name: string; readonly version: number }): string =>
  `rule/${rule.name}/${rule.version}`;

/** Versions in force at an instant, one per rule, enabled ones only, in evaluation order then id. */
export function rulesInForce(versions: readonly RuleVersion[], instant: number): RuleVersion[] {
  const byRule = Map.groupBy(versions, (version) => version.name);
  return [...byRule.values()]
    .flatMap((all) => inForce(all, instant) ?? [])
    .filter((version) => version.content.enabled)
    .toSorted(
      (a, b) => a.content.evaluationOrder - b.content.evaluationOrder || (a.name < b.name ? -1 : 1),
    );
}

const requiredType = (rule: Rule): unknown =>
  rule.conditions.find((one) => one.field === 'eventType' && one.operator === 'EQUALS')?.value ??
  null;

export const awardsOf = (rule: Pick<Rule, 'actions'>): Action[] =>
  rule.actions.filter((action) => action.type === 'AWARD_POINTS');

export const revokesOf = (rule: Rule): Action[] =>
  rule.actions.filter((action) => action.type === 'REVOKE_POINTS');

/** True when the REVOKE action takes back what the award action gives: same category and recipient. */
export const governs = (revoke: Action, award: Action): boolean =>
  revoke.pointCategory === award.pointCategory && revoke.recipientType === award.recipientType;

export const isScore = (condition: Pick<Condition, 'field'>): boolean =>
  ['qaCalibrationScore', 'currentScore', 'qaScore'].includes(condition.field);

/** What a rule may not say, with pointers into its body. `others` are the rules live beside it. */
export function checkRule(rule: Rule, others: readonly Rule[]): FieldError[] {
  const errors: FieldError[] = [];
  const { length } = JSON.stringify(rule);
  if (length > MAX_RULE_LENGTH) {
    const detail = `a rule is at most ${MAX_RULE_LENGTH} characters of JSON, not ${length}`;
    errors.push({ pointer: '#/conditions', code: 'too_long', detail });
  }
  if (awardsOf(rule).length > 0 && requiredType(rule) === CREATED) {
    errors.push({
      pointer: `#/conditions/${rule.conditions.findIndex((one) => one.field === 'eventType')}/value`,
      code: 'award_on_created',
      detail: `only ${COMPLETED} awards points: a created coaching session has neither score nor duration`,
    });
  }
  if (outOfOrder(rule, others)) {
    errors.push({
      pointer: '#/evaluationOrder',
      code: 'revoke_before_award',
      detail: 'a REVOKE_POINTS rule needs a higher evaluationOrder than the award rules it governs',
    });
  }
  return errors;
}

function outOfOrder(rule: Rule, others: readonly Rule[]): boolean {
  const after = (revoker: Rule, awarder: Rule): boolean =>
    revoker.evaluationOrder > awarder.evaluationOrder || !pairs(revoker, awarder);
  return [rule, ...others].some((other) => !after(rule, other) || !after(other, rule));
}

const pairs = (revoker: Rule, awarder: Rule): boolean =>
  revokesOf(revoker).some((revoke) => awardsOf(awarder).some((award) => governs(revoke, award)));

/** What is allowed but leaves points that cannot be trusted, in words for the author. */
export function warningsOf(rule: Rule, others: readonly Rule[]): string[] {
  const warnings: string[] = [];
  const awards = awardsOf(rule);
  if (awards.length > 0 && !rule.conditions.some(isScore)) {
    warnings.push('no condition on qaCalibrationScore: every completed coaching session awards');
  }
  const governed = awards.every((award) =>
    [rule, ...others].some((other) => revokesOf(other).some((revoke) => governs(revoke, award))),
  );
  if (!governed) {
    warnings.push(
      'no REVOKE_POINTS rule governs this award: a score lowered later takes nothing back',
    );
  }
  return warnings;
}
