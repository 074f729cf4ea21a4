/**
 * Questions, as the destination object asks them. Decides what an answer is worth: JSON, nothing
 * there, a question that is wrong, or a target that may answer later. Refuses to pass an open breaker,
 * but for its probe, and to ask more than the target's requests a minute allow; and says of what was
 * not asked that it was not, unless only a person can have it asked.
 */
import { sandboxOf } from '../../../durable/sandbox';
import type { Json } from '../../../events/event';
import { type Failure, invalidField } from '../../../kernel/failure';
import { parseJson } from '../../../kernel/json';
import { fail, ok, type Result } from '../../../kernel/result';
import type { ConfigVersion } from '../../../ledger/config';
import { randomHex } from '../../../runtime/chance';
import type { DeliveryEnv, Question } from '../../client';
import { renderRequest } from '../../connectors/connector';
import type { Destination } from '../../destination';
import { readDestination, withShares } from '../../store';
import { type Heard, retryAfterMs } from '../answer';
import { signOf } from '../apply';
import { type LiveDestination, openDestination, send } from '../client';
import type { DestinationState, Shelf } from '../state';
import { judge } from '../verdict';
import { afterProbe, type Leave, leaveOf, withProbe } from './leave';
import type { Tally } from './tally';

type Answer = Result<Json, Failure>;

const later = (detail: string, retryAfterSeconds = 2): Answer =>
  fail({ kind: 'unavailable', detail, retryAfterSeconds });

const unasked = (detail: string, retryAfterSeconds: number): Answer =>
  fail({ kind: 'unavailable', detail, retryAfterSeconds, isUnasked: true });

/** What is wrong with a destination, as one harmless call shows it; null: it answers us. */
export async function probeTarget(
  env: DeliveryEnv,
  held: Pick<LiveDestination, 'tokens' | 'gate'>,
  id: string,
  now: number,
): Promise<string | null> {
  const version = await readDestination(env.DB, id);
  if (version === null) return 'there is no such destination';
  const rendered = renderRequest(version.content, 'check', {}, null);
  if (!rendered.ok) return rendered.failure;
  const live = await openDestination(env, id, version.content, held);
  const heard = await send(live, {
    request: rendered.value.request,
    messageId: randomHex(16),
    now,
  });
  if (heard.kind !== 'answer') return heard.why;
  const { status } = heard;
  // Whoever knows us and not the question works; a redirect would never be followed.
  const works = (status < 300 || status >= 400) && status < 500 && ![401, 403].includes(status);
  return works ? null : `answered ${status}`;
}

/**
 * For how long a share is taken for what it was: one who is switched on meanwhile is reckoned with
 * a minute later, which is what even shares allow for.
 */
const SHARE_KEPT_MS = 60_000;

/** The share of a destination, read once a minute and not with every question. */
export class Share {
  #kept: { readonly version: number; readonly at: number; readonly of: Destination } | null = null;

  async of(
    env: DeliveryEnv,
    { name, version, content }: ConfigVersion<Destination>,
    now: number,
  ): Promise<Destination> {
    if (content.rateGroup === undefined) return content;
    const kept = this.#kept;
    const isFresh = kept?.version === version && now >= kept.at && now < kept.at + SHARE_KEPT_MS;
    // By a clock that is set nothing is kept.
    if (kept !== null && isFresh && sandboxOf(env) === null) return kept.of;
    const of = (await withShares(env.DB, new Map([[name, content]]))).get(name) ?? content;
    this.#kept = { version, at: now, of };
    return of;
  }
}

/** What the destination object holds for its questions. */
interface Asking extends Pick<LiveDestination, 'tokens' | 'gate'> {
  readonly share: Share;
  readonly questions: Tally;
  readonly shelf: Shelf;
  readonly state: () => DestinationState;
  /** The time by which requests a minute are counted. */
  readonly clock: () => number;
  readonly change: Change;
  /** Saves what was sent, where nothing was saved before too. */
  readonly book: (sent: DestinationState['sent']) => void;
}

/** Changes the state of a destination; null leaves it as it is. */
export type Change = (next: (state: DestinationState) => DestinationState | null) => boolean;

/** Leave for one question, noted where it is a probe. */
function takeLeave(
  { questions, state, clock, change, book }: Asking,
  pacing: Pick<Destination, 'probeSeconds' | 'ratePerMinute'>,
  now: number,
): Leave {
  const before = state();
  const leave = leaveOf(before, pacing, () => questions.spend(before, pacing, book, clock()), now);
  if (leave.kind === 'PROBE') change((one) => withProbe(one, now));
  return leave;
}

export async function askTarget(
  env: DeliveryEnv,
  held: Asking,
  { destination: id, operation, fields }: Question,
  now: number,
): Promise<Answer> {
  const version = await readDestination(env.DB, id);
  if (version === null) return fail({ kind: 'not-found', what: 'destination', id });
  const destination = version.content;
  if (!destination.enabled) return unasked('the destination is switched off', 60);
  const rendered = renderRequest(destination, operation, fields, null);
  if (!rendered.ok) return fail(invalidField('#/operation', 'operation', rendered.failure));
  const live = await openDestination(env, id, destination, held);
  const leave = takeLeave(held, await held.share.of(env, version, now), now);
  if (leave.kind === 'PARKED') return later(leave.why, Math.ceil(leave.waitMs / 1000));
  if (leave.kind === 'REFUSED') return unasked(leave.why, Math.ceil(leave.waitMs / 1000));
  const messageId = randomHex(16);
  const heard = await send(live, { request: rendered.value.request, messageId, now });
  const { probeSeconds } = destination;
  if (leave.kind === 'PROBE' && probeSeconds !== null) {
    const sign = signOf(judge(heard, [], { silent: true }));
    held.change((state) => afterProbe(state, held.shelf, probeSeconds, sign, now));
  }
  return read(heard, id);
}

function read(heard: Heard, id: string): Answer {
  if (heard.kind !== 'answer') return later(`the destination gave no answer: ${heard.why}`);
  const { status, body, cut } = heard;
  if (status === 404) return fail({ kind: 'not-found', what: 'answer of destination', id });
  if (status === 429)
    return later('asked too fast', Math.ceil((retryAfterMs(heard) ?? 2000) / 1000));
  const parsed = parseJson(body);
  if (status >= 200 && status < 300) {
    return parsed.ok && !cut ? ok(parsed.value as Json) : later('the answer is no JSON');
  }
  const isQuestionWrong = status >= 400 && status < 500 && ![401, 408, 409, 425].includes(status);
  const detail = `the destination answered ${status}`;
  return isQuestionWrong && parsed.ok
    ? fail(invalidField('#/fields', 'refused', detail))
    : later(detail);
}
