/**
 * One firing of one erasure: goes on behind its mark, tells the objects that hold the same, has the
 * journal empty what was found, watches for a day and then forgets the person's words. A run that
 * stops anywhere is taken up by the next firing; doing a page twice changes nothing.
 */
import { keyedHash } from '../../kernel/hash';
import { commit, erase, type LedgerEnv } from '../../ledger/client';
import type { ConfigVersion } from '../../ledger/config';
import { MOST_ROWS, NO_BODIES } from '../../ledger/erase';
import { openSecret } from '../../runtime/digest';
import { AGENT_KIND } from '../agent';
import type { DirectoryEnv } from '../store';
import {
  BEGINNING,
  type ErasureMark,
  type Found,
  isDue,
  isOver,
  markRow,
  type PersonalTable,
  recordRow,
} from './erasure';
import type { Person } from './person';
import { erasureId, lookThrough, readMark, readVersionIds } from './store';

export interface PrivacyEnv extends LedgerEnv, DirectoryEnv {}

/** What compose knows of who holds what about a person. */
export interface Forgetting<E> {
  readonly tables: readonly PersonalTable[];
  /** Has the object of a subject settle and forget; throws when it cannot. */
  forgetSubject(env: E, subject: string, now: number): Promise<void>;
  /** Has objects that hold things under no subject send or drop what names the person. */
  forgetHeld(env: E, person: Person, now: number): Promise<void>;
}

/** What the words of a person are sealed for. */
export const PURPOSE = 'erasure';
/** Pages of one run in one firing: some 20,000 rows. */
const PAGES = 40;
const SUBJECTS_AT_ONCE = 10;

export interface Run {
  readonly agentKey: string;
  readonly sealed: string;
}

/** One firing of one run. Throws where an object or D1 cannot be reached. */
export async function goOn<E extends PrivacyEnv>(
  env: E,
  forgetting: Forgetting<E>,
  run: Run,
  now: number,
): Promise<void> {
  const person = await openPerson(env, run);
  const before = await readMark(env.DB, run.agentKey);
  const start = before?.content ?? BEGINNING;
  if (start.done) return end(env, run.agentKey, before, start, now);
  if (!isDue(start, now)) return;
  if (start.seal === 0) await emptyDirectory(env, run.agentKey, now);
  await forgetting.forgetHeld(env, person, now);
  const { mark, found } = await walk(env, forgetting, person, start, now);
  if (isOver(mark, found, now)) return end(env, run.agentKey, before, mark, now);
  const row = markRow(run.agentKey, before, mark);
  await commit(env, { rows: [row] }, now);
}

async function openPerson(env: PrivacyEnv, { agentKey, sealed }: Run): Promise<Person> {
  const text = await openSecret(env.SECRETS_KEY, PURPOSE, sealed);
  if (text === null) throw new Error('the words of the person open under another SECRETS_KEY');
  return { agentKey, words: JSON.parse(text) as string[] };
}

/** The agent's versions go first: from then on nobody is shown who it was. */
export async function emptyDirectory(
  env: PrivacyEnv,
  agentKey: string,
  now: number,
): Promise<void> {
  const all = await readVersionIds(env.DB, AGENT_KIND, agentKey);
  for (let from = 0; from < all.length; from += MOST_ROWS) {
    const ids = all.slice(from, from + MOST_ROWS);
    const rows = [{ table: 'config', columns: ['author', 'content', 'salt'], ids }];
    const cause = from === 0 ? 'directory' : `directory ${from}`;
    const detail = { config: ids.length };
    await emptied(env, agentKey, { rows, bodies: NO_BODIES }, { cause, detail, now });
  }
}

async function emptied(
  env: PrivacyEnv,
  agentKey: string,
  { rows, bodies }: Pick<Found, 'rows' | 'bodies'>,
  about: {
    readonly cause: string;
    readonly detail: Readonly<Record<string, unknown>>;
    readonly now: number;
  },
): Promise<void> {
  const { cause, detail, now } = about;
  // The salt comes from the cause: an attempt that is made again writes the same entry.
  const salt = keyedHash(env.SECRETS_KEY, `erasure ${agentKey} ${cause}`).slice(0, 32);
  const action = 'PERSONAL_DATA_EMPTIED';
  const record = { rows: [recordRow({ action, agentKey, cause, detail, now, salt })] };
  const answer = await erase(env, { rows, bodies, record }, now);
  if (answer.verdict !== 'committed') throw new Error(`the journal answered ${answer.verdict}`);
}

/** Page after page to the end of the books, or to the bound of a firing. */
async function walk<E extends PrivacyEnv>(
  env: E,
  forgetting: Forgetting<E>,
  person: Person,
  start: ErasureMark,
  now: number,
): Promise<{ readonly mark: ErasureMark; readonly found: number }> {
  let mark: ErasureMark = { ...start, at: now };
  let all = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const { found, upTo } = await lookThrough(env.DB, forgetting.tables, person, mark.seal);
    if (upTo === null) {
      return { mark: { ...mark, caughtUpAt: mark.caughtUpAt ?? now }, found: all };
    }
    await forgetSubjects(env, forgetting, found.subjects, now);
    await emptyPage(env, person.agentKey, found, mark.seal, upTo, now);
    const { emptied: more, left } = found;
    mark = { ...mark, seal: upTo, emptied: mark.emptied + more, left: mark.left + left };
    all += more + found.bodies.events.length;
  }
  // The bound of a firing is no end: what is left to look at counts as found.
  return { mark, found: Math.max(1, all) };
}

async function forgetSubjects<E extends PrivacyEnv>(
  env: E,
  forgetting: Forgetting<E>,
  subjects: readonly string[],
  now: number,
): Promise<void> {
  for (let from = 0; from < subjects.length; from += SUBJECTS_AT_ONCE) {
    const some = subjects.slice(from, from + SUBJECTS_AT_ONCE);
    await Promise.all(some.map((subject) => forgetting.forgetSubject(env, subject, now)));
  }
}

async function emptyPage(
  env: PrivacyEnv,
  agentKey: string,
  found: Found,
  after: number,
  upTo: number,
  now: number,
): Promise<void> {
  if (found.emptied === 0 && found.bodies.events.length === 0) return;
  const tables = found.rows.map(({ table, ids }): [string, number] => [table, ids.length]);
  const counts: Record<string, number> = { bodies: found.bodies.events.length };
  for (const [table, count] of tables) counts[table] = (counts[table] ?? 0) + count;
  const detail = { after, upTo, ...counts };
  await emptied(env, agentKey, found, { cause: `${after} ${upTo}`, detail, now });
}

/** The words themselves go last; from then on only the key is left. */
async function end(
  env: PrivacyEnv,
  agentKey: string,
  before: ConfigVersion<ErasureMark> | null,
  mark: ErasureMark,
  now: number,
): Promise<void> {
  const done: ErasureMark = { ...mark, done: true };
  const { emptied: rowsEmptied, left, seal } = done;
  const record = recordRow({
    action: 'ERASURE_ENDED',
    agentKey,
    cause: agentKey,
    detail: { emptied: rowsEmptied, left, seal },
    now,
    salt: keyedHash(env.SECRETS_KEY, `erasure ${agentKey} end`).slice(0, 32),
  });
  const marks = mark.done ? [] : [markRow(agentKey, before, done)];
  const rows = [{ table: 'config', columns: ['content'], ids: [erasureId(agentKey)] }];
  const answer = await erase(
    env,
    { rows, bodies: NO_BODIES, record: { rows: [record, ...marks] } },
    now,
  );
  if (answer.verdict !== 'committed') throw new Error(`the journal answered ${answer.verdict}`);
}
