/**
 * A person is forgotten when pay has done with them. Decides what it has not: a line on its way, of
 * which nobody could say afterwards what came of it, or one that was given up and is still asked
 * about. Refuses to have such a person's rows emptied; whoever asked comes again.
 */
import { readOutcomes } from '../../../delivery/store';
import { DAY_MS } from '../../../kernel/instant';
import { readSent, wasDispatched } from '../history/store';
import { readAllRuns } from '../store';

/** Longer than a delivery that was given up is asked about. */
const ASKED_ABOUT_MS = 5 * DAY_MS;

/** Throws while a line of an agent is on its way. */
export async function awaitLines(
  { DB: db }: { readonly DB: D1Database },
  agentKey: string,
  now: number,
): Promise<void> {
  for (const { name, content, writtenAt } of await readAllRuns(db)) {
    const isOver = content.phase === 'SETTLED' && writtenAt < now - ASKED_ABOUT_MS;
    if (isOver || !wasDispatched({ content })) continue;
    const sent = (await readSent(db, content, [agentKey])).get(agentKey);
    if (sent === undefined || sent.outcome === 'CONFIRMED' || sent.outcome === 'REJECTED') continue;
    const at = (await readOutcomes(db, [sent.delivery])).get(sent.delivery)?.at ?? now;
    if (at < now - ASKED_ABOUT_MS) continue;
    throw new Error(`a line of ${name} is on its way`);
  }
}
