/**
 * Plays a plan: the safety phase, in which everything that may go wrong does, the liveness phase,
 * in which nothing does any more and the installation has three rounds and one virtual hour to come
 * to rest, and twenty days after which everything is said once more and must change nothing.
 */
import { quiet, tally } from '../worker/io';
import { unarmed } from './armed';
import { unitOf } from './chance';
import { drawnFault } from './faults';
import { Machine } from './machine';
import { Mail, secretOf } from './mail';
import type { Operation, Plan } from './plan';
import { performOnPlatform } from './platform';
import type { Player } from './system';
import { systemsOf } from './systems';
import { SOURCES, World } from './world';
import { zoneKind } from './zones';

const HOUR = 3_600_000;
const ROUNDS = 3;

export class History {
  readonly plan: Plan;
  readonly world: World;
  readonly machine: Machine;
  readonly mail: Mail;
  readonly players = new Map<string, Player>();
  /** How often each kind of trouble happened. */
  readonly troubles = new Map<string, number>();
  /** What could not be judged by a verdict alone. */
  readonly complaints: string[] = [];
  /** True once everything that waits for days has had them, and the jobs have run. */
  waited = false;
  readonly #postponed: Operation[] = [];
  #away = 0;

  private constructor(plan: Plan, world: World) {
    this.plan = plan;
    this.world = world;
    this.machine = new Machine(world);
    this.mail = new Mail(this);
  }

  static async of(plan: Plan): Promise<History> {
    const world = await World.open(plan.startAt - HOUR, plan.backing ?? 'object');
    const history = new History(plan, world);
    history.trouble(zoneKind(plan.zone, plan.startAt));
    if (plan.zone !== undefined) {
      await world.must('PUT', '/v1/organisation', { timeZone: plan.zone });
    }
    await Promise.all(
      SOURCES.map((source) => world.addSource(source, secretOf(plan.seed, source, 1))),
    );
    // One after the other: each is given the same key in every run.
    for (const person of plan.people) await world.addPerson(person);
    for (const { name, open } of systemsOf(plan)) {
      history.players.set(name, await open(history, plan.parts[name]));
    }
    return history;
  }

  /** The safety phase. */
  async play(): Promise<void> {
    const { world, plan } = this;
    world.board.decide = (point) => drawnFault(plan, point);
    for (const [index, { at, operation, isAhead = false }] of plan.operations.entries()) {
      const late = isAhead || unitOf(`${plan.seed} late ${index}`) < plan.faults.lateAlarms;
      if (late) this.trouble('alarm late');
      else await this.#alarmsUntil(at);
      world.advanceTo(at);
      world.board.d1Away = world.now < this.#away;
      console.debug(`${new Date(world.now).toISOString()} ${JSON.stringify(operation)}`);
      await this.#perform(operation);
      // No request's work goes on for days: it ends before time does.
      await quiet(world.board);
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
    const { world, machine, mail } = this;
    world.board.decide = () => null;
    world.board.d1Away = false;
    const start = world.now;
    await quiet(world.board);
    this.complaints.push(...(await unarmed(this)));
    for (const operation of this.#postponed.splice(0)) await this.#perform(operation);
    await machine.recount();
    for (let round = 1; round <= ROUNDS; round += 1) {
      await mail.sendUnheard();
      for (const player of this.players.values()) await player.heal?.(round);
      world.advanceTo(start + Math.floor((HOUR * (round - 1)) / ROUNDS) + 1000);
      await machine.cron('*/5 * * * *');
      await machine.runDue(start + Math.floor((HOUR * round) / ROUNDS));
    }
    world.advanceTo(start + HOUR);
    for (const { source, text } of mail.unheard) {
      this.complaints.push(`INV-12 never acknowledged: ${source} ${text.slice(0, 120)}`);
    }
  }

  trouble(name: string): void {
    tally(this.troubles, name);
  }

  takeD1Away(forMs: number): void {
    this.#away = this.world.now + forMs;
    this.world.board.d1Away = true;
  }

  /** True, and kept for later, while D1 is away: what an operator does is no fault. */
  postpone(operation: Operation): boolean {
    const { d1Away } = this.world.board;
    if (d1Away) this.#postponed.push(operation);
    return d1Away;
  }

  #perform(operation: Operation): Promise<void> {
    if (operation.system === 'mail') return this.mail.perform(operation);
    if (operation.system === 'platform') return performOnPlatform(this, operation);
    const player = this.players.get(operation.system);
    if (player === undefined) throw new Error(`nobody performs ${JSON.stringify(operation)}`);
    return player.perform(operation);
  }
}
