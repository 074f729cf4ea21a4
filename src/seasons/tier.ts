/**
 * Tiers: which one a number of points reaches, what each brings (queue, weight, priority, skills),
 * and what a seat must know to answer. Decides by thresholds alone, and which tier is honoured
 * during grace. Refuses tables whose thresholds do not rise from zero (S6, S8, DEC-18, DEC-19).
 */
import * as z from 'zod';
import { plainText } from '../http/fields';
import type { FieldError } from '../kernel/failure';
import { parseAmount, pointsUnit } from '../kernel/units';

export const TIERS_KIND = 'tiers';
/** There is one table. */
export const TIERS_NAME = 'table';
/** Below the compliance minimums: no tier skills, no share by weight, still in the even share. */
export const UNRANKED = 'UNRANKED';
/** An overloaded agent routes with the smaller of its own weight and this tier's (DEC-20). */
export const OVERLOADED_AS = 'SILVER';
/** Any category: points have the same scale everywhere. */
const POINTS = pointsUnit('any');

const tierName = z.string().regex(/^[A-Z][A-Z0-9_]{0,39}$/, 'capitals, digits and _');
/** The weight as decimal text, so that none is rounded. */
const weight = z
  .union([z.number(), z.string()])
  .transform(String)
  .refine((text) => /^(0|[1-9][0-9]?)(\.[0-9]{1,4})?$/.test(text), 'a weight from 0 to 99')
  .refine((text) => Number(text) > 0, 'a weight above 0');

const privileges = {
  queue: plainText(100).meta({ description: 'The queue interactions go to.' }),
  weight,
  priority: z.int().min(0).max(1000),
  skills: z.array(plainText(100)).max(50).default([]),
  ahtToleranceSeconds: z.int().min(0).max(86_400).nullable().default(null),
  campaigns: z.array(plainText(100)).max(50).default([]),
};

const tier = z.strictObject({
  name: tierName.refine((name) => name !== UNRANKED, 'another name'),
  threshold: z
    .union([z.number(), z.string()])
    .transform(String)
    .refine((text) => pointsOf(text) !== null, 'points, a decimal of at most 4 places, from 0 up'),
  ...privileges,
});

const unranked = z.strictObject(privileges);

/** Defaults of the seed (S6); UNRANKED has priority 70. */
const STANDARD = { queue: 'Standard Resolution' };
const DEVELOPMENT = { queue: 'Development Routing', weight: '0.8' };
const DEFAULTS = {
  tiers: [
    {
      name: 'BRONZE',
      threshold: '0',
      ...DEVELOPMENT,
      priority: 80,
      skills: ['skill_standard_support'],
    },
    {
      name: 'SILVER',
      threshold: '2500',
      ...STANDARD,
      weight: '0.9',
      priority: 90,
      skills: ['skill_standard_support'],
    },
    {
      name: 'GOLD',
      threshold: '5000',
      ...STANDARD,
      weight: '1.0',
      priority: 100,
      skills: ['skill_standard_support', 'skill_escalation_handler'],
    },
    {
      name: 'PLATINUM',
      threshold: '8000',
      queue: 'Premium Resolution',
      weight: '1.2',
      priority: 120,
      skills: ['skill_premium_support', 'skill_escalation_handler', 'skill_complex_resolution'],
    },
  ],
  unranked: { ...DEVELOPMENT, priority: 70 },
};

export const tierTableSchema = z.strictObject({
  tiers: z.array(tier).min(1).max(20),
  unranked: unranked.prefault(DEFAULTS.unranked),
});

/** Tiers from the lowest up; the first begins at 0 points. */
export type TierTable = z.output<typeof tierTableSchema>;
export type Tier = TierTable['tiers'][number];
export type Privileges = TierTable['unranked'];

export const DEFAULT_TIERS: TierTable = tierTableSchema.parse(DEFAULTS);

/** Points of decimal text in 1/10000, or null where there are none or they are negative. */
export function pointsOf(text: string): number | null {
  const amount = parseAmount(text, POINTS);
  return amount === null || amount < 0n || amount > BigInt(Number.MAX_SAFE_INTEGER)
    ? null
    : Number(amount);
}

const thresholdOf = ({ threshold }: Pick<Tier, 'threshold'>): number => pointsOf(threshold) ?? 0;

/** What is wrong with a table beyond its fields: each tier above the one before, the first at 0. */
export function checkTiers({ tiers }: TierTable): FieldError[] {
  return tiers.flatMap((one, index): FieldError[] => {
    const wrong = (field: string, code: string, detail: string): FieldError => ({
      pointer: `#/tiers/${index}/${field}`,
      code,
      detail,
    });
    const before = tiers[index - 1];
    const found: FieldError[] = [];
    if (tiers.findIndex(({ name }) => name === one.name) < index)
      found.push(wrong('name', 'duplicate', `${one.name} stands twice`));
    if (before === undefined && thresholdOf(one) !== 0)
      found.push(wrong('threshold', 'floor', 'the lowest tier begins at 0'));
    if (before !== undefined && thresholdOf(one) <= thresholdOf(before))
      found.push(wrong('threshold', 'order', 'tiers rise from the lowest to the highest'));
    return found;
  });
}

/** The tier that points (1/10000) reach: the highest whose threshold they meet. */
export const tierFor = ({ tiers }: TierTable, points: number): string =>
  tiers.findLast((one) => thresholdOf(one) <= points)?.name ?? tiers[0]?.name ?? UNRANKED;

/** The lowest tier. */
export const floorOf = ({ tiers }: TierTable): string => tiers[0]?.name ?? UNRANKED;

/** Place of a tier from the lowest; -1 for UNRANKED and for names the table does not have. */
export const rankOf = ({ tiers }: TierTable, name: string): number =>
  tiers.findIndex((one) => one.name === name);

/** The higher of two tiers. */
export const higherOf = (table: TierTable, a: string, b: string): string =>
  rankOf(table, b) > rankOf(table, a) ? b : a;

/** What a tier brings; of a name the table does not have any more, what the floor brings. */
export function privilegesOf(table: TierTable, name: string): Privileges {
  if (name === UNRANKED) return table.unranked;
  return table.tiers[Math.max(0, rankOf(table, name))] ?? table.unranked;
}

/** Every skill of the table: only these are ever removed from an agent. */
export const tierSkills = ({ tiers }: TierTable): string[] =>
  [...new Set(tiers.flatMap(({ skills }) => skills))].toSorted();

/** Threshold of a tier in 1/10000 point. */
export const thresholdOfTier = (table: TierTable, name: string): number => {
  const found = table.tiers[rankOf(table, name)];
  return found === undefined ? 0 : thresholdOf(found);
};

/**
 * Which shape of facts this is. Raised whenever what they say changes its meaning: a seat that holds
 * another one asks the books before it answers, and goes by what it has where they are silent. 1
 * (unsaid) did not say what was foreseen.
 */
export const SEAT_FACTS_SHAPE = 2;

/**
 * What a seat needs to answer, as it is pushed when it changes. Of two the one of the later season
 * counts, and within a season the greater `number`; anything older is ignored.
 */
export interface SeatFacts {
  /** `SEAT_FACTS_SHAPE` of who wrote it; absent from the first. */
  readonly shape?: number;
  readonly agentKey: string;
  /** `none` while the agent is in no season. */
  readonly seasonId: string;
  /** First instant of the season and the first one after it, UTC ms; 0 where there is none. */
  readonly seasonStart: number;
  readonly seasonEnd: number;
  /** Counts the agent's tier changes within the season; 0 as it opens. */
  readonly number: number;
  /** What the agent's points come to. */
  readonly tier: string;
  /** What the agent is told and routed by until `graceUntil`; then `tier`. */
  readonly honoured: string;
  /** UTC ms; null outside grace. */
  readonly graceUntil: number | null;
  readonly complianceOk: boolean;
  /** What each tier brings, as the table stood when this was written. */
  readonly privileges: Privileges;
  /** The same of `tier`, in force once grace is over. */
  readonly afterGrace: Privileges;
  /** SILVER's weight; null where the table has no such tier. See `overloadWeight` (DEC-20). */
  readonly silverWeight: string | null;
  /**
   * Where a reset is still to decide how the season opens for the agent: what it would be by the
   * books as they were read. Only the books say so, and only they say what it came to.
   */
  readonly foreseen?: true;
}

/** True where the first is to be ignored because the second is as new or newer. */
export function isOlder(one: SeatFacts, known: SeatFacts): boolean {
  if (one.seasonStart !== known.seasonStart) return one.seasonStart < known.seasonStart;
  return one.number <= known.number;
}

/** The tier an agent is routed by at an instant: grace ends by the clock, told or not. */
export const honouredAt = (
  facts: Pick<SeatFacts, 'tier' | 'honoured' | 'graceUntil'>,
  now: number,
): string => (facts.graceUntil !== null && now >= facts.graceUntil ? facts.tier : facts.honoured);

/** What the tier of `honouredAt` brings. */
export const privilegesAt = (facts: SeatFacts, now: number): Privileges =>
  facts.graceUntil !== null && now >= facts.graceUntil ? facts.afterGrace : facts.privileges;

export const silverWeight = (table: TierTable): string | null =>
  table.tiers[rankOf(table, OVERLOADED_AS)]?.weight ?? null;

/** The weight an overloaded agent routes with: the smaller of its own and SILVER's. */
export const overloadWeight = ({ silverWeight: silver }: SeatFacts, own: string): string =>
  silver !== null && Number(silver) < Number(own) ? silver : own;

/**
 * Who hears of tier changes, in batches; handed in by `compose.ts`. Never throws: what is missed is
 * read when the season ends or compared by night.
 */
export type HearsTierChanges<E> = (
  env: E,
  changes: readonly SeatFacts[],
  now: number,
) => Promise<void>;
