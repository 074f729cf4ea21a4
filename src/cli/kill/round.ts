/**
 * One round of `sim:kill`: senders that complete coachings as fast as they are answered, until the
 * Worker is gone; then a look at what it kept. An acknowledged event must be there once and be worth
 * one award; one that was cut off is sent again and must be there once as well.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Installation } from './installation.ts';

const SENDERS = 8;
const MOST_EVENTS = 2_000;
/** Every so many events a sender says one twice at once. */
const TWICE_EVERY = 7;
const POINTS = 50;
const POLL_MS = 100;
const PATIENCE_MS = 30_000;
const SECRET = 'secret-of-the-senders-of-sim-kill';

/** What became of a round. */
export interface Kept {
  readonly sent: number;
  readonly acknowledged: number;
  /** Sent, and the answer never came. */
  readonly cut: number;
  readonly recoveredMs: number;
  readonly complaints: readonly string[];
}

export class Round {
  readonly #installation: Installation;
  readonly #name: string;
  readonly #sent = new Set<string>();
  readonly #acknowledged = new Set<string>();

  private constructor(installation: Installation, name: string) {
    this.#installation = installation;
    this.#name = name;
  }

  /**
   * With a source, a mentor and a pupil of its own, so that a look at them is a look at it; the first
   * of an installation opens the programme.
   */
  static async open(installation: Installation, number: number, isFirst: boolean): Promise<Round> {
    const name = `kill-${number}`;
    const { api } = installation;
    await api.must('PUT', `/v1/sources/${name}`, {
      signature: { header: 'X-Webhook-Signature', scheme: 'hmac-hex' },
      secrets: [SECRET],
    });
    for (const [agentId, groups] of [
      [`mentor-${number}`, []],
      [`pupil-${number}`, ['Juniors']],
    ] as const) {
      await api.must('PUT', `/v1/agents/${agentId}`, { name: agentId, status: 'ACTIVE', groups });
    }
    if (isFirst) await openProgramme(installation);
    return new Round(installation, String(number));
  }

  /** Sends until `kill` is called, so many milliseconds after the first answer. */
  async underLoad(ms: number, kill: () => void): Promise<void> {
    let alive = true;
    const killing = this.#answered()
      .then(() => pause(ms))
      .then(() => {
        alive = false;
        kill();
      });
    const senders = Array.from({ length: SENDERS }, async (_, sender) => {
      for (let turn = 0; alive && this.#sent.size < MOST_EVENTS; turn += 1) {
        const id = `${this.#name}-${sender}-${turn}`;
        this.#sent.add(id);
        const copies = turn % TWICE_EVERY === 0 ? 2 : 1;
        await Promise.all(Array.from({ length: copies }, () => this.#send(id)));
      }
    });
    await Promise.all([killing, ...senders]);
  }

  async #answered(): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (this.#acknowledged.size === 0 && performance.now() < until) await pause(POLL_MS / 10);
  }

  /** True when it was acknowledged. */
  async #send(id: string): Promise<boolean> {
    const body = JSON.stringify({
      eventType: 'performance.coaching.completed',
      eventId: id,
      coachingSessionId: id,
      sessionType: 'Mentorship_Pairing',
      mentorId: `mentor-${this.#name}`,
      menteeId: `pupil-${this.#name}`,
      sessionDurationSeconds: 1_200,
      qaCalibrationScore: 85,
    });
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    try {
      const reply = await this.#installation.api.post(`/v1/webhooks/kill-${this.#name}`, body, {
        'x-webhook-signature': signature,
      });
      if (reply.status === 200) this.#acknowledged.add(id);
      return reply.status === 200;
    } catch {
      // The answer that a kill cuts off: nobody knows whether it was taken in.
      return false;
    }
  }

  /** Looks until what was acknowledged is there and worth its points; then sends the rest again. */
  async keeps(withinMs: number): Promise<Kept> {
    const complaints: string[] = [];
    const acknowledged = this.#acknowledged.size;
    const began = performance.now();
    let missing = await this.#missing();
    while (missing.length > 0 && performance.now() - began < PATIENCE_MS) {
      await pause(POLL_MS);
      missing = await this.#missing();
    }
    const recoveredMs = performance.now() - began;
    if (recoveredMs > withinMs) {
      complaints.push(`round ${this.#name}: ${Math.round(recoveredMs)} ms, ${missing.join(' ')}`);
    }
    const cut = [...this.#sent].filter((id) => !this.#acknowledged.has(id));
    for (const id of cut) {
      if (!(await this.#send(id))) complaints.push(`round ${this.#name}: ${id} is not taken in`);
    }
    const until = performance.now() + withinMs;
    let left = await this.#missing();
    while (left.length > 0 && performance.now() < until) {
      await pause(POLL_MS);
      left = await this.#missing();
    }
    complaints.push(...left.map((what) => `round ${this.#name}: ${what}`));
    return { sent: this.#sent.size, acknowledged, cut: cut.length, recoveredMs, complaints };
  }

  /** What is not as it must be by now, in words. */
  async #missing(): Promise<string[]> {
    const listed = await this.#events();
    const ids = new Set(listed);
    const lost = [...this.#acknowledged].filter((id) => !ids.has(id));
    const points = await this.#points();
    return [
      ...lost.map((id) => `${id} was acknowledged and is not there`),
      ...(ids.size === listed.length ? [] : [`${listed.length - ids.size} events are there twice`]),
      ...(points === ids.size * POINTS ? [] : [`${ids.size} events are worth ${points} points`]),
    ];
  }

  async #events(): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/events?sourceId=kill-${this.#name}&limit=200${after}`;
      const page = (await this.#installation.api.must('GET', path)) as {
        readonly items: readonly { readonly eventId: string }[];
        readonly nextCursor: string | null;
      };
      ids.push(...page.items.map(({ eventId }) => eventId));
      cursor = page.nextCursor;
    }
    return ids;
  }

  async #points(): Promise<number> {
    const path = `/v1/agents/mentor-${this.#name}/points`;
    const { items } = (await this.#installation.api.must('GET', path)) as {
      readonly items: readonly { readonly amount: string }[];
    };
    return items.reduce((total, { amount }) => total + Number(amount), 0);
  }
}

/** A programme without a lock, and a rule that awards every coaching of a junior. */
async function openProgramme({ api }: Installation): Promise<void> {
  await api.must('PUT', '/v1/programs/Mentorship', { lockSeconds: 0 });
  await api.must('POST', '/v1/rules', {
    name: 'Award of sim-kill',
    description: 'Awards every coaching of a junior',
    enabled: true,
    evaluationOrder: 10,
    conditions: [
      { field: 'eventType', operator: 'EQUALS', value: 'performance.coaching.completed' },
      { field: 'qaCalibrationScore', operator: 'GREATER_THAN_OR_EQUALS', value: 80 },
    ],
    actions: [
      {
        type: 'AWARD_POINTS',
        points: POINTS,
        pointCategory: 'Mentorship',
        recipientType: 'MENTOR',
      },
    ],
    deduplicationKey: 'coachingSessionId',
  });
}
