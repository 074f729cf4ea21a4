/**
 * A small stage for tests that tell a story: the two rules of the document as printed, one mentor,
 * two mentees, three signed sources and a clock that the test moves. Sends through the signed
 * intake and reads what stands in D1; decides nothing.
 */

import { type AuditRow, agentIds, type Books, netsBySession, readBooks } from '../simulation/books';
import type { PlannedRule } from '../simulation/coaching/plan';
import { Machine } from '../simulation/machine';
import type { SourceId } from '../simulation/plan';
import { AWARD_RULE, JUNIOR_GROUP, REVOKE_RULE } from '../simulation/rules';
import { type Heard, send } from '../simulation/sender';
import { SOURCES, World } from '../simulation/world';

/** Ahead of every machine's clock, so that no real alarm fires by itself. */
export const NOON = Date.UTC(2032, 4, 3, 12);
export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const secretOf = (source: SourceId): string => `stage-secret-of-${source}-0123456789`;

export class Stage {
  readonly world: World;
  readonly machine: Machine;
  #sent = 0;

  private constructor(world: World) {
    this.world = world;
    this.machine = new Machine(world);
  }

  static async open(rules: readonly PlannedRule[] = [AWARD_RULE, REVOKE_RULE]): Promise<Stage> {
    const world = await World.open(NOON);
    for (const source of SOURCES) await world.addSource(source, secretOf(source));
    const person = { attributes: {}, groups: ['Everyone'] };
    await world.addPerson({ ...person, agentId: 'mentor-1' });
    await world.addPerson({ ...person, agentId: 'mentee-1', groups: [JUNIOR_GROUP] });
    await world.addPerson({ ...person, agentId: 'mentee-of-billing' });
    for (const rule of rules) await world.addRule(rule);
    return new Stage(world);
  }

  /** Sends one body as a source signs it. */
  post(body: object, source: SourceId = 'platform'): Promise<Heard> {
    this.#sent += 1;
    const message = { source, text: JSON.stringify(body), keys: [] };
    return send(`stage ${this.#sent}`, message, secretOf(source));
  }

  /** A completed coaching; fields given replace the usual ones. */
  completed(fields: object = {}, source: SourceId = 'platform'): Promise<Heard> {
    return this.post(
      {
        eventType: 'performance.coaching.completed',
        eventId: 'completed-1',
        occurredAt: new Date(this.world.now).toISOString(),
        coachingSessionId: 'coaching-1',
        sessionType: 'Mentorship_Pairing',
        mentorId: 'mentor-1',
        menteeId: 'mentee-1',
        sessionDurationSeconds: 1200,
        qaCalibrationScore: 85,
        ...fields,
      },
      source,
    );
  }

  /** A score that was changed. */
  scored(previous: number, current: number, fields: object = {}): Promise<Heard> {
    return this.post(
      {
        eventType: 'qa.score.updated',
        eventId: `score-${previous}-${current}-${this.world.now}`,
        occurredAt: new Date(this.world.now).toISOString(),
        coachingSessionId: 'coaching-1',
        previousScore: previous,
        currentScore: current,
        sessionType: 'Mentorship_Pairing',
        scoreSource: 'MANUAL',
        ...fields,
      },
      'quality',
    );
  }

  /** Lets virtual time pass; alarms that come due run at their time. */
  async pass(ms: number): Promise<void> {
    const until = this.world.now + ms;
    await this.machine.runDue(until);
    this.world.advanceTo(until);
  }

  books(): Promise<Books> {
    return readBooks();
  }

  /** Mentorship points an agent stands at, as a number of points. */
  async points(agentId: string): Promise<number> {
    const nets = [...netsBySession(await readBooks()).values()];
    const amounts = nets.map((own) => own.get(`Mentorship ${agentId}`) ?? 0n);
    return Number(amounts.reduce((sum, amount) => sum + amount, 0n)) / 10_000;
  }

  /** Kinds of the transactions in the order in which they were sealed. */
  async kinds(): Promise<string[]> {
    const { entries } = await readBooks();
    return entries.toSorted((a, b) => a.seal - b.seal).map(({ kind }) => kind);
  }

  async audited(action: string): Promise<AuditRow[]> {
    return (await readBooks()).audit.filter((row) => row.action === action);
  }

  async keyOf(agentId: string): Promise<string> {
    const found = [...agentIds(await readBooks())].find(([, id]) => id === agentId);
    return found?.[0] ?? '';
  }
}
