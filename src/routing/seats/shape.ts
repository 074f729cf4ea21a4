/** Bodies and answers of the routes of seats. Decides their form only. */
import * as z from 'zod';
import { agentIdText } from '../../agents/agent';
import { instantText, plainText } from '../../http/fields';
import { parseDecimal } from '../../kernel/decimal';
import { printInstant } from '../../kernel/instant';
import type { SeatFacts } from '../../seasons/tier';
import { printMillionths, type Reading } from '../load/load';
import { targetText } from '../policy/policy';
import { CONDITIONS, type Decision, VERDICTS } from './decision';

export const platformText = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, 'lower-case letters, digits and -')
  .default('genesys-cloud')
  .meta({ description: 'Whose ids and words are spoken: `genesys-cloud`, `cxone`, …' });

export const interactionText = plainText(200);

export const decisionBody = z.strictObject({
  interactionId: interactionText.meta({
    description: 'Names the interaction; a repeat answers the same.',
  }),
  agentId: agentIdText,
  platform: platformText,
  resetApplied: z
    .union([plainText(100), z.boolean()])
    .nullish()
    .meta({
      description:
        'The `reset_applied` the platform holds for the agent. Another season than the current one has the books read first.',
    }),
});

const condition = z.object({
  condition: z.enum(CONDITIONS),
  verdict: z.enum(VERDICTS),
  expected: z.string(),
  actual: z.string(),
});

export const decisionAnswer = z
  .object({
    interactionId: z.string(),
    agentId: z.string(),
    platform: z.string(),
    tier: z.string(),
    seasonId: z.string().nullable(),
    queue: z.string(),
    weight: z.number().nullable().meta({ description: 'Null on CXone, which has a priority.' }),
    priority: z.int().nullable().meta({ description: 'On CXone alone.' }),
    skills: z.array(z.string()),
    campaigns: z.array(z.string()),
    ahtToleranceSeconds: z.int().nullable(),
    overloaded: z.boolean(),
    decidedAt: z.string(),
    heldUntil: z.string(),
    why: z.array(condition),
  })
  .meta({ id: 'RoutingDecision' });

/** CXone sets priorities where others weigh. */
const hasPriorities = (platform: string): boolean => platform === 'cxone';

export const showDecision = (
  asked: Pick<z.output<typeof decisionBody>, 'interactionId' | 'agentId' | 'platform'>,
  decision: Decision,
  heldUntil: number,
) => ({
  interactionId: asked.interactionId,
  agentId: asked.agentId,
  platform: asked.platform,
  tier: decision.tier,
  seasonId: decision.seasonId,
  queue: decision.queue,
  weight: hasPriorities(asked.platform) ? null : Number(decision.weight),
  priority: hasPriorities(asked.platform) ? decision.priority : null,
  skills: decision.skills,
  campaigns: decision.campaigns,
  ahtToleranceSeconds: decision.ahtToleranceSeconds,
  overloaded: decision.overloaded,
  decidedAt: printInstant(decision.at),
  heldUntil: printInstant(heldUntil),
  why: decision.why,
});

const quantity = z.union([z.number(), z.string()]).refine((value) => {
  const decimal = parseDecimal(value);
  return decimal?.isNegative() === false && !decimal.greaterThan(1_000_000);
}, 'a plain decimal from 0 to 1,000,000');

/** One sample, by the names of the event `agent.utilization`. */
const sampleBody = z.strictObject({
  eventType: z.literal('agent.utilization').optional(),
  eventId: plainText(200).optional(),
  occurredAt: instantText.optional(),
  agentId: agentIdText,
  concurrent: quantity.meta({ description: 'Interactions at once.' }),
  targetConcurrent: targetText
    .optional()
    .meta({ description: 'Full load; absent: the agent’s, else the policy’s.' }),
  ahtSeconds: quantity.optional(),
  targetAhtSeconds: quantity.optional(),
  queueId: plainText(200).optional(),
  queueWaitSeconds: quantity.optional(),
  queueLength: z.int().min(0).max(1_000_000).optional(),
});

/** One sample at the top, or several under `samples`. */
export const utilisationBody = z
  .strictObject({
    ...sampleBody.partial().shape,
    samples: z.array(sampleBody).min(1).max(200).optional(),
    platform: platformText,
  })
  .superRefine((said, context) => {
    const wrong = (path: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (said.samples === undefined) {
      if (said.agentId === undefined) wrong('agentId', 'whose load it is must be said');
      if (said.concurrent === undefined) wrong('concurrent', 'how much it is must be said');
    } else if (said.agentId !== undefined || said.concurrent !== undefined) {
      wrong('samples', 'one sample at the top, or several here');
    }
  });

export const samplesAnswer = z.object({
  results: z.array(
    z.object({
      agentId: z.string(),
      status: z.enum(['accepted', 'duplicate', 'conflict', 'refused']),
      reason: z.string().optional(),
      overloaded: z.boolean().optional(),
    }),
  ),
});

export const seatAnswer = z.object({
  agentId: z.string(),
  seasonId: z.string().nullable(),
  tier: z.string().nullable(),
  honoured: z.string().nullable(),
  graceUntil: z.string().nullable(),
  number: z.int().nullable(),
  foreseen: z.boolean().meta({
    description: 'The reset that opens the season for the agent was not in the books yet.',
  }),
  readAt: z.string().nullable().meta({ description: 'When the books were last read.' }),
  heldInteractions: z.int(),
  overload: z.object({ since: z.string(), trigger: z.string(), relapse: z.boolean() }).nullable(),
  load: z.object({
    now: z.string().nullable().meta({ description: 'Share of the target capacity, 1 is full.' }),
    mean: z
      .string()
      .nullable()
      .meta({ description: 'Over 15 minutes; null while fewer are known.' }),
    ahtSeconds: z.string().nullable(),
    queueWaitSeconds: z.string().nullable(),
    queueLength: z.int().nullable(),
  }),
});

const instantOrNull = (at: number | null | undefined): string | null =>
  at == null ? null : printInstant(at);

export const showFacts = (facts: SeatFacts | null) => ({
  seasonId: facts === null || facts.seasonStart === facts.seasonEnd ? null : facts.seasonId,
  tier: facts?.tier ?? null,
  honoured: facts?.honoured ?? null,
  graceUntil: instantOrNull(facts?.graceUntil),
  number: facts?.number ?? null,
  foreseen: facts?.foreseen === true,
});

export const showLoad = ({ latest, now, mean }: Reading) => ({
  now: now === null ? null : printMillionths(now),
  mean: mean === null ? null : printMillionths(mean),
  ahtSeconds: latest?.ahtSeconds == null ? null : printMillionths(BigInt(latest.ahtSeconds)),
  queueWaitSeconds:
    latest?.queueWaitSeconds == null ? null : printMillionths(BigInt(latest.queueWaitSeconds)),
  queueLength: latest?.queueLength ?? null,
});
