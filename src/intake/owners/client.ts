/**
 * Offers events to those who decide on them: all of one subject in one call, many subjects at a
 * time. An owner that throws has said nothing; what has no owner is kept by its source.
 */
import type { Arrival, EventOwner, EventType, Taken } from '../../events/event';
import type { Call } from '../../http/route';
import { log, messageOf } from '../../runtime/log';
import { callSource, type IntakeEnv } from '../client';
import { subjectOf } from '../webhooks/verdict';

/** Who takes events of which type; a type without an owner is only logged. */
export type Owners<E> = Partial<Record<EventType, EventOwner<E>>>;

/** What of a request owners and their callers need. */
export type Asking<E> = Pick<Call<E>, 'env' | 'now' | 'requestId'>;

/** Owners called at one time by one request. */
const OFFERS_AT_ONCE = 16;

interface Offer<E> {
  readonly owner: EventOwner<E>;
  readonly arrivals: Arrival[];
}

/** Offers arrivals to their owners, those of one subject in one call; a silent owner has no entry. */
export async function offerAll<E extends IntakeEnv>(
  { call, owners }: { readonly call: Asking<E>; readonly owners: Owners<E> },
  arrivals: readonly Arrival[],
): Promise<Map<Arrival, Taken>> {
  const waiting = offersOf(owners, arrivals);
  const heard = new Map<Arrival, Taken>();
  const work = async (): Promise<void> => {
    for (let offer = waiting.shift(); offer !== undefined; offer = waiting.shift()) {
      const taken = await askOwner(call, offer);
      for (const [index, arrival] of offer.arrivals.entries()) {
        const one = taken[index];
        if (one !== undefined) heard.set(arrival, one);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(OFFERS_AT_ONCE, waiting.length) }, work));
  return heard;
}

function offersOf<E extends IntakeEnv>(
  owners: Owners<E>,
  arrivals: readonly Arrival[],
): Offer<E>[] {
  const byOwner = new Map<EventOwner<E>, Map<string, Arrival[]>>();
  for (const arrival of arrivals) {
    const owner: EventOwner<E> = owners[arrival.event.type] ?? sourceOwner;
    const bySubject = byOwner.get(owner) ?? new Map<string, Arrival[]>();
    byOwner.set(owner, bySubject);
    const subject = owner === sourceOwner ? '' : subjectOf(arrival);
    const group = bySubject.get(subject);
    if (group === undefined) bySubject.set(subject, [arrival]);
    else group.push(arrival);
  }
  return [...byOwner].flatMap(([owner, groups]) =>
    [...groups.values()].map((group) => ({ owner, arrivals: group })),
  );
}

async function askOwner<E extends IntakeEnv>(
  call: Asking<E>,
  { owner, arrivals }: Offer<E>,
): Promise<readonly Taken[]> {
  try {
    return await owner(call.env, arrivals, call.now);
  } catch (thrown) {
    const type = arrivals[0]?.event.type ?? '';
    log('warn', 'intake.owner-silent', {
      requestId: call.requestId,
      type,
      message: messageOf(thrown),
    });
    return [];
  }
}

/** The owner of what nobody owns: the source itself. */
const sourceOwner: EventOwner<IntakeEnv> = (env, arrivals, now) =>
  callSource(env, arrivals[0]?.event.source ?? '', (source) => source.accept(arrivals, now));
