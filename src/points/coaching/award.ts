/**
 * What one award rule gives: points times the programme's multiplier, exactly, rounded half up once
 * to 1/10000 point. Decides the amount and keeps how it came about; refuses nothing.
 */
import { seasonOf } from '../../calendar/season';
import type { JsonObject, KeptEvent } from '../../events/event';
import { parseDecimal, printDecimal } from '../../kernel/decimal';
import {
  type Fraction,
  fraction,
  fractionOfDecimal,
  multiply,
  parseFraction,
  roundHalfUp,
} from '../../kernel/fraction';
import { DAY_MS } from '../../kernel/instant';
import { POINTS_SCALE } from '../../kernel/units';
import { agentPoints } from '../../ledger/account';
import { type Measured, multiplierOf, type Programme } from '../programmes/programme';
import type { AwardTrace, Frozen } from './decision';
import type { RuleVerdict } from './fold';

/** Instant at which the mentee counts as measured. */
export const measuredAt = (completion: KeptEvent, programme: Programme): number =>
  completion.occurredAt + programme.measurementDays * DAY_MS;

export interface Award {
  readonly trace: AwardTrace;
  readonly ruleId: string;
  readonly account: string;
}

/** The awards of a rule that passed, one per action. */
export function awardsOf(
  verdict: RuleVerdict,
  facts: JsonObject,
  frozen: Frozen,
  programmeOf: (category: string) => Programme,
): Award[] {
  return verdict.actions.map((action) => {
    const { pointCategory: category, recipientType: recipient } = action;
    const programme = programmeOf(category);
    const multiplier = multiplierOf(programme, measuredOf(frozen, programme), facts);
    const points = fractionOfDecimal(String(action.points));
    const scaled = multiply(
      multiply(points, multiplier.factor),
      fraction(10n ** BigInt(POINTS_SCALE)),
    );
    const holder = recipient === 'MENTOR' ? frozen.mentorKey : frozen.menteeKey;
    return {
      ruleId: verdict.ruleId,
      account: agentPoints(holder, category, seasonOf(frozen.seasons ?? {}, category)),
      trace: {
        rule: verdict.rule,
        recipient,
        category,
        points: String(action.points),
        multiplier: {
          state: multiplier.state,
          factor: printFactor(multiplier.factor),
          bands: multiplier.trace,
        },
        amount: Number(roundHalfUp(scaled)),
      },
    };
  });
}

function measuredOf(frozen: Frozen, programme: Programme): Measured {
  const measure = frozen.measures[programme.measurementDays];
  return {
    before: scoreIn(frozen.before),
    after: scoreIn(measure?.after ?? null),
    open: measure?.done !== true,
  };
}

/** A score as decisions keep it; null where they keep none. */
export const scoreIn = (text: string | null): Fraction | null =>
  text?.includes('/') ? parseFraction(text) : null;

const printFactor = ({ numerator, denominator }: Fraction): string => {
  const top = parseDecimal(numerator.toString());
  const bottom = parseDecimal(denominator.toString());
  return top === null || bottom === null
    ? `${numerator}/${denominator}`
    : printDecimal(top.dividedBy(bottom));
};
