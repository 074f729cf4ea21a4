/**
 * How what was accepted and has not begun is shown, with what holds it back. Decides nothing; refuses
 * nothing.
 */
import * as z from 'zod';
import { printInstant } from '../../../kernel/instant';
import { type Ask, HELD_BY, type Held, WAVES } from '../run';

export const waitingShape = z
  .array(
    z.object({
      wave: z.enum(WAVES),
      idempotency_key: z.string(),
      by: z.string(),
      target_groups: z.array(z.string()),
      at: z.string().meta({ description: 'The end of the season or of grace that it is for.' }),
      waitsFor: z
        .enum(HELD_BY)
        .nullable()
        .meta({ description: 'What is to be over first; null: it begins at once.' }),
    }),
  )
  .meta({ description: 'What was accepted and has not begun, the next first.' });

/** What was accepted and has not begun. */
export const showAsked = ({
  wave,
  key,
  by,
  groups,
  instant,
  heldBy,
}: Ask & { readonly heldBy: Held | null }) => ({
  wave,
  idempotency_key: key,
  by,
  target_groups: groups,
  at: printInstant(instant),
  waitsFor: heldBy,
});
