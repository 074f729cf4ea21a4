/**
 * What an organisation sets about routing: how many interactions at once are an agent's full load
 * where nobody says it, which further signs of overload count, and which platforms are given the
 * skills of a tier. Decides the form and its defaults; refuses targets of nothing and the same
 * destination twice.
 */
import * as z from 'zod';
import { parseDecimal } from '../../kernel/decimal';
import { ROUTING_POLICY, skillTarget } from '../../seasons/telling/target';

/** There is one policy. */
export const { kind: POLICY_KIND, name: POLICY_NAME } = ROUTING_POLICY;

/** Target capacity: interactions at once that are a full load, decimal text above 0. */
export const targetText = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine((text) => {
    const target = parseDecimal(text);
    return target?.greaterThan(0) === true && !target.greaterThan(1000);
  }, 'a decimal above 0, at most 1000');

export const policySchema = z.strictObject({
  targetConcurrent: targetText
    .default('1')
    .meta({ description: 'Full load of an agent where neither sample nor agent says it.' }),
  triggers: z
    .strictObject({
      aht: z
        .boolean()
        .default(false)
        .meta({ description: 'Handle time above target by more than the tolerance of the tier.' }),
      queueWaitSeconds: z
        .int()
        .min(1)
        .max(86_400)
        .nullable()
        .default(null)
        .meta({ description: 'Queue wait above this counts; null: it is only recorded.' }),
    })
    .prefault({}),
  skills: z
    .array(skillTarget)
    .max(10)
    .refine(
      (all) => new Set(all.map(({ destination }) => destination)).size === all.length,
      'each destination once',
    )
    .default([]),
});

export type RoutingPolicy = z.output<typeof policySchema>;

export const DEFAULT_POLICY: RoutingPolicy = policySchema.parse({});

/** Attribute of an agent that says their target capacity. */
export const TARGET_ATTRIBUTE = 'targetConcurrent';
