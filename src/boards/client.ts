/**
 * How others reach the object of a board, and what they must know to ask: the board's version in
 * force, the organisation's calendar and the instant. Refuses nothing.
 */
import type { DeliveryEnv } from '../delivery/client';
import { callObject, type Objects } from '../durable/client';
import type { LedgerEnv } from '../ledger/client';
import { type Calendar, type Leaderboard, scoringOf } from './board';
import { shapeOf } from './book';
import type { BoardObject, StandingsAnswer, StandingsAsk } from './object';

export interface BoardsEnv extends LedgerEnv, Pick<DeliveryEnv, 'DESTINATIONS' | 'SECRETS_KEY'> {
  readonly BOARDS: Objects<Pick<BoardObject, 'standings'>>;
}

export type { StandingLine, StandingsAnswer, StandingsAsk } from './object';

/** What a board's object is asked about an instant. `seal` null: everything there is. */
export function askOf(
  board: Leaderboard,
  calendar: Calendar,
  instant: number,
  page: Pick<StandingsAsk, 'seal' | 'offset' | 'limit'>,
): StandingsAsk {
  const scoring = scoringOf(board, calendar, instant);
  return { shape: shapeOf(board, scoring), scoring, instant, ...page };
}

/** A page of the standings of a board. Throws when the object or D1 cannot be reached. */
export const readStandings = (
  env: BoardsEnv,
  boardId: string,
  ask: StandingsAsk,
): Promise<StandingsAnswer> =>
  callObject(
    () => env.BOARDS.getByName(boardId),
    (object) => object.standings(ask),
  );
