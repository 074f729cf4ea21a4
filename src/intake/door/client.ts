/**
 * Who sends: the source a request names, its signature, and the token it may demand besides.
 * Decides between authentic, 401 (always the same one, and after the same work) and 503 while it
 * cannot be known. Before anyone is refused D1 is read once more, at most once in 5 s per source.
 */
import type { ParsedCall } from '../../http/route';
import { fail, ok, type Result } from '../../kernel/result';
import { log, messageOf } from '../../runtime/log';
import type { IntakeEnv } from '../client';
import { type ClaimFault, claimFault } from '../signatures/claim';
import { type Authentic, verifySignature } from '../signatures/client';
import { DEFAULT_TOLERANCE_SECONDS, type Profile, SCHEME_TABLE } from '../signatures/profile';
import {
  hasBearer,
  isFresh,
  type Known,
  knownSource,
  type LiveSource,
  recheckedSource,
} from '../sources/client';
import { SOURCE_ID } from '../sources/source';

type Request = Pick<
  ParsedCall<IntakeEnv, unknown, unknown, unknown>,
  'env' | 'now' | 'clockSet' | 'headers' | 'bytes' | 'requestId'
>;

export interface Admitted {
  readonly live: LiveSource;
  readonly authentic: Authentic;
}

export const RETRY_AFTER_SECONDS = 5;
/** What a request to no source is held against. */
const NO_PROFILE: Profile = {
  scheme: 'hmac-hex',
  header: SCHEME_TABLE['hmac-hex'].defaultHeader,
  toleranceSeconds: DEFAULT_TOLERANCE_SECONDS,
};

/** Nothing of the body is looked at before the signature over its bytes is verified. */
export async function admit(call: Request, sourceId: string): Promise<Result<Admitted>> {
  const { requestId } = call;
  try {
    const known = await find(call, sourceId, knownSource);
    const first = await check(call, known);
    if (typeof first !== 'string') return ok(first);
    const again = await find(call, sourceId, recheckedSource);
    const late = again === known ? first : await check(call, again);
    if (typeof late !== 'string') return ok(late);
    if (!isFresh(again, call.now)) return unavailable('what this source is cannot be read now');
    // The sender hears the same in every case; whoever may read the log hears why.
    log('info', 'intake.refused', { requestId, sourceId: named(sourceId, again), reason: late });
    return fail({ kind: 'unauthenticated' });
  } catch (thrown) {
    log('warn', 'intake.source-unread', { requestId, message: messageOf(thrown) });
    return unavailable('what this source is cannot be read now');
  }
}

const NO_SOURCE = { live: null };

/** An id that no source can have is not looked up; the rest of the way is the same. */
async function find(call: Request, id: string, read: typeof knownSource): Promise<Known> {
  return SOURCE_ID.test(id) ? read(call, id) : { ...NO_SOURCE, readAt: call.now };
}

/** Longer names of no source may be a secret that was put in the wrong place. */
const LONGEST_UNKNOWN = 32;

/** A source's id as a line of the log may hold it. */
const named = (id: string, { live }: Known): string | null =>
  live !== null || (SOURCE_ID.test(id) && id.length <= LONGEST_UNKNOWN) ? id : null;

/** `NO_SOURCE`: there is none of this name, or it is disabled. */
type Refusal = ClaimFault | 'NO_SOURCE' | 'NO_BEARER' | 'WRONG_BEARER';

async function check(call: Request, { live }: Known): Promise<Admitted | Refusal> {
  const { headers, now } = call;
  const profile = live?.source.signature ?? NO_PROFILE;
  const authentic = await verifySignature(profile, live?.keys ?? null, call);
  // Asked in every case: no refusal takes less time than another.
  const fault = claimFault(profile, headers, now);
  if (live === null) return 'NO_SOURCE';
  if (authentic === null) return fault;
  if (await hasBearer(call, live, headers)) return { live, authentic };
  return headers.has('authorization') ? 'WRONG_BEARER' : 'NO_BEARER';
}

/** Nothing is kept; sending the same again is safe. */
export const unavailable = (detail: string): Result<never> =>
  fail({ kind: 'unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
