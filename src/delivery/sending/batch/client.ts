/**
 * A delivery of several requests: sends them one after the other and remembers how far it came, so
 * that what was answered is not sent again. One that is refused stops no other; the first that is
 * not answered does. Refuses to send more than the target's rate has left.
 */
import type { FrozenRequest } from '../../intent';
import type { Heard } from '../answer';
import type { Budget } from '../asking/tally';
import { type LiveDestination, send } from '../client';
import { type Judged, judge, type Verdict } from '../verdict';

/** How far a batch has come. */
export interface Progress {
  /** Requests answered, from the first. */
  readonly done: number;
  /** Places of those that were refused. */
  readonly refused: readonly number[];
}

export interface BatchTurn {
  readonly progress: Progress;
  /** Requests sent in this turn. */
  readonly sent: number;
  readonly heard: Heard;
  readonly verdict: Verdict;
}

/** The target's rate is used up: a minute later it has some left. */
const PACED: Verdict = { kind: 'PACE', waitMs: 60_000 };
const NOTHING: Heard = { kind: 'unsent', why: 'the rate of the target is used up' };

export async function sendBatch(
  live: LiveDestination,
  {
    requests,
    from,
    judged,
    budget,
    replaced,
  }: {
    readonly requests: readonly FrozenRequest[];
    readonly from: Progress;
    readonly judged: Judged;
    readonly budget: Budget;
    /** Rows in the books that replace requests. */
    readonly replaced: ReadonlySet<string>;
  },
  about: { readonly id: string; readonly now: number },
): Promise<BatchTurn> {
  const refused = [...from.refused];
  let heard: Heard = NOTHING;
  let done = from.done;
  let sent = 0;
  let passedOver = 0;
  for (const request of requests.slice(from.done)) {
    const progress = { done, refused };
    if ((request.unless ?? []).some((name) => replaced.has(name))) {
      done += 1;
      passedOver += 1;
      continue;
    }
    if (budget.left <= 0) return { progress, sent, heard: NOTHING, verdict: PACED };
    budget.left -= 1;
    sent += 1;
    heard = await send(live, { request, messageId: `${about.id}.${done}`, now: about.now });
    const verdict = judge(heard, [], judged);
    if (verdict.kind === 'REJECTED') refused.push(done);
    else if (verdict.kind !== 'CONFIRMED') return { progress, sent, heard, verdict };
    done += 1;
  }
  const kind = refused.length === requests.length ? 'REJECTED' : 'CONFIRMED';
  const reason = reasonOf(requests.length, refused, passedOver);
  return { progress: { done, refused }, sent, heard, verdict: { kind, reason } };
}

function reasonOf(count: number, refused: readonly number[], passedOver: number): string {
  if (passedOver === count) return 'replaced by what is newer';
  const taken = count - refused.length;
  if (refused.length === 0) return `all ${taken} answered`;
  const places = refused.slice(0, 50).map((place) => place + 1);
  return `${taken} of ${count} taken, refused: ${places.join(', ')}`;
}
