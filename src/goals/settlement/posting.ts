/**
 * The entries of a goal's reward. Every part moves from the pool to what is set aside, to pending,
 * and on to earned or back; each movement is a transaction of its own, named by the step that
 * decided it and by the member. Decides accounts and ids; refuses nothing.
 */
import { agentReward, poolAccount, reservedAccount } from '../../ledger/account';
import { type Entry, transaction } from '../../ledger/entry';
import type { Foreseen } from '../../reviews/review';
import type { Opened, Step } from './step';

export const REWARD_KINDS = {
  /** From the pool to what is set aside for one award. */
  reserved: 'REWARD_RESERVED',
  /** What was set aside and is not given after all. */
  released: 'REWARD_RELEASED',
  provisional: 'REWARD_PROVISIONAL',
  /** The difference between a part as it was and as it is by the restated metric. */
  adjusted: 'REWARD_ADJUSTED',
  confirmed: 'REWARD_CONFIRMED',
  /** Taken back because the status fell, by policy or by a person. */
  reversed: 'REWARD_REVERSED',
  /** The destination would not take it. */
  returned: 'REWARD_RETURNED',
} as const;

export type RewardMove = keyof typeof REWARD_KINDS;

/** Who receives, or gives: a member by agent key, or the pool's own accounts. */
export interface Move {
  readonly move: RewardMove;
  readonly agentKey: string | null;
  /** Positive, smallest part. */
  readonly amount: number;
  /** Adjusting and reversing go either way. */
  readonly takes?: boolean;
  readonly reverses?: string;
}

const accountsOf = (
  { poolId }: Pick<Opened, 'poolId'>,
  { move, agentKey, takes = false }: Move,
): readonly [from: string, to: string] => {
  const [pool, aside] = [poolAccount(poolId), reservedAccount(poolId)];
  const pending = agentReward(agentKey ?? '', 'pending');
  const earned = agentReward(agentKey ?? '', 'earned');
  switch (move) {
    case 'reserved':
      return [pool, aside];
    case 'released':
      return [aside, pool];
    case 'provisional':
      return [aside, pending];
    case 'adjusted':
      return takes ? [pending, aside] : [aside, pending];
    case 'confirmed':
      return [pending, earned];
    case 'reversed':
      return [takes ? earned : pending, pool];
    case 'returned':
      return [pending, pool];
  }
};

/** When a step's movements count: those of the close in the period, later ones at the settlement. */
export interface Timing {
  readonly cause: string;
  readonly occurredAt: number;
  readonly recordedAt: number;
  readonly day: string;
}

export const timingOfClose = (opened: Step<'OPENED'>, now: number): Timing => ({
  cause: opened.id,
  occurredAt: opened.content.occurredAt,
  recordedAt: now,
  day: opened.content.day,
});

export const timingOfSettlement = (opened: Opened, cause: string, now: number): Timing => ({
  cause,
  occurredAt: opened.stabilisesAt,
  recordedAt: now,
  day: opened.settledOn,
});

export function entryOf(
  opened: Pick<Opened, 'poolId' | 'unit'>,
  { cause, occurredAt, recordedAt, day }: Timing,
  move: Move,
): Entry {
  const [from, to] = accountsOf(opened, move);
  const named = {
    kind: REWARD_KINDS[move.move],
    cause,
    occurredAt,
    recordedAt,
    reverses: move.reverses ?? null,
  };
  const { unit } = opened;
  const [entry] = transaction(named, [{ unit, from, to, amount: move.amount, day, rule: null }]);
  if (entry === undefined) throw new Error('a transaction has an entry');
  return entry;
}

/** The transaction by which a member was promised something; its id needs no amount. */
export const promiseOf = (opened: Step<'OPENED'>, agentKey: string): string =>
  entryOf(opened.content, timingOfClose(opened, opened.at), {
    move: 'provisional',
    agentKey,
    amount: 1,
  }).tx;

/** A movement as a review shows it before it is decided. */
export function foreseen(
  opened: Pick<Opened, 'poolId' | 'unit' | 'stabilisesAt'>,
  move: Move,
): Foreseen {
  const [from, to] = accountsOf(opened, move);
  return {
    kind: REWARD_KINDS[move.move],
    from,
    to,
    amount: move.amount,
    unit: opened.unit,
    occurredAt: opened.stabilisesAt,
  };
}

/** Ids of every entry that the steps of some epochs could have posted, whether they did or not. */
export function possibleEntries(steps: readonly Step[]): string[] {
  const opened = steps.filter((step): step is Step<'OPENED'> => step.name === 'OPENED');
  return opened.flatMap((one) => {
    const own = steps.filter(({ epoch }) => epoch === one.epoch);
    const judged = own.find((step): step is Step<'JUDGED'> => step.name === 'JUDGED');
    const parts = [...one.content.parts, ...(judged?.content.parts ?? [])];
    const agentKeys = [...new Set(parts.map(([agentKey]) => agentKey))];
    const deciding = own.filter(({ name }) => DECIDING.includes(name));
    const close = timingOfClose(one, one.at);
    const later = deciding.map(({ id, at }) => timingOfSettlement(one.content, id, at));
    const id = (timing: Timing, move: RewardMove, agentKey: string | null, takes = false): string =>
      entryOf(one.content, timing, { move, agentKey, amount: 1, takes }).id;
    return [
      ...[close, ...later].flatMap((timing) =>
        (['reserved', 'released'] as const).map((move) => id(timing, move, null)),
      ),
      ...agentKeys.flatMap((agentKey) => [
        id(close, 'provisional', agentKey),
        ...later.flatMap((timing) =>
          (['adjusted', 'confirmed', 'reversed', 'returned'] as const).map((move) =>
            id(timing, move, agentKey),
          ),
        ),
      ]),
    ];
  });
}

/** Steps that name the entries that follow from them. */
const DECIDING: readonly Step['name'][] = ['OPENED', 'JUDGED', 'DECIDED'];
