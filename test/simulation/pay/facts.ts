/**
 * The facts of a history of pay: what is known of everybody and every month before the first run, and
 * later words on a result of somebody, or on another one of the same month.
 */
import { type Chance, unitOf } from '../chance';
import { UTC } from '../zones';
import { createdAt, type Place, startsAt } from './days';
import type { PayPart, PlannedPayee, PlannedTime, PlannedWord } from './plan';
import { LISTED, payeeKey, SECOND } from './rules';

const SCORES = ['70', '78', '79.99', '85', '92.5', '95', '99.9'];

/** Facts of everybody and every period, as they are known before the first run. */
export function firstFacts(
  chance: Chance,
  place: Place,
  { payees, periods }: Pick<PayPart, 'payees' | 'periods'>,
): { words: PlannedWord[]; times: PlannedTime[]; interactions: Record<string, number> } {
  const words: PlannedWord[] = [];
  const times: PlannedTime[] = [];
  const interactions: Record<string, number> = {};
  for (const { agent } of payees) {
    for (const period of periods) {
      const at = Date.parse(`${period}-15T12:00:00Z`) + words.length;
      const key = `first ${agent} ${period}`;
      const result = `result-${agent}-${period}`;
      const score = chance.pick(SCORES);
      // By the first of them both versions are in force in every period before its end is looked at.
      const isFirst = agent === payees[0]?.agent;
      const madeAt = (name: string): number =>
        createdAt(isFirst ? { ...place, zone: UTC } : place, name, period);
      words.push({ ...STANDS, key, agent, period, result, score, at, createdAt: madeAt(result) });
      const other = { ...STANDS, agent, period, version: SECOND, score: chance.pick(SCORES) };
      const many = isFirst ? 2 : chance.between(0, 2);
      for (let nth = 0; nth < many; nth += 1) {
        words.push({
          ...other,
          key: `${key} ${nth}`,
          result: `${result}-second-${nth}`,
          at: at + 1 + nth,
          createdAt: madeAt(`${result}-second-${nth}`),
        });
      }
      const productive = 60 * chance.pick([80, 84, 85, 88, 97]);
      const start = startsAt(place, agent, period);
      const said = { key: `time ${key}`, agent, period, productive, loggedIn: 6000, at };
      times.push({ ...said, startsAt: start });
      interactions[payeeKey(agent, period)] = chance.pick([145, 145, 50, 49]);
    }
  }
  return { words, times, interactions };
}

const VERSIONS = [LISTED, LISTED, LISTED, LISTED, LISTED, LISTED, SECOND, SECOND, SECOND];
const STANDS = { status: 'COMPLETED', version: LISTED, counts: true } as const;

/** One word in ten gives the result to another agent; drawn apart, so that no other draw moves. */
function holderOf(payees: readonly PlannedPayee[], agent: string, at: number): string {
  if (unitOf(`${at} is given to another`) >= 0.1) return agent;
  const place = Math.floor(unitOf(`${at} to whom`) * payees.length);
  return payees[place]?.agent ?? agent;
}

/** A later word on the result of somebody, or on another one of the same month. */
export function drawWord(
  chance: Chance,
  number: number,
  { payees, periods, place }: Pick<PayPart, 'payees' | 'periods'> & { readonly place: Place },
  at: number,
): PlannedWord {
  const { agent } = chance.pick(payees);
  const period = chance.pick(periods);
  const other = chance.happens(0.2) ? `-${number}` : '';
  const status = chance.happens(0.1) ? 'IN_PROGRESS' : 'COMPLETED';
  const version = chance.pick([...VERSIONS, 'scorecard-unlisted']);
  const result = `result-${agent}-${period}${other}`;
  const isOfFirst = agent === payees[0]?.agent && other === '';
  return {
    key: `p${number}`,
    agent: holderOf(payees, agent, at),
    period,
    result,
    createdAt: createdAt(isOfFirst ? { ...place, zone: UTC } : place, result, period),
    score: chance.pick(SCORES),
    status,
    version,
    counts: status === 'COMPLETED',
    at,
  };
}
