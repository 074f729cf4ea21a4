/**
 * A place in the seals, where a walk along them may go on, and the query of a list that walks them,
 * newest first. Refuses the cursor of another list, which names no such place: taken for one it would
 * be answered as the end of this list.
 */
import { pageFields } from '../../http/paging';

export interface Position {
  readonly seal: number;
  /** Index in the seal's contents. */
  readonly place: number;
}

const POSITION = /^([0-9]{1,15})\.([0-9]{1,6})$/;

export const positionOf = ({ seal, place }: Position): string => `${seal}.${place}`;

/** The place that a text names, or null. */
export function readPosition(text: string): Position | null {
  const [, seal, place] = POSITION.exec(text) ?? [];
  return seal === undefined ? null : { seal: Number(seal), place: Number(place) };
}

export const isPosition = (text: string): boolean => POSITION.test(text);

export const walkFields = {
  ...pageFields,
  cursor: pageFields.cursor
    .refine((text) => text === undefined || isPosition(text), 'not a cursor of this list')
    .meta({ description: '`nextCursor` of the page before.' }),
};
