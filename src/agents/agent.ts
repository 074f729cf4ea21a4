/**
 * A person whose work is counted, as the directory knows them. Decides the form of an agent and
 * under which addresses they are found. Refuses names that are no plain text and platforms that
 * would be taken for something else. The ledger knows only the agent key; all this can be erased.
 */
import * as z from 'zod';
import { instantText, plainText } from '../http/fields';
import { DECIMAL_TEXT } from '../kernel/decimal';
import { minorUnits } from '../kernel/units';

export const AGENT_KIND = 'agent';
export const STATUSES = ['ACTIVE', 'INACTIVE', 'LEFT'] as const;

export interface Agent {
  readonly agentId: string;
  readonly name: string | null;
  readonly status: (typeof STATUSES)[number];
  readonly groups: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly platformIds: Readonly<Record<string, string>>;
  readonly employeeId: string | null;
  /** ISO 4217: in which the agent is paid; absent: in the currency of each plan. */
  readonly currency?: string | undefined;
  /** The routing queues that the agent serves; absent: none are known. */
  readonly queues?: readonly AgentQueue[] | undefined;
}

/** How much an agent counts in a routing queue: it gives who is in two teams to one (DEC-14). */
export interface AgentQueue {
  readonly queueId: string;
  /** Plain decimal text of at most 6 places. */
  readonly weight: string;
  readonly primary: boolean;
}

/** Addresses that are not a platform's: the organisation's own id, and HR's. */
const OWN_ADDRESS = 'id';
const EMPLOYEE_ADDRESS = 'employee';

export const agentIdText = plainText(200);

/** No dot: a condition's path splits there. No underscore first: `__proto__` is no attribute. */
const attributeName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,60}$/, 'a name without dots');

const platformName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, 'lower-case letters, digits and -')
  .refine((name) => name !== OWN_ADDRESS && name !== EMPLOYEE_ADDRESS, 'another name');

const attributeValue = z.union([
  z.boolean(),
  z.number(),
  z
    .string()
    .max(500)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'text that has a UTF-8 form'),
]);

const queueWeight = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine((text) => DECIMAL_TEXT.test(text), 'a plain decimal of at most 6 places')
  .refine((text) => !text.startsWith('-'), 'not below zero');

const agentQueue = z.strictObject({
  queueId: plainText(200),
  weight: queueWeight,
  primary: z.boolean().default(false),
});

const atMost = (count: number) => (record: object) => Object.keys(record).length <= count;

export const agentFields = {
  name: plainText(200).nullable().default(null),
  status: z.enum(STATUSES).default('ACTIVE'),
  groups: z
    .array(plainText(100))
    .max(100)
    .refine((groups) => new Set(groups).size === groups.length, 'each group once')
    .default([]),
  attributes: z
    .record(attributeName, attributeValue)
    .refine(atMost(100), 'at most 100 attributes')
    .default({})
    .meta({ description: 'What rules ask for, e.g. `mentorshipEligible`.' }),
  platformIds: z
    .record(platformName, plainText(200))
    .refine(atMost(20), 'at most 20 platforms')
    .default({})
    .meta({ description: 'The id on each platform, by its name, e.g. `genesys`.' }),
  employeeId: plainText(100).nullable().default(null),
  currency: z
    .string()
    .refine((code) => minorUnits(code) !== null, 'a currency code of ISO 4217')
    .nullish()
    .transform((code) => code ?? undefined)
    .meta({
      description:
        "In which the agent is paid, at the rate that a run pins; absent: the plan's. An attribute " +
        'that a plan names as its `currency_attribute` comes before it. P13.',
    }),
  queues: z
    .array(agentQueue)
    .max(100)
    .refine(
      (queues) => new Set(queues.map(({ queueId }) => queueId)).size === queues.length,
      'each queue once',
    )
    .refine((queues) => queues.filter(({ primary }) => primary).length <= 1, 'one primary queue')
    .optional()
    .meta({
      description:
        'Routing queues with the agent’s weight in each: an agent of two reward pools is kept by ' +
        'the team of the queue in which it weighs most. DEC-14.',
      examples: [[{ queueId: 'queue-east', weight: '1.2', primary: true }]],
    }),
};

export const agentBody = z
  .strictObject({
    agentId: agentIdText.optional().meta({ description: 'When given, the id of the address.' }),
    ...agentFields,
    effectiveFrom: instantText
      .nullish()
      .meta({ description: 'From when this holds; the first version since ever, later ones now.' }),
    openClawback: z.array(z.unknown()).max(100).optional().meta({
      description: 'Shown where an agent is read; nothing of it is taken.',
    }),
  })
  .meta({ id: 'AgentBody' });

export const agentAnswer = z
  .object({
    agentId: z.string(),
    name: z.string().nullable(),
    status: z.enum(STATUSES),
    groups: z.array(z.string()),
    attributes: z.record(z.string(), attributeValue),
    platformIds: z.record(z.string(), z.string()),
    employeeId: z.string().nullable(),
    currency: z.string().optional(),
    queues: z.array(agentQueue).optional(),
    effectiveFrom: z.string().nullable(),
  })
  .meta({ id: 'Agent' });

/** An agent's address on a platform, in HR or here. Two agents never share one. */
export interface Address {
  /** The text whose keyed hash names the row. */
  readonly text: string;
  /** The field of the body that says it. */
  readonly pointer: string;
}

export const addressOf = (platform: string, id: string): string => `${platform}:${id}`;

export const ownAddress = (agentId: string): string => addressOf(OWN_ADDRESS, agentId);

/** Every address of an agent. */
export function addressesOf(agent: Agent): Address[] {
  const platforms = Object.entries(agent.platformIds).map(([platform, id]) => ({
    text: addressOf(platform, id),
    pointer: `#/platformIds/${platform}`,
  }));
  const own = { text: ownAddress(agent.agentId), pointer: '#/agentId' };
  if (agent.employeeId === null) return [own, ...platforms];
  const employee = addressOf(EMPLOYEE_ADDRESS, agent.employeeId);
  return [own, ...platforms, { text: employee, pointer: '#/employeeId' }];
}

/** The audit subject of an agent. */
export const agentSubject = (agentKey: string): string => `config:${AGENT_KIND}/${agentKey}`;
