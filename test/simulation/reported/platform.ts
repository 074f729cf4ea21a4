/**
 * The platform of a history that evaluates goals itself, in a memory that no crash of ours reaches:
 * answers for the status and the figures, late, wrongly or not at all, and remembers what it
 * answered when. Judges nothing (`truth.ts` does).
 */
import { unitOf } from '../chance';
import type { History } from '../history';
import type { PlannedReport, ReportedPart } from './plan';

export const PLATFORM = 'platform-of-goals';
const HOST = `${PLATFORM}.example.com`;
const SLOW_MS = 5;

const FATES = ['unavailable', 'timeout', 'slow', 'too fast', 'nonsense'] as const;
type Fate = (typeof FATES)[number];

export const REPORTED_FATES: readonly string[] = [...FATES, 'down', 'not locked'].map(
  (fate) => `goal platform ${fate}`,
);

/** An answer that was given: as far as the platform knows, it was heard. */
export interface Given {
  readonly goal: string;
  readonly what: 'status' | 'total' | 'shares';
  readonly at: number;
  readonly value: string;
}

/** What is true of a goal at an instant. */
export const valueAt = ({ value, later, changesAt, course }: PlannedReport, at: number): string =>
  course === 'other' || at >= changesAt ? later : value;

/** What each member contributed, as true at an instant; the last of them nothing at first. */
export const sharesAt = ({ agents, changesAt }: PlannedReport, at: number): Map<string, number> =>
  new Map(
    agents.map((agent, nth) => {
      const first = (agents.length - 1 - nth) * 100 + (agents.length === 1 ? 50 : 0);
      return [agent, at >= changesAt ? 30 + nth * 70 : first];
    }),
  );

export class GoalPlatform {
  readonly given: Given[] = [];
  /** True once it failed to answer, in whatever way. */
  failed = false;
  readonly #history: History;
  readonly #part: ReportedPart;
  #asked = 0;

  constructor(history: History, part: ReportedPart) {
    this.#history = history;
    this.#part = part;
  }

  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    const fate = this.#fate();
    if (fate !== null) this.#history.trouble(`goal platform ${fate}`);
    if (fate !== null && fate !== 'slow') this.failed = true;
    if (fate === 'slow') await scheduler.wait(SLOW_MS);
    if (fate === 'unavailable' || fate === 'down') return new Response('{}', { status: 503 });
    if (fate === 'too fast') return new Response('{}', { status: 429 });
    if (fate === 'timeout') throw new TypeError('Network connection lost.');
    if (fate === 'nonsense') return Response.json({ goalId: 'another', results: 'none' });
    const status = /\/goals\/([^/]+)\/status$/.exec(pathname);
    return status === null ? this.#details(text) : this.#status(status[1] ?? '');
  }

  #status(goal: string): Response {
    const { part, now } = { part: this.#part, now: this.#history.world.now };
    const report = part.reports.find((one) => one.goal === goal);
    if (report === undefined) return new Response('{}', { status: 404 });
    const value = valueAt(report, now);
    const snapshotLocked = now >= report.locksAt;
    if (snapshotLocked) this.given.push({ goal, what: 'status', at: now, value });
    else this.#history.trouble('goal platform not locked');
    const status = report.course === 'other' ? 'ON_TRACK' : 'ACHIEVED';
    const metricValue = Number(value);
    return Response.json({ goalId: goal, period: part.week, status, metricValue, snapshotLocked });
  }

  #details(text: string): Response {
    const { now } = this.#history.world;
    const query = JSON.parse(text) as {
      groupBy: string[];
      filter: { clauses: { values: string[] }[] };
    };
    const team = query.filter.clauses[0]?.values[0];
    const report = this.#part.reports.find((one) => one.team === team);
    if (report === undefined) return new Response('{}', { status: 404 });
    const { goal } = report;
    const value = valueAt(report, now);
    if (query.groupBy[0] === 'teamId') {
      this.given.push({ goal, what: 'total', at: now, value });
      return Response.json({ results: [{ group: { teamId: team }, value: Number(value) }] });
    }
    this.given.push({ goal, what: 'shares', at: now, value });
    const results = [...sharesAt(report, now)].map(([agentId, one]) => ({ agentId, value: one }));
    return Response.json({ results: [...results, { agentId: 'a-stranger', value: 77 }] });
  }

  #fate(): Fate | 'down' | null {
    const { down, odds } = this.#part;
    const { now } = this.#history.world;
    this.#asked += 1;
    if (down !== null && now >= down.from && now < down.until) return 'down';
    const drawn = unitOf(`${this.#history.plan.seed} goal platform ${this.#asked}`);
    return drawn < odds ? (FATES[Math.floor((drawn / odds) * FATES.length)] ?? null) : null;
  }
}

/** Behind a destination of its own; others answer their own hosts. */
export async function openGoalPlatform(
  history: History,
  part: ReportedPart,
): Promise<GoalPlatform> {
  const { world, plan } = history;
  const platform = new GoalPlatform(history, part);
  const { outside } = world.board;
  world.board.outside = (host, request) =>
    host === HOST || outside === null ? platform.answer(request) : outside(host, request);
  await world.must('PUT', `/v1/destinations/${PLATFORM}`, {
    preset: 'seed',
    url: `https://${HOST}`,
    auth: { type: 'bearer', token: `canary-platform-of-goals-${plan.seed}-0123` },
  });
  return platform;
}
