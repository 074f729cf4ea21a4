/**
 * Who explains a transaction, in full or in one sentence. Every entry names its cause; the room
 * that writes causes of a form explains them. `compose.ts` lists the explainers; a cause nobody
 * knows is shown as it is.
 */
import type { Entry } from './entry';

/** What a line of a statement says of its cause. */
export interface Told {
  /** Names by which a person finds it, e.g. `coachingSessionId`; null where it was erased. */
  readonly about: Readonly<Record<string, string | null>>;
  /** One sentence. */
  readonly why: string;
}

export interface Explainer<E> {
  /** What it explains, e.g. `coaching-session`. */
  readonly kind: string;
  /** Whether a cause has this room's form. */
  matches(cause: string): boolean;
  /**
   * Everything that led to a transaction, as it goes on the wire; null where it is not there (any
   * more). `entries` are the transaction's; all name this cause.
   */
  explain(
    env: E,
    cause: string,
    entries: readonly Entry[],
  ): Promise<Readonly<Record<string, unknown>> | null>;
  /** Why each of some entries was posted, by entry id; bounded reads for at most 200 entries. */
  tell(env: E, entries: readonly Entry[]): Promise<ReadonlyMap<string, Told>>;
}
