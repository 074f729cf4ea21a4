/** What a planted bug is: the expressions of production code that it replaces, and by what. */

export interface Edit {
  readonly file: string;
  /** The expression as production has it. */
  readonly right: string;
  /** What stands there instead; `RIGHT` is the expression itself. */
  readonly wrong: string;
  /** A longer piece of the file around it, where the expression alone stands more than once. */
  readonly within?: string;
}

export interface PlantedBug {
  readonly id: string;
  readonly what: string;
  /** How it looks in this engine. */
  readonly planted: string;
  /** Only histories in which one of these takes part can meet it. */
  readonly systems: readonly string[];
  readonly edits: readonly Edit[];
}

export function numberOf({ id }: Pick<PlantedBug, 'id'>): number {
  return Number(id.slice('BUG-'.length));
}
