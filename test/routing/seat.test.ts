/** What a seat takes for news, and when it must ask the books first. */
import { describe, expect, it } from 'vitest';
import { CALM } from '../../src/routing/load/load';
import { DEFAULT_POLICY } from '../../src/routing/policy/policy';
import { decideFor, standingOf } from '../../src/routing/seats/decision';
import {
  compared,
  EMPTY_SEAT,
  FORESEEN_MS,
  isTooEarly,
  LOOK_AGAIN_MS,
  mustLook,
  pauseOf,
  type SeatState,
  SILENT_MS,
  settled,
  told,
} from '../../src/routing/seats/seat';
import { showFacts } from '../../src/routing/seats/shape';
import { DEFAULT_TIERS, privilegesOf, type SeatFacts, UNRANKED } from '../../src/seasons/tier';
import { DAY, factsOf, MINUTE } from './desk';

const START = Date.UTC(2032, 3, 1);
const END = Date.UTC(2032, 6, 1);
const MID = Date.UTC(2032, 4, 15);
const q2 = (tier: string, number = 1) =>
  factsOf('k', tier, { seasonStart: START, seasonEnd: END, number });
const q3 = (tier: string, number = 0) =>
  factsOf('k', tier, { seasonId: '2032-Q3', seasonStart: END, seasonEnd: END + 92 * DAY, number });
const none = factsOf('k', 'BRONZE', { seasonId: 'none', seasonStart: 0, seasonEnd: 0, number: 0 });
const seat = (facts: SeatState['facts'], checkedAt = MID): SeatState => ({
  ...EMPTY_SEAT,
  facts,
  checkedAt,
});
const said = (facts: SeatFacts, at = END + DAY) => ({ facts, at });
const QUIET = {
  latest: null,
  now: null,
  mean: null,
  isOverNow: false,
  isOverMean: false,
  isBack: false,
  isOverAht: null,
  isOverWait: null,
};

describe('a seat asks the books', () => {
  it('when it knows nothing, and not again while its season runs', () => {
    expect(mustLook(null, MID)).toBe(true);
    expect(mustLook(seat(q2('GOLD')), END - 1)).toBe(false);
  });

  it('whenever its season has ended, however late it last asked', () => {
    expect(mustLook(seat(q2('GOLD')), END)).toBe(true);
    expect(mustLook(seat(q2('GOLD'), END + MINUTE), END + MINUTE)).toBe(true);
    expect(settled(seat(q2('GOLD'), END + MINUTE), null, END + MINUTE)?.validated).toBe(false);
  });

  it('now and then while it is in no season', () => {
    expect(mustLook(seat(none, END), END + LOOK_AGAIN_MS - 1)).toBe(false);
    expect(mustLook(seat(none, END), END + LOOK_AGAIN_MS)).toBe(true);
  });

  it('where what it holds is of another shape, and then not again', () => {
    const { shape: _, ...older } = q3('GOLD');
    const before = seat(older, END + DAY);
    expect(mustLook(before, END + DAY)).toBe(true);
    const after = settled(before, said(q3('SILVER')), END + DAY);
    expect(after?.facts.tier).toBe('SILVER');
    expect(mustLook(after?.state ?? null, END + DAY)).toBe(false);
    // Of another season: what was foreseen before the word existed stands over nothing decided.
    const ahead = seat({ ...older, seasonStart: END + DAY }, END);
    expect(settled(ahead, said(q3('SILVER')), END + 2 * DAY)?.facts).toEqual(q3('SILVER'));
    expect(compared(before, q3('GOLD'), END + DAY)).toEqual({ value: 'same' });
  });

  it('and remembers the instant at which they were read, not the one of who waited for that', () => {
    const early = said(q2('GOLD'), END - 1);
    expect(settled(seat(q2('GOLD')), early, END + MINUTE)?.state.checkedAt).toBe(END - 1);
    expect(isTooEarly(early, END, null)).toBe(true);
    expect(isTooEarly(early, END - 1, null)).toBe(false);
    expect(isTooEarly(said(q3('GOLD'), END), END + 1, null)).toBe(false);
  });

  it('when the platform has applied another reset, at most once a minute (S9)', () => {
    const known = seat(q3('GOLD'), END + DAY);
    expect(mustLook(known, END + DAY + MINUTE, '2032-Q3')).toBe(false);
    expect(mustLook(known, END + DAY + MINUTE, '2032-Q2')).toBe(true);
    expect(mustLook(known, END + DAY + MINUTE - 1, '2032-Q2')).toBe(false);
  });

  it('every half minute while a reset is still to decide how the season opened', () => {
    const foreseen = seat({ ...q3('GOLD'), foreseen: true }, END + DAY);
    expect(mustLook(foreseen, END + DAY + FORESEEN_MS - 1)).toBe(false);
    expect(mustLook(foreseen, END + DAY + FORESEEN_MS)).toBe(true);
    const decided = settled(foreseen, said(q3('SILVER')), END + DAY + FORESEEN_MS);
    expect(decided?.facts).toEqual(q3('SILVER'));
    expect(mustLook(decided?.state ?? null, END + 30 * DAY)).toBe(false);
  });

  it('and writes nothing where they foresee what it holds', () => {
    const foreseen = seat({ ...q3('GOLD'), foreseen: true }, END);
    const later = END + FORESEEN_MS;
    const again = settled(foreseen, said({ ...q3('GOLD'), foreseen: true }, later), later);
    expect(again?.state).toBe(foreseen);
    expect(again?.recalculated).toBe(true);
    const other = settled(foreseen, said({ ...q3('SILVER'), foreseen: true }, later), later);
    expect(other?.state).toMatchObject({ checkedAt: later, facts: { tier: 'SILVER' } });
    expect(settled(foreseen, said(q3('GOLD'), later), later)?.state.facts).toEqual(q3('GOLD'));
  });

  it('and believes them over what was foreseen, though another season was opened', () => {
    const foreseen = seat({ ...q3('GOLD'), foreseen: true, seasonStart: END + DAY }, END);
    expect(settled(foreseen, said(q3('SILVER')), END + 2 * DAY)?.facts).toEqual(q3('SILVER'));
  });

  it('less often after they were silent, where it may go on with what it foresees', () => {
    const foreseen = seat({ ...q3('GOLD'), foreseen: true }, END);
    expect(pauseOf(foreseen, END + DAY)).toBe(FORESEEN_MS);
    expect(pauseOf(foreseen, END + 92 * DAY)).toBe(SILENT_MS);
    expect(pauseOf(seat(q3('GOLD'), END), END + 92 * DAY)).toBe(SILENT_MS);
    expect(pauseOf(null, END + DAY)).toBe(SILENT_MS);
    const view = settled(foreseen, 'silent', END + FORESEEN_MS);
    expect(view).toMatchObject({ validated: true, recalculated: false, facts: { tier: 'GOLD' } });
  });

  it('less often after they were silent, where it holds a season that runs, in whatever shape', () => {
    const { shape: _, ...old } = q3('GOLD');
    const known = seat(old, END);
    expect(mustLook(known, END + DAY)).toBe(true);
    expect(pauseOf(known, END + DAY)).toBe(FORESEEN_MS);
  });

  it('and believes them over what it held of a season that has ended', () => {
    const after = settled(seat(q2('PLATINUM')), said(none), END + DAY);
    expect(after).toMatchObject({ facts: none, recalculated: true, validated: true });
  });

  it('and keeps news of a running season that came while they were read', () => {
    const after = settled(seat(q3('GOLD', 2)), said(q3('SILVER', 1)), END + DAY);
    expect(after?.facts.tier).toBe('GOLD');
  });

  it('and honours nothing of an ended season while they are silent (S9)', () => {
    const view = settled(seat(q2('PLATINUM')), 'silent', END + DAY);
    expect(view?.validated).toBe(false);
    const decision = (table: typeof DEFAULT_TIERS | null) =>
      view && decideFor({ ...view, load: CALM, reading: QUIET }, table, END + DAY);
    expect(decision(DEFAULT_TIERS)).toMatchObject({ tier: 'BRONZE', weight: '0.8' });
    expect(decision(null)).toMatchObject({ tier: UNRANKED, skills: [], priority: 0 });
    const standing =
      view && standingOf({ ...view, load: CALM, reading: QUIET }, DEFAULT_TIERS, END + DAY);
    expect(standing?.weight).toBe(0);
    expect(settled(null, 'silent', MID)).toBeNull();
  });
});

describe('news of a tier change', () => {
  it('changes a seat that holds older news, and no other', () => {
    expect(told(seat(q2('GOLD', 2)), q2('SILVER', 3), MID)?.facts?.tier).toBe('SILVER');
    expect(told(seat(q2('GOLD', 2)), q2('GOLD', 2), MID)).toBeUndefined();
    expect(told(seat(q2('GOLD', 2)), q2('SILVER', 1), MID)).toBeUndefined();
    expect(told(null, q2('SILVER', 3), MID)).toBeUndefined();
  });

  it('of a season that was foreseen replaces it, though the seat is to look again', () => {
    const foreseen = seat({ ...q3('BRONZE'), foreseen: true }, END);
    expect(told(foreseen, q3('SILVER', 1), END + DAY)?.facts).toEqual(q3('SILVER', 1));
    expect(told(foreseen, q2('GOLD', 5), END + DAY)).toBeUndefined();
  });

  it('of the next season costs no row where the seat reads the books before it answers', () => {
    expect(told(seat(q2('GOLD', 2)), q3('SILVER'), END + DAY)).toBeUndefined();
    expect(told(seat(none, END + DAY), q3('SILVER'), END + DAY + 1)?.facts?.tier).toBe('SILVER');
  });
});

describe('the nightly comparison', () => {
  it('mends what differs and is not newer', () => {
    const same = compared(seat(q2('GOLD', 2)), q2('GOLD', 2), MID);
    const lost = compared(seat(q2('GOLD', 2)), q2('SILVER', 3), MID);
    const drifted = compared(seat(q2('PLATINUM', 2)), q2('GOLD', 2), MID);
    const newer = compared(seat(q2('PLATINUM', 3)), q2('GOLD', 2), MID);
    const ended = compared(seat(q2('PLATINUM', 3)), none, END + DAY);
    const values = [same, lost, drifted, newer, ended].map(({ value }) => value);
    expect(values).toEqual(['same', 'mended', 'mended', 'same', 'mended']);
    expect(lost.state?.facts?.tier).toBe('SILVER');
    expect(compared(null, q2('GOLD'), MID).value).toBe('empty');
  });

  it('writes nothing to a seat that foresaw what was decided', () => {
    const foreseen = seat({ ...q3('GOLD'), foreseen: true }, END);
    expect(compared(foreseen, q3('GOLD'), END + DAY)).toEqual({ value: 'same' });
    expect(compared(foreseen, q3('SILVER'), END + DAY).state?.facts).toEqual(q3('SILVER'));
  });
});

describe('a decision', () => {
  const decide = (facts: SeatState['facts'], now: number, table = DEFAULT_TIERS) =>
    facts &&
    decideFor(
      { facts, recalculated: false, validated: true, load: CALM, reading: QUIET },
      table,
      now,
    );

  it('honours the previous tier during grace and the points after it, by the clock (DEC-18)', () => {
    const grace = {
      ...q3('BRONZE'),
      honoured: 'PLATINUM',
      privileges: privilegesOf(DEFAULT_TIERS, 'PLATINUM'),
      graceUntil: END + 14 * DAY,
    };
    expect(decide(grace, END + 14 * DAY - 1)).toMatchObject({ tier: 'PLATINUM', weight: '1.2' });
    expect(decide(grace, END + 14 * DAY)).toMatchObject({ tier: 'BRONZE', weight: '0.8' });
  });

  it('says that the opening was foreseen for as long as it was', () => {
    const actualOf = (facts: SeatState['facts']) => decide(facts, END + DAY)?.why[0]?.actual;
    expect(actualOf({ ...q3('GOLD'), foreseen: true })).toBe(
      'season 2032-Q3, as foreseen: its reset was not in the books',
    );
    expect(actualOf(q3('GOLD'))).toBe('season 2032-Q3');
    const isShown = (facts: SeatFacts | null) => showFacts(facts).foreseen;
    expect([{ ...q3('GOLD'), foreseen: true as const }, q3('GOLD'), null].map(isShown)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('goes by the table as it stands, not as it stood when the seat was told', () => {
    const [first, ...rest] = DEFAULT_TIERS.tiers;
    const table = first
      ? { ...DEFAULT_TIERS, tiers: [{ ...first, weight: '0.5' }, ...rest] }
      : DEFAULT_TIERS;
    expect(decide(q2('BRONZE'), MID, table)?.weight).toBe('0.5');
  });

  it('of an overloaded BRONZE agent keeps the smaller weight, its own (DEC-20)', () => {
    const load = {
      overload: { since: MID, trigger: 'NOW' as const, relapse: false },
      endedAt: null,
    };
    const view = { recalculated: false, validated: true, load, reading: QUIET };
    const weightOf = (tier: string) =>
      decideFor({ ...view, facts: q2(tier) }, DEFAULT_TIERS, MID).weight;
    expect(['PLATINUM', 'GOLD', 'SILVER', 'BRONZE'].map(weightOf)).toEqual([
      '0.9',
      '0.9',
      '0.9',
      '0.8',
    ]);
    expect(DEFAULT_POLICY.triggers).toEqual({ aht: false, queueWaitSeconds: null });
  });
});
