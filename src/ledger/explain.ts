/**
 * Who explains a transaction. Every entry names its cause; the room that writes causes of a form
 * explains them. `compose.ts` lists the explainers; a cause nobody knows is shown as it is.
 */

export interface Explainer<E> {
  /** What it explains, e.g. `coaching-session`. */
  readonly kind: string;
  /** Whether a cause has this room's form. */
  matches(cause: string): boolean;
  /** Everything that led to it, as it goes on the wire; null where it is not there (any more). */
  explain(env: E, cause: string): Promise<Readonly<Record<string, unknown>> | null>;
}
