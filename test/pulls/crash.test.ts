/**
 * A pull that is cut off at any of its I/O goes on where it was, and takes and counts the same,
 * whether its alarm comes again or is lost and cron finds it. `npm test` plays each point of one pull in
 * one way and some points of every further kind.
 */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { callSource } from '../../src/intake/client';
import { callPulls } from '../../src/intake/pulls/client';
import { sweepPulls } from '../../src/intake/pulls/jobs';
import { civilDay, DAY_MS } from '../../src/kernel/instant';
import { readResultsOfPeriod } from '../../src/quality/store';
import { hireAll } from '../facts/desk';
import { deliver } from '../intake/sender';
import {
  type Case,
  casesOf,
  crashesOf,
  inTurn,
  PLAYS_ALL,
  pieceOf,
  Striker,
} from '../worker/crashes';
import { installBoard, removeBoard } from '../worker/io';
import { connect, FakePlatform, gaps, pull, pullAll } from './platform';

const SLOW = { timeout: 900_000 };
const TOTAL = 3;
const FIRST_DAY = Date.UTC(2023, 0, 1) / DAY_MS;
const MINUTE = 60_000;
/** I/O points of each further kind that `npm test` makes fail. */
const SAMPLE = 6;

let key = '';
const platform = new FakePlatform();

beforeAll(async () => {
  [key = ''] = await hireAll('ann', 'ben');
  await connect('crash', 'seed', ['results']);
});

beforeEach(() => platform.install());

afterEach(() => {
  removeBoard();
  vi.restoreAllMocks();
});

const result = (day: string, n: number) => ({
  id: `${day}-${n}`,
  user_id: 'ann',
  result_status: 'COMPLETED',
  score: { total: 50 + n },
  created_date: `${day}T14:30:00Z`,
});

const HEALERS = ['alarm', 'cron'] as const;
type Healer = (typeof HEALERS)[number];

/** Goes on until nothing waits, as alarms would, or by cron alone as if they were lost. */
async function goOn(source: string, by: Healer): Promise<void> {
  if (by === 'alarm') return pullAll(source);
  const began = Date.now();
  for (let turn = 0; turn < 60; turn += 1) {
    await sweepPulls(env, began + turn * 5 * MINUTE);
    const left = await callPulls(env, source, (pulls) => pulls.status()).catch(() => null);
    if (left?.length === 0) return;
  }
  throw new Error('the pull never ends');
}

/** Some points in one way, by their alarm; with SIM_CRASHES every way of every point, by both. */
function casesOfRun(
  points: Readonly<Record<Healer, readonly string[]>>,
  most = Number.POSITIVE_INFINITY,
): readonly Case<Healer>[] {
  if (PLAYS_ALL) return pieceOf(HEALERS.flatMap((by) => casesOf(points[by], by)));
  const own = points.alarm.filter((name) => crashesOf(name).length > 0);
  const step = Math.max(1, Math.ceil(own.length / most));
  return own
    .filter((_, index) => index % step === 0)
    .map((target, index) => ({ target, mode: inTurn(crashesOf(target), index), by: 'alarm' }));
}

/** What one story met and came to. */
interface Played {
  readonly end: string;
  readonly met: readonly string[];
  readonly hasStruck: boolean;
}

/** A pull that is asked for and goes on, one I/O of it failing. */
async function pulled(
  source: string,
  kind: Kind['kind'],
  day: string,
  { one, by }: { readonly one: Case<Healer> | null; readonly by: Healer },
): Promise<Striker> {
  const board = installBoard();
  const striker = new Striker(one);
  await pull(source, [kind], { firstDay: day, lastDay: day });
  board.decide = (point) => (point.place === 'pull' ? striker.decide(point) : null);
  await goOn(source, by);
  removeBoard();
  // What the journal could not take at once waits at the source.
  await callSource(env, source, (own) => own.due(Date.now() + MINUTE));
  return striker;
}

/** Two pages of two and an empty one, on a day of its own; one of the results had come. */
async function played(story: number, one: Case<Healer> | null, by: Healer): Promise<Played> {
  const day = civilDay(FIRST_DAY + story);
  platform.pageSize = 2;
  platform.results = Array.from({ length: TOTAL }, (_, n) => result(day, n));
  await deliver('crash', platform.results[2]);
  const { met, hasStruck } = await pulled('crash', 'results', day, { one, by });
  const line = (await gaps('crash')).find(({ firstDay }) => firstDay === day);
  const from = (FIRST_DAY + story) * DAY_MS;
  const found = await readResultsOfPeriod(env.DB, [key], { from, until: from + DAY_MS }, 1e9);
  const counts = `${line?.apiCount} named, ${line?.seen} seen, ${line?.fetched} fetched`;
  const end = `${counts}, ${line?.refused} refused, ${found.get(key)?.length} kept`;
  return { end, met: [...met], hasStruck };
}

const END = '3 named, 1 seen, 2 fetched, 0 refused, 3 kept';

interface Kind {
  readonly what: string;
  readonly preset: 'seed' | 'genesys-cloud';
  readonly kind: 'actuals' | 'results' | 'coaching';
  /** What the platform knows of a day. */
  readonly tell: (day: string) => unknown;
  readonly end: string;
}

const evaluation = (day: string, n: number) => ({
  id: `evaluation-${day}-${n}`,
  agent: { id: 'ben' },
  status: 'FINISHED',
  evaluationForm: { id: 'form-1', contextId: 'family' },
  conversation: { id: 'conv' },
  answers: { totalScore: 70 + n },
  assignedDate: `${day}T10:00:00Z`,
  changedDate: `${day}T11:00:00Z`,
});

const appointment = (day: string, n: number) => ({
  id: `appointment-${day}-${n}`,
  name: 'Coaching',
  status: 'Completed',
  dateStart: `${day}T10:00:00.000Z`,
  dateCompleted: `${day}T10:31:00.000Z`,
  lengthInMinutes: 30,
  facilitator: { id: 'ben' },
  attendees: [{ id: 'ann' }],
});

describe('a pull', () => {
  it('ends the same whichever I/O fails, and however', SLOW, async () => {
    const alarm = await played(0, null, 'alarm');
    const cron = await played(1, null, 'cron');
    expect([alarm.end, cron.end]).toEqual([END, END]);
    expect(alarm.met.length).toBeGreaterThan(20);
    const cases = casesOfRun({ alarm: alarm.met, cron: cron.met });
    const wrong: string[] = [];
    for (const [index, one] of cases.entries()) {
      const { end, hasStruck } = await played(index + 2, one, one.by);
      if (end !== END || !hasStruck) wrong.push(`${one.target} ${one.mode} by ${one.by}: ${end}`);
    }
    console.log(`${alarm.met.length} I/O points of a pull, ${cases.length} cases`);
    expect(wrong).toEqual([]);
  });

  const kinds: readonly Kind[] = [
    {
      what: 'actuals',
      preset: 'seed',
      kind: 'actuals',
      tell: (day) => {
        for (const user of ['ann', 'ben']) platform.actuals.set(`${user} ${day}`, { talk: 100 });
      },
      end: '2 named, 2 fetched, 0 refused',
    },
    {
      what: 'daily sums of Genesys Cloud',
      preset: 'genesys-cloud',
      kind: 'actuals',
      tell: (day) => {
        platform.actuals.clear();
        platform.actuals.set(`ann ${day}`, { INTERACTING: 100 });
      },
      end: '1 named, 1 fetched, 0 refused',
    },
    {
      what: 'evaluations of Genesys Cloud',
      preset: 'genesys-cloud',
      kind: 'results',
      tell: (day) => {
        platform.evaluations = [1, 2].map((n) => evaluation(day, n));
      },
      end: '2 named, 2 fetched, 0 refused',
    },
    {
      what: 'coaching appointments',
      preset: 'genesys-cloud',
      kind: 'coaching',
      tell: (day) => {
        platform.appointments = [1, 2].map((n) => appointment(day, n));
      },
      end: '2 named, 2 fetched, 0 refused',
    },
  ];

  it.each(kinds)(
    'of $what that is cut off counts the same, at a sample of its I/O',
    SLOW,
    async ({ what, preset, kind, tell, end }) => {
      const source = `crash-${preset}-${kind}`;
      await connect(source, preset, [kind]);
      const play = async (story: number, one: Case<Healer> | null, by: Healer): Promise<Played> => {
        const day = civilDay(FIRST_DAY + 400 + story);
        tell(day);
        const { met, hasStruck } = await pulled(source, kind, day, { one, by });
        const line = (await gaps(source)).find(({ firstDay }) => firstDay === day);
        const counts = `${line?.apiCount} named, ${line?.fetched} fetched`;
        return { end: `${counts}, ${line?.refused} refused`, met: [...met], hasStruck };
      };
      const alarm = await play(0, null, 'alarm');
      const cron = await play(1, null, 'cron');
      expect([alarm.end, cron.end]).toEqual([end, end]);
      const cases = casesOfRun({ alarm: alarm.met, cron: cron.met }, SAMPLE);
      let strikes = 0;
      for (const [index, one] of cases.entries()) {
        const now = await play(index + 2, one, one.by);
        if (now.hasStruck) strikes += 1;
        expect(now.end, `${one.target} ${one.mode} by ${one.by}`).toBe(end);
      }
      console.log(
        `${alarm.met.length} I/O points of ${what}, ${cases.length} cases, ${strikes} strikes`,
      );
      // How the journal is asked depends on what the pull had to make first.
      expect(strikes).toBeGreaterThanOrEqual(cases.length / 2);
    },
  );
});
