/**
 * What cron does for boards between two readers: each takes in what has been sealed, so that the
 * next one has little to read. Missing a firing changes no answer, only what it costs.
 */
import { readOrganisation } from '../access/store';
import { log, messageOf } from '../runtime/log';
import { askOf, type BoardsEnv, readStandings } from './client';
import { readBoards } from './store';

/** Every five minutes. One board that fails stops no other. */
export async function refreshBoards(env: BoardsEnv, now: number): Promise<void> {
  const calendar = await readOrganisation(env.DB);
  for (const { name, content } of await readBoards(env.DB)) {
    if (!content.enabled) continue;
    try {
      const nothing = { seal: null, offset: 0, limit: 0 };
      await readStandings(env, name, askOf(content, calendar, now, nothing));
    } catch (thrown) {
      log('warn', 'board.refresh-failed', { board: name, message: messageOf(thrown) });
    }
  }
}
