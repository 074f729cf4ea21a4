/**
 * Who sends: the source a request names, its signature, and the token it may demand besides.
 * Decides between authentic, 401 (always the same one, and after the same work) and 503 while it
 * cannot be known. Before anyone is refused D1 is read once more, at most once in 5 s per source.
 */
import type { ParsedCall } from '../../http/route';
import { fail, ok, type Result } from '../../kernel/result';
import { log, messageOf } from '../../runtime/log';
import type { IntakeEnv } from '../client';
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

const RETRY_AFTER_SECONDS = 5;
/** What a request to no source is held against. */
const NO_PROFILE: Profile = {
  scheme: 'hmac-hex',
  header: SCHEME_TABLE['hmac-hex'].defaultHeader,
  toleranceSeconds: DEFAULT_TOLERANCE_SECONDS,
};

/** Nothing of the body is looked at before the signature over its bytes is verified. */
export async function admit(call: Request, sourceId: string): Promise<Result<Admitted>> {
  try {
    const known = await find(call, sourceId, knownSource);
    const admitted = await check(call, known);
    if (admitted !== null) return ok(admitted);
    const again = await find(call, sourceId, recheckedSource);
    const late = again === known ? null : await check(call, again);
    if (late !== null) return ok(late);
    if (!isFresh(again, call.now)) return unavailable('what this source is cannot be read now');
    log('info', 'intake.refused', { request: call.requestId });
    return fail({ kind: 'unauthenticated' });
  } catch (thrown) {
    log('warn', 'intake.source-unread', { request: call.requestId, message: messageOf(thrown) });
    return unavailable('what this source is cannot be read now');
  }
}

const NO_SOURCE = { live: null };

/** An id that no source can have is not looked up; the rest of the way is the same. */
async function find(call: Request, id: string, read: typeof knownSource): Promise<Known> {
  return SOURCE_ID.test(id) ? read(call, id) : { ...NO_SOURCE, readAt: call.now };
}

async function check(call: Request, { live }: Known): Promise<Admitted | null> {
  const profile = live?.source.signature ?? NO_PROFILE;
  const authentic = await verifySignature(profile, live?.keys ?? null, call);
  if (live === null || authentic === null) return null;
  return (await hasBearer(call, live, call.headers)) ? { live, authentic } : null;
}

/** Nothing is kept; sending the same again is safe. */
export const unavailable = (detail: string): Result<never> =>
  fail({ kind: 'unavailable', detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
