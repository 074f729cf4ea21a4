/**
 * The farming guards as a settlement applies them (M9): nobody mentors themselves, and what a cap
 * holds back stands at zero and says what it would have been. Decides over what the rules gave;
 * refuses nothing.
 */
import type { KeptEvent } from '../../events/event';
import { periodOf } from '../../kernel/period';
import type { ConfigVersion } from '../../ledger/config';
import type { Award } from '../coaching/award';
import type { Frozen } from '../coaching/decision';
import type { RuleVerdict } from '../coaching/fold';
import type { Programme } from '../programmes/programme';
import type { CapVerdict } from './cap';
import type { Claim } from './claim';
import { cappedCategories, verdictsOn } from './reach';

export const isSelfMentoring = (frozen: Pick<Frozen, 'mentorKey' | 'menteeKey'> | null): boolean =>
  frozen !== null && frozen.mentorKey === frozen.menteeKey;

/** Fails every rule on the mentor: two addresses of one person are one person. */
export function refuseSelfMentoring(verdict: RuleVerdict, { event }: KeptEvent): RuleVerdict {
  const { mentorId = null, menteeId = null } = event.data;
  const condition = {
    field: 'mentorId',
    operator: 'NOT_EQUALS' as const,
    expected: menteeId,
    actual: mentorId,
    verdict: 'FAILED' as const,
  };
  const { revokedBy: _, stands: __, ...rest } = verdict;
  return { ...rest, awarded: false, trace: [condition, ...verdict.trace] };
}

export interface Guarded {
  readonly awards: readonly Award[];
  /** What the coaching session claims in categories with caps. */
  readonly claims: readonly Claim[];
}

export interface Competition {
  readonly session: string;
  readonly frozen: Frozen;
  /** UTC ms of the completion. */
  readonly occurredAt: number;
  readonly programmes: readonly ConfigVersion<Programme>[];
  /** What stands of the mentor's coaching sessions within reach. */
  readonly claims: readonly Claim[];
}

/** The awards as the caps leave them, category by category. */
export function holdToCaps(awards: readonly Award[], among: Competition): Guarded {
  let held = awards;
  const claims: Claim[] = [];
  for (const category of cappedCategories(among.programmes, among.occurredAt)) {
    const own = awards.filter(({ trace }) => trace.category === category);
    if (own.length === 0) continue;
    const claim = claimOf(category, own, among);
    const others = among.claims.filter((one) => competes(one, claim));
    const verdict = verdictsOn(among.programmes, [...others, claim]).get(claim.session) ?? null;
    claims.push({ ...claim, granted: verdict === null });
    if (verdict !== null) held = held.map((award) => capped(award, category, verdict));
  }
  return { awards: held, claims };
}

const competes = (one: Claim, own: Claim): boolean =>
  one.session !== own.session && one.category === own.category && one.mentorKey === own.mentorKey;

const claimOf = (
  category: string,
  own: readonly Award[],
  { session, frozen, occurredAt }: Competition,
): Claim => ({
  session,
  category,
  mentorKey: frozen.mentorKey,
  menteeKey: frozen.menteeKey,
  day: frozen.day,
  week: frozen.week ?? periodOf('WEEKLY', frozen.day).firstDay,
  occurredAt,
  amount: own
    .filter(({ trace }) => trace.recipient === 'MENTOR')
    .reduce((sum, { trace }) => sum + trace.amount, 0),
  granted: true,
});

function capped(award: Award, category: string, verdict: CapVerdict): Award {
  const { trace } = award;
  if (trace.category !== category) return award;
  return { ...award, trace: { ...trace, amount: 0, capped: { ...verdict, amount: trace.amount } } };
}

/** True when there were awards and caps left none of them. */
export const isCapped = (awards: readonly Award[]): boolean =>
  awards.length > 0 && awards.every(({ trace }) => trace.capped !== undefined);
