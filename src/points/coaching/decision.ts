/**
 * A decision is what one settlement of a coaching session said: the events it covered, every
 * condition with expected and actual, what it posted. Decides the row's form; the newest decisions
 * of a coaching session are all that is needed to go on after its object has forgotten everything.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Json, JsonObject } from '../../events/event';
import type { Row } from '../../kernel/change-set';
import { canonicalJson, hashFields } from '../../kernel/hash';
import type { Unit } from '../../kernel/units';
import { withinBounds } from '../explain/trace';
import type { CapVerdict } from '../guards/cap';
import type { Claim } from '../guards/claim';
import type { BandTrace } from '../programmes/programme';
import type { ConditionTrace } from '../rules/condition';

const OUTCOMES = [
  'AWARDED',
  'REVOKED',
  'AWARD_STANDS',
  'CAPPED',
  'RULE_EVALUATION_FAILED',
  'NO_RULE',
  'AWAITING_COMPLETION',
  'AWAITING_SCORE',
  'EXPIRED',
  'UNKNOWN_AGENT',
  'ERASED',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** What this settlement moved for one agent under one rule. */
export interface Posting {
  readonly entry: string;
  readonly tx: string;
  readonly account: string;
  readonly unit: Unit;
  readonly category: string;
  /** Id of the rule, without its version: corrections of a rule's award find it by this. */
  readonly ruleId: string;
  /** Business day, `YYYY-MM-DD`. */
  readonly day: string;
  /** Signed, 1/10000 point. */
  readonly amount: number;
}

export interface RuleTrace {
  readonly rule: string;
  readonly verdict: 'PASSED' | 'FAILED' | 'REVOKED';
  readonly conditions: readonly ConditionTrace[];
  readonly revokedBy?: { readonly rule: string; readonly conditions: readonly ConditionTrace[] };
}

export interface AwardTrace {
  readonly rule: string;
  readonly recipient: 'MENTOR' | 'MENTEE';
  readonly category: string;
  readonly points: string;
  readonly multiplier: {
    readonly state: 'KNOWN' | 'PENDING' | 'UNKNOWN';
    readonly factor: string;
    readonly bands: readonly BandTrace[];
  };
  /** 1/10000 point after the one rounding; 0 where a cap holds it back. */
  readonly amount: number;
  /** The cap, and what the award would have been without it, 1/10000 point. */
  readonly capped?: CapVerdict & { readonly amount: number };
}

/** What was known about a completion at its first settlement, as of the coaching's time. */
export interface Frozen {
  readonly completion: string;
  readonly mentorKey: string;
  readonly menteeKey: string;
  /** Local day of the coaching in the organisation's zone, `YYYY-MM-DD`. */
  readonly day: string;
  /** First day of its week by the organisation's `weekStart`. */
  readonly week?: string;
  /** When the coaching began and ended, UTC ms; half-open. */
  readonly span?: { readonly from: number; readonly until: number };
  readonly mentor: JsonObject;
  readonly mentee: JsonObject;
  /**
   * Season of each category as the coaching ended; absent where no season held one, and in what was
   * frozen before there were seasons: such points stay where they were posted.
   */
  readonly seasons?: Readonly<Record<string, string>>;
  /** Mean score before, `numerator/denominator`, or null. */
  readonly before: string | null;
  /** Mean score after, by length of measuring in days: programmes may measure differently. */
  readonly measures: Readonly<Record<string, Measure>>;
}

export interface Measure {
  /** `numerator/denominator`, or null while or because nothing is known. */
  readonly after: string | null;
  /** False while results may still come that count. */
  readonly done: boolean;
}

export interface Decision {
  readonly session: string;
  /** Settlements of a coaching session count from 1. */
  readonly number: number;
  readonly at: number;
  readonly upto: number;
  readonly outcome: Outcome;
  /** Row ids of the events that this settlement was the first to cover. */
  readonly events: readonly string[];
  readonly score: Json;
  readonly frozen: Frozen | null;
  readonly rules: readonly RuleTrace[];
  readonly awards: readonly AwardTrace[];
  readonly postings: readonly Posting[];
  /** Who gave the score that stands, as the event says; absent where it says nothing. */
  readonly evaluator?: string;
  /** What it claims where programmes have caps; absent where none has. */
  readonly claims?: readonly Claim[];
}

const PACK_ABOVE_BYTES = 1024;
const NUMBER_WIDTH = 6;

export const decisionId = (session: string, number: number): string =>
  `${session}.${String(number).padStart(NUMBER_WIDTH, '0')}`;

export function decisionRow(decision: Decision, salt: string): Row {
  const { session, upto, outcome, number, ...content } = withinBounds(decision);
  const stored = pack(canonicalJson(content));
  return {
    table: 'decisions',
    id: decisionId(session, number),
    values: { session, upto, outcome, content_hash: hashFields(salt, stored) },
    side: { content: stored, salt },
  };
}

/** A decision and the seal under which it stands: what was known when. */
export interface SealedDecision {
  readonly seal: number;
  readonly decision: Decision;
}

export interface StoredDecision {
  readonly id: string;
  readonly session: string;
  readonly upto: number;
  readonly outcome: string;
  readonly content: string | null;
}

/** A decision as it stands in D1; null when its content has been erased. */
export function readDecision(row: StoredDecision): Decision | null {
  if (row.content === null) return null;
  const content = JSON.parse(unpack(row.content)) as Omit<
    Decision,
    'session' | 'upto' | 'outcome' | 'number'
  >;
  return {
    ...content,
    session: row.session,
    upto: row.upto,
    outcome: row.outcome as Outcome,
    number: Number(row.id.slice(-NUMBER_WIDTH)),
  };
}

/** Traces above 1 KB are kept compressed; the hash is over what is stored, so any row verifies alone. */
function pack(text: string): string {
  if (text.length <= PACK_ABOVE_BYTES) return text;
  return `gz:${gzipSync(Buffer.from(text, 'utf8')).toString('base64')}`;
}

export function unpack(stored: string): string {
  if (!stored.startsWith('gz:')) return stored;
  return gunzipSync(Buffer.from(stored.slice(3), 'base64')).toString('utf8');
}
