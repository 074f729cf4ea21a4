/**
 * The inbound volume of a history: a peak, and a value around a tenth of it just before the first
 * window. Remembers for how long the last one forbids to send; `brokenGuard` says that nothing was.
 */
import { createHmac } from 'node:crypto';
import { openingOf } from '../../../oracle/seasons';
import type { Books } from '../../books';
import type { History } from '../../history';
import type { SeasonsPart } from '../plan';
import type { SeasonsPlayer } from '../system';
import { causesOfKeys, ofWave } from '../truth';

const HOUR = 3_600_000;
export const PEAK = 1000;
const SOURCE = 'season-telephony';
const SECRET = 'canary-telephony-0123456789';

export const VOLUME_TROUBLES: readonly string[] = ['season volume high', 'season volume low'];

interface Guard {
  readonly from: number;
  /** A value counts for an hour, or until the next. */
  readonly until: number;
}

export class Telephony {
  readonly guards: Guard[] = [];
  readonly #history: History;
  readonly #opens: number;
  #told = 0;

  constructor(history: History, { next, window, zone }: SeasonsPart) {
    this.#history = history;
    this.#opens = openingOf(next.firstDay, window, zone);
  }

  /** As a source that nothing happens to: what nobody was told forbids nothing. */
  async tell(value: number): Promise<void> {
    const { world } = this.#history;
    if (world.board.d1Away) return;
    const { now } = world;
    this.#told += 1;
    const body = {
      eventType: 'metric.recorded',
      eventId: `volume-${this.#told}`,
      occurredAt: new Date(now).toISOString(),
      metricId: 'inbound.volume',
      value,
    };
    const signature = createHmac('sha256', SECRET).update(JSON.stringify(body)).digest('hex');
    const headers = { 'X-Webhook-Signature': signature };
    const answer = await world.operator('POST', `/v1/webhooks/${SOURCE}`, body, headers);
    const { status } = answer.body as { readonly status?: string };
    if (status !== 'accepted') {
      this.#history.complaints.push(`S3 volume: ${answer.status} ${status}`);
      return;
    }
    const last = this.guards.pop();
    if (last !== undefined) this.guards.push({ ...last, until: Math.min(last.until, now) });
    const isHigh = value * 10 > PEAK;
    if (value < PEAK) this.#history.trouble(`season volume ${isHigh ? 'high' : 'low'}`);
    // Told when the window is open, what was ordered before goes on.
    if (isHigh && now < this.#opens) this.guards.push({ from: now, until: now + HOUR });
  }
}

export async function openTelephony(history: History, part: SeasonsPart): Promise<Telephony> {
  await history.world.must('PUT', `/v1/sources/${SOURCE}`, {
    platform: SOURCE,
    signature: { header: 'X-Webhook-Signature', scheme: 'hmac-hex' },
    secrets: [SECRET],
  });
  return new Telephony(history, part);
}

/** S3: nothing of a wave is sent while the inbound volume is high. */
export function brokenGuard({ platform, telephony }: SeasonsPlayer, books: Books): string[] {
  if (telephony === null) return [];
  const causes = causesOfKeys(books);
  return platform.updates.flatMap(({ at, key, user, what }) => {
    const isHeld = telephony.guards.some(({ from, until }) => from <= at && at < until);
    return isHeld && ofWave(causes.get(key) ?? '')
      ? [`S3 ${what} ${user}: at ${new Date(at).toISOString()}, while the volume is high`]
      : [];
  });
}
