/** The sandbox's objects beside an object whose due times the tests choose; nothing of the deployed Worker. */

import type { Objects } from '../../../src/durable/client';
import type { State } from '../../../src/durable/due';
import { StatefulObject, type Step } from '../../../src/durable/object';
import type { ClockEnv } from '../../../src/sandbox/clock/client';
import { SandboxClockObject } from '../../../src/sandbox/clock/object';
import type { UpstreamsEnv } from '../../../src/sandbox/upstreams/client';

export { UpstreamObject } from '../../../src/sandbox/upstreams/object';

export type ProbeEnv = ClockEnv &
  UpstreamsEnv & {
    readonly PROBES: Objects<Pick<ProbeObject, 'want' | 'due' | 'note' | 'read'>>;
  };

interface Probe extends State {
  readonly log: readonly string[];
}

/** Keeps the times it was asked for; the name of a due time says what it does when it comes. */
export class ProbeObject extends StatefulObject<Probe, ProbeEnv> {
  protected readonly binding = 'PROBES';
  #broken = 0;

  /** Wants to be asked at an instant: `once`, `again` (60 s later, once), `stuck` (the same instant for ever), `other` (makes `later` due). */
  async want(now: number, kind: string, at: number): Promise<void> {
    this.step(now, (state) => this.#with(state, kind, at));
    await this.registerDue();
  }

  async note(now: number, line: string): Promise<void> {
    this.step(
      now,
      (state): Step<Probe, void> => ({
        state: { due: state?.due ?? {}, log: [...(state?.log ?? []), line] },
        value: undefined,
      }),
    );
  }

  async read(): Promise<readonly string[]> {
    return this.state?.log ?? [];
  }

  protected override async perform(now: number): Promise<number | null> {
    const due = this.state?.due ?? {};
    const name = this.ctx.id.name ?? '';
    const ripe = Object.entries(due).filter(([, at]) => at <= now);
    for (const [kind] of ripe) {
      if (kind === 'broken') this.#breakTwice();
      await this.env.PROBES.getByName('journal').note(now, `${name} ${kind} ${now}`);
      if (kind === 'stuck') return now;
      if (kind === 'other') await this.env.PROBES.getByName('later').want(now, 'once', now + 1);
      this.step(now, (state) => this.#without(state, kind));
      if (kind === 'again') this.step(now, (state) => this.#with(state, 'once', now + 60_000));
    }
    const left = Object.values(this.state?.due ?? {});
    return left.length === 0 ? null : Math.min(...left);
  }

  /** Throws the first two times. */
  #breakTwice(): void {
    this.#broken += 1;
    if (this.#broken <= 2) throw new Error('broken on purpose');
  }

  #with(state: Probe | null, kind: string, at: number): Step<Probe, void> {
    const next = { due: { ...state?.due, [kind]: at }, log: state?.log ?? [] };
    return { state: next, value: undefined };
  }

  #without(state: Probe | null, kind: string): Step<Probe, void> {
    const { [kind]: _gone, ...due } = state?.due ?? {};
    return { state: { due, log: state?.log ?? [] }, value: undefined };
  }
}

export class SandboxObject extends SandboxClockObject<ProbeEnv> {
  protected readonly crons = ['*/5 * * * *', '7 * * * *'];
  protected override readonly maxSteps = 200;

  protected override fire(cron: string, now: number): Promise<unknown> {
    return this.env.PROBES.getByName('journal').note(now, `cron ${cron} ${now}`);
  }
}

export default { fetch: () => new Response('the tests call objects and routes themselves') };
