import { afterEach, describe, expect, it } from 'vitest';
import { MINUTE, SECOND, Stage } from '../conformance/stage';
import { PLAYS_ALL } from '../worker/crashes';
import { database } from '../worker/database';
import { quiet, removeBoard } from '../worker/io';

/** A quarter of the load in `npm test`; all of it with `SIM_CRASHES=all`. */
const SESSIONS = PLAYS_ALL ? 10_000 : 2_500;
/** Objects hold three open files each, so they come in waves and are evicted in between. */
const WAVE = SESSIONS / 20;
const AT_ONCE = 100;
/** Alarms that fire in vain are played for some waves; those of the others come late, all at once. */
const FIRED_EVERY = 5;
const OUTAGE_MS = 60 * MINUTE;
const DRAINED_WITHIN_MS = 10 * MINUTE;
/** Attempts of the journal while D1 fails: 1, 2, 4 … 30 s apart, an hour long. */
const MOST_ATTEMPTS = 150;
const SLOW = { timeout: 900_000 };

afterEach(removeBoard);

async function inChunks<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE) {
    await Promise.all(items.slice(from, from + AT_ONCE).map(work));
  }
}

async function countOf(query: string): Promise<number> {
  const row = await database().prepare(query).first<{ n: number }>();
  return row?.n ?? 0;
}

const seconds = (ms: number): number => Math.round(ms / 1000);

function journalAttempts(stage: Stage): number {
  return [...stage.world.board.calls]
    .filter(([name]) => name.startsWith('journal ') && name.includes(' DB.'))
    .reduce((sum, [, calls]) => sum + calls, 0);
}

/** Fires what is due in this wave only, and lets the objects go. */
async function fireAndEvict(stage: Stage, names: readonly string[]): Promise<void> {
  await inChunks(names, async (name) => {
    stage.world.board.alarms.delete(`session ${name}`);
    await stage.machine.fire('session', name);
  });
  await inChunks(names, (name) => stage.machine.evict('session', name));
}

describe('an hour without D1', () => {
  it(
    `takes in ${SESSIONS} coaching sessions and drains them within ten minutes`,
    SLOW,
    async () => {
      const stage = await Stage.open();
      const { board } = stage.world;
      await stage.completed({ eventId: 'before', coachingSessionId: 'before' });
      await stage.pass(2 * MINUTE);
      board.d1Away = true;
      const attempts = journalAttempts(stage);
      const began = stage.world.now;
      const started = performance.now();
      const known = new Set(stage.machine.objects().map(([, name]) => name));
      const waves = SESSIONS / WAVE;
      const names: string[] = [];
      for (let wave = 0; wave < waves; wave += 1) {
        const numbers = Array.from({ length: WAVE }, (_, index) => wave * WAVE + index);
        await inChunks(numbers, async (number) => {
          const heard = await stage.completed({
            eventId: `away-${number}`,
            coachingSessionId: `away-${number}`,
          });
          if (heard.status !== 200 || heard.verdicts[0] !== 'accepted') {
            throw new Error(`session ${number}: ${heard.status} ${heard.verdicts}`);
          }
        });
        await quiet(board);
        stage.world.advanceTo(began + Math.floor((OUTAGE_MS * (wave + 1)) / waves));
        const own = stage.machine
          .objects()
          .filter(([place, name]) => place === 'session' && !known.has(name))
          .map(([, name]) => name);
        for (const name of own) known.add(name);
        names.push(...own);
        if (wave % FIRED_EVERY === 0) await fireAndEvict(stage, own);
        else await inChunks(own, (name) => stage.machine.evict('session', name));
      }
      const tookIn = performance.now();
      expect(names).toHaveLength(SESSIONS);
      expect(await countOf('SELECT count(*) AS n FROM events')).toBe(1);
      const tried = journalAttempts(stage) - attempts;
      console.log(`the journal tried D1 ${tried} times in the hour`);
      expect(tried).toBeLessThan(MOST_ATTEMPTS);

      board.d1Away = false;
      const back = stage.world.now;
      for (let minute = 1; minute * MINUTE <= DRAINED_WITHIN_MS; minute += 1) {
        stage.world.advanceTo(back + minute * MINUTE - SECOND);
        if (minute % 5 === 0) await stage.machine.cron('*/5 * * * *');
        const due = [...board.alarms]
          .filter(([key, at]) => key.startsWith('session ') && at <= stage.world.now)
          .map(([key]) => key.slice('session '.length));
        for (let from = 0; from < due.length; from += WAVE) {
          await fireAndEvict(stage, due.slice(from, from + WAVE));
        }
      }
      console.log(
        `${SESSIONS} taken in ${seconds(tookIn - started)} s, drained in ${seconds(performance.now() - tookIn)} s`,
      );
      expect(await countOf('SELECT count(*) AS n FROM events')).toBe(SESSIONS + 1);
      expect(await countOf("SELECT count(*) AS n FROM entries WHERE kind = 'AWARD'")).toBe(
        SESSIONS + 1,
      );
    },
  );
});
