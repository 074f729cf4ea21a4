/** A pull that is cut off at any of its I/O goes on where it was, and takes and counts the same. */
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { callSource } from '../../src/intake/client';
import { civilDay, DAY_MS } from '../../src/kernel/instant';
import { readResultsOfPeriod } from '../../src/quality/store';
import { hireAll } from '../facts/desk';
import { deliver } from '../intake/sender';
import { type IoPoint, installBoard, type Mode, removeBoard } from '../worker/io';
import { connect, FakePlatform, gaps, pull, pullAll } from './platform';

const MODES: readonly Mode[] = ['throw', 'abort', 'flush-abort'];
const SLOW = { timeout: 300_000 };
const TOTAL = 3;
const FIRST_DAY = Date.UTC(2023, 0, 1) / DAY_MS;
const MINUTE = 60_000;
/** I/O points of each further kind that are made to fail. */
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

const nameOf = ({ place, call, phase, nth }: IoPoint): string => `${place} ${call} ${phase} ${nth}`;

const result = (day: string, n: number) => ({
  id: `${day}-${n}`,
  user_id: 'ann',
  result_status: 'COMPLETED',
  score: { total: 50 + n },
  created_date: `${day}T14:30:00Z`,
});

/** Two pages of two and an empty one, on a day of its own; one of the results had come. */
async function played(story: number, decide: (point: IoPoint) => Mode | null): Promise<string> {
  const day = civilDay(FIRST_DAY + story);
  platform.pageSize = 2;
  platform.results = Array.from({ length: TOTAL }, (_, n) => result(day, n));
  await deliver('crash', platform.results[2]);
  const board = installBoard();
  await pull('crash', ['results'], { firstDay: day, lastDay: day });
  board.decide = (point) => (point.place === 'pull' ? decide(point) : null);
  await pullAll('crash');
  removeBoard();
  // What the journal could not take at once waits at the source.
  await callSource(env, 'crash', (source) => source.due(Date.now() + MINUTE));
  const line = (await gaps('crash')).find(({ firstDay }) => firstDay === day);
  const from = (FIRST_DAY + story) * DAY_MS;
  const found = await readResultsOfPeriod(env.DB, [key], { from, until: from + DAY_MS }, 1e9);
  const counts = `${line?.apiCount} named, ${line?.seen} seen, ${line?.fetched} fetched`;
  return `${counts}, ${line?.refused} refused, ${found.get(key)?.length} kept`;
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
    const met = new Set<string>();
    const whole = await played(0, (point) => {
      met.add(nameOf(point));
      return null;
    });
    expect(whole).toBe(END);
    expect(met.size).toBeGreaterThan(20);
    const wrong: string[] = [];
    for (const [index, target] of [...met].entries()) {
      const mode = MODES[index % MODES.length] ?? 'throw';
      let struck = false;
      const ended = await played(index + 1, (point) => {
        if (struck || nameOf(point) !== target) return null;
        struck = true;
        return mode;
      });
      if (ended !== END || !struck) wrong.push(`${target} ${mode}: ${ended}`);
    }
    console.log(`${met.size} I/O points of a pull`);
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
    async ({ preset, kind, tell, end }) => {
      const source = `crash-${preset}-${kind}`;
      await connect(source, preset, [kind]);
      const play = async (story: number, decide: (point: IoPoint) => Mode | null) => {
        const day = civilDay(FIRST_DAY + 400 + story);
        tell(day);
        const board = installBoard();
        await pull(source, [kind], { firstDay: day, lastDay: day });
        board.decide = (point) => (point.place === 'pull' ? decide(point) : null);
        await pullAll(source);
        removeBoard();
        await callSource(env, source, (own) => own.due(Date.now() + MINUTE));
        const line = (await gaps(source)).find(({ firstDay }) => firstDay === day);
        return `${line?.apiCount} named, ${line?.fetched} fetched, ${line?.refused} refused`;
      };
      const met = new Set<string>();
      const whole = await play(0, (point) => {
        met.add(nameOf(point));
        return null;
      });
      expect(whole).toBe(end);
      const targets = [...met].filter((_, index) => index % Math.ceil(met.size / SAMPLE) === 0);
      let strikes = 0;
      for (const [index, target] of targets.entries()) {
        const mode = MODES[index % MODES.length] ?? 'throw';
        let struck = false;
        const ended = await play(index + 1, (point) => {
          if (struck || nameOf(point) !== target) return null;
          struck = true;
          strikes += 1;
          return mode;
        });
        expect(ended, `${target} ${mode}`).toBe(whole);
      }
      // How the journal is asked depends on what the pull had to make first.
      expect(strikes).toBeGreaterThan(targets.length / 2);
    },
  );
});
