/**
 * Plays a plan: the safety phase, in which everything that may go wrong does, and the liveness
 * phase, in which nothing does any more and the installation has three rounds and one virtual hour
 * to come to rest. Records what was acknowledged as what; judges nothing (`invariants.ts` does).
 */
import { quiet } from '../worker/io';
import { unitOf } from './chance';
import { Machine } from './machine';
import { bodyOf, type Operation, type Plan, type PlannedEvent, type SourceId } from './plan';
import { type Heard, type Message, PROFILES, send } from './sender';
import { drawnFault, secretOf, troublesOf } from './troubles';
import { furnish, resultItem, World } from './world';

const HOUR = 3_600_000;
const SENDER_TRIES = 2;
const ROUNDS = 3;

/** One acknowledged or refused message, in the order of sending. */
export interface Delivery {
  readonly message: Message;
  readonly kind: 'event' | 'contradiction' | 'unusable' | 'bad-signature';
  readonly at: number;
  readonly heard: Heard;
}

export class History {
  readonly plan: Plan;
  readonly world: World;
  readonly machine: Machine;
  readonly deliveries: Delivery[] = [];
  /** How often each kind of trouble happened. */
  readonly troubles = new Map<string, number>();
  /** What could not be judged by a verdict alone. */
  readonly complaints: string[] = [];
  readonly rules: readonly string[];
  /** True once the time in which a change of score is measured is over, and the jobs have run. */
  measured = false;
  readonly #events: ReadonlyMap<string, PlannedEvent>;
  readonly #secrets = new Map<SourceId, string>();
  readonly #unheard: { message: Message; kind: Delivery['kind'] }[] = [];
  readonly #postponed: Operation[] = [];
  #away = 0;
  #sent = 0;

  private constructor(plan: Plan, world: World, rules: readonly string[]) {
    this.plan = plan;
    this.world = world;
    this.machine = new Machine(world);
    this.rules = rules;
    this.#events = new Map(plan.events.map((event) => [event.key, event]));
    for (const source of Object.keys(PROFILES) as SourceId[]) {
      this.#secrets.set(source, secretOf(plan.seed, source, 1));
    }
  }

  static async of(plan: Plan): Promise<History> {
    const world = await World.open(plan.startAt - HOUR);
    const rules = await furnish(world, plan, (source) => secretOf(plan.seed, source, 1));
    return new History(plan, world, rules);
  }

  /** Events of which at least one copy was sent. */
  get sentEvents(): PlannedEvent[] {
    const keys = new Set(
      this.deliveries.filter(({ kind }) => kind === 'event').flatMap(({ message }) => message.keys),
    );
    return this.plan.events.filter(({ key }) => keys.has(key));
  }

  /** Answers that never came: whatever they would have said may have been done. */
  get lostAnswers(): number {
    return this.deliveries
      .filter(({ heard }) => heard.status !== 200)
      .reduce((sum, { message }) => sum + Math.max(1, message.keys.length), 0);
  }

  /** The safety phase. */
  async play(): Promise<void> {
    const { world, plan } = this;
    world.board.decide = (point) => drawnFault(plan, point);
    for (const [index, { at, operation }] of plan.operations.entries()) {
      const late = unitOf(`${plan.seed} late ${index}`) < plan.faults.lateAlarms;
      if (late) this.trouble('alarm late');
      else await this.#alarmsUntil(at);
      world.advanceTo(at);
      world.board.d1Away = world.now < this.#away;
      console.debug(
        `${Math.round(performance.now())} ${new Date(world.now).toISOString()} ${JSON.stringify(operation)}`,
      );
      await this.#perform(operation);
    }
  }

  /** Runs what comes due; D1 comes back in between where its time is over. */
  async #alarmsUntil(at: number): Promise<void> {
    const { machine, world } = this;
    if (world.board.d1Away && this.#away < at) {
      await machine.runDue(this.#away);
      world.board.d1Away = false;
    }
    await machine.runDue(at);
  }

  /** The liveness phase: no faults, every sender tries again, alarms and cron run on time. */
  async heal(): Promise<void> {
    const { world, machine } = this;
    world.board.decide = () => null;
    world.board.d1Away = false;
    const start = world.now;
    await quiet(world.board);
    for (const operation of this.#postponed.splice(0)) await this.#perform(operation);
    await machine.recount();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const { message, kind } of this.#unheard.splice(0)) await this.#deliver(message, kind);
      world.advanceTo(start + Math.floor((HOUR * (round - 1)) / ROUNDS) + 1000);
      await machine.cron('*/5 * * * *');
      await machine.runDue(start + Math.floor((HOUR * round) / ROUNDS));
    }
    world.advanceTo(start + HOUR);
    for (const { message } of this.#unheard) {
      this.complaints.push(`never acknowledged: ${message.source} ${message.text.slice(0, 120)}`);
    }
  }

  trouble(name: string): void {
    this.troubles.set(name, (this.troubles.get(name) ?? 0) + 1);
  }

  /** Sends a message once more and says what was heard. */
  async again(message: Message, kind: Delivery['kind']): Promise<Heard> {
    const heard = await this.#once(message);
    this.deliveries.push({ message, kind, at: this.world.now, heard });
    await quiet(this.world.board);
    return heard;
  }

  #once(message: Message): Promise<Heard> {
    this.#sent += 1;
    return send(`message ${this.#sent}`, message, this.#secrets.get(message.source) ?? '');
  }

  /** Tries as a sender does; what stays unheard is sent again in the liveness phase. */
  async #deliver(message: Message, kind: Delivery['kind']): Promise<void> {
    for (let attempt = 1; attempt <= SENDER_TRIES; attempt += 1) {
      const heard = await this.#once(message);
      this.deliveries.push({ message, kind, at: this.world.now, heard });
      console.debug(`  heard ${heard.status} ${heard.verdicts.join(' ')}`);
      await quiet(this.world.board);
      if (heard.status === 200 || heard.status === 401) return;
    }
    this.#unheard.push({ message, kind });
  }

  async #burst(message: Message, copies: number): Promise<void> {
    this.trouble('burst');
    const at = this.world.now;
    const all = await Promise.all(Array.from({ length: copies }, () => this.#once(message)));
    for (const heard of all) this.deliveries.push({ message, kind: 'event', at, heard });
    await quiet(this.world.board);
    if (!all.some(({ status }) => status === 200)) this.#unheard.push({ message, kind: 'event' });
  }

  #messageOf(keys: readonly string[]): Message {
    const events = keys.map((key) => this.#event(key));
    const bodies = events.map(bodyOf);
    const source = events[0]?.source ?? 'platform';
    return { source, keys, text: bodies.length === 1 ? (bodies[0] ?? '') : `[${bodies.join()}]` };
  }

  #event(key: string): PlannedEvent {
    const event = this.#events.get(key);
    if (event === undefined) throw new Error(`no event ${key}`);
    return event;
  }

  #acknowledged(key: string): boolean {
    return this.deliveries.some(
      ({ kind, message, heard }) =>
        kind === 'event' && heard.status === 200 && message.keys.includes(key),
    );
  }

  async #perform(operation: Operation): Promise<void> {
    const { machine, world } = this;
    switch (operation.kind) {
      case 'deliver':
        return this.#performDelivery(operation.keys, operation.copies);
      case 'contradict':
        return this.#contradict(operation.key);
      case 'unusable':
        this.trouble('unusable body');
        return this.#deliver(
          { source: operation.source, text: operation.text, keys: [] },
          'unusable',
        );
      case 'bad-signature':
        return this.#forge(operation.key);
      case 'rule-change':
      case 'quality':
      case 'rotate':
        return this.#administer(operation);
      case 'evict':
      case 'abort':
      case 'alarm-early':
      case 'alarm-twice':
        return this.#strike(operation.kind, operation.session);
      case 'abort-all':
        this.trouble('abort all');
        return machine.abortAll();
      case 'alarms':
        return machine.runDue(world.now);
      case 'cron':
        this.trouble(operation.times > 1 ? 'cron twice' : 'cron');
        for (let time = 0; time < operation.times; time += 1) await machine.cron(operation.cron);
        return;
      case 'd1-away':
        this.trouble('D1 away');
        this.#away = world.now + operation.forMs;
        world.board.d1Away = true;
    }
  }

  async #performDelivery(keys: readonly string[], copies: number): Promise<void> {
    const message = this.#messageOf(keys);
    if (keys.some((key) => this.#acknowledged(key))) this.trouble('redelivery');
    if (keys.length > 1) this.trouble('array');
    for (const key of keys) {
      const event = this.#event(key);
      for (const name of troublesOf(event, this.sentEvents, this.world.now)) this.trouble(name);
    }
    if (copies > 1) return this.#burst(message, copies);
    return this.#deliver(message, 'event');
  }

  /** The same id with another content; only where the first is known to be kept. */
  async #contradict(key: string): Promise<void> {
    const event = this.#event(key);
    if (!this.#acknowledged(key) || !event.usable) return;
    this.trouble('contradiction');
    const data = { ...event.data, sessionType: 'Something_Else' };
    const text = bodyOf({ ...event, data });
    await this.#deliver({ source: event.source, text, keys: [key] }, 'contradiction');
  }

  async #forge(key: string): Promise<void> {
    this.trouble('bad signature');
    const message = this.#messageOf([key]);
    const heard = await send('forger', message, 'a secret that nobody has given out');
    this.deliveries.push({ message, kind: 'bad-signature', at: this.world.now, heard });
  }

  async #strike(
    kind: 'evict' | 'abort' | 'alarm-early' | 'alarm-twice',
    session: number,
  ): Promise<void> {
    const { machine } = this;
    const made = machine.objects().filter(([place]) => place !== 'worker');
    const victim = made[session % Math.max(1, made.length)];
    if (victim === undefined) return;
    this.trouble(kind);
    const [place, name] = victim;
    if (kind === 'evict') return machine.evict(place, name);
    if (kind === 'abort') return machine.abort(place, name);
    if (kind === 'alarm-early') return machine.fire(place, name);
    return machine.fireTwice(place, name);
  }

  /** What an operator does waits until D1 is back: it is a cause of the end, not a fault. */
  async #administer(operation: Operation): Promise<void> {
    const { world, plan } = this;
    if (world.board.d1Away) {
      this.#postponed.push(operation);
      return;
    }
    this.trouble(operation.kind);
    if (operation.kind === 'quality') {
      await world.must('POST', '/v1/quality-results', {
        items: operation.results.map(resultItem),
      });
    } else if (operation.kind === 'rotate') {
      const secret = secretOf(plan.seed, operation.source, world.now);
      await world.must('POST', `/v1/sources/${operation.source}/rotate`, { secret });
      this.#secrets.set(operation.source, secret);
    } else if (operation.kind === 'rule-change') {
      const [first] = plan.rules;
      const [action] = first?.actions ?? [];
      await world.must('PUT', `/v1/rules/${this.rules[0]}`, {
        ...first,
        actions: [{ ...action, points: operation.points }],
        effectiveFrom: new Date(world.now + operation.aheadMs).toISOString(),
      });
    }
  }
}
