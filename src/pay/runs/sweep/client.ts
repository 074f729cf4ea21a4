/**
 * Walks the facts that were sealed since it last looked and has what was paid by them re-read: every
 * five minutes, and whenever a run begins (P11). Decides how much one firing asks D1 for; what is left
 * then is remembered and gone on with. Refuses to pass facts whose deltas the journal did not take.
 * Two walks at once find the same.
 */
import type { Row } from '../../../kernel/change-set';
import { compactDay } from '../../../kernel/period';
import { commit } from '../../../ledger/client';
import { MARK_KIND, markRow } from '../../../ledger/config';
import { readLatest } from '../../../ledger/store';
import { REVISION_DAYS } from '../../../quality/store';
import { log, messageOf } from '../../../runtime/log';
import type { PayEnv } from '../client';
import { parseLineSubject } from '../lines/line';
import { changedFact, readChangedFacts, withOtherHolders } from '../reread/store';
import { parseRunName } from '../run';
import { lookAfter } from './after/client';
import {
  ASKED_BY_PAGE,
  type Bounds,
  begun,
  doPeriod,
  doWork,
  paidIn,
  paidPeriods,
  type Walk,
} from './firing/client';
import {
  type After,
  isNews,
  isSame,
  type PayMark,
  remembered,
  touched,
  type UnpaidMark,
  unpaidPlace,
  unpaidWork,
  withinLookBack,
  workOf,
} from './mark';

const FACTS = 'pay-facts';
const UNPAID = 'pay-unpaid';

/** What the walk remembers, and whom it knows to be unpaid. */
const readMarks = (db: D1Database) =>
  Promise.all([
    readLatest<PayMark>(db, MARK_KIND, FACTS),
    readLatest<UnpaidMark>(db, MARK_KIND, UNPAID),
  ]);

/** Both, and when the walk last moved, UTC ms. */
export async function readPayMark(
  db: D1Database,
): Promise<(PayMark & UnpaidMark & { readonly movedAt: number }) | null> {
  const [facts, unpaid] = await readMarks(db);
  if (facts === null) return null;
  const { content, writtenAt } = facts;
  return { ...content, unpaid: unpaid?.content.unpaid ?? [], movedAt: writtenAt };
}

/**
 * Facts sealed since the last walk, against what was paid by them. What it has walked over is kept
 * also where a later page fails, so that the next walk goes on from there. `atOnce`: facts alone, for
 * who waits for an answer; the next firing does the rest.
 */
export async function rereadPaid(
  env: PayEnv,
  now: number,
  bounds: Partial<Bounds> = {},
  atOnce = false,
): Promise<void> {
  const marks = await readMarks(env.DB);
  const walk = begun(marks[0]?.content ?? null, marks[1]?.content.unpaid ?? [], bounds);
  try {
    if (!atOnce) await lookAtUnpaid(env, walk, now);
    while (await walkPage(env, walk, now));
    // A page of it at least: new facts do not keep it waiting for good.
    while (!atOnce && (await lookAfter(env, walk, now)) && walk.pages > 0 && walk.queries > 0);
  } finally {
    const rows = newMarks(marks, walk, now);
    if (rows.length > 0) await commit(env, { rows }, now);
  }
}

/** In one set: nobody is forgotten whose facts are passed. */
function newMarks(
  [facts, unpaid]: Awaited<ReturnType<typeof readMarks>>,
  walk: Walk,
  now: number,
): Row[] {
  const { seal } = walk;
  const next: PayMark = { seal, ...remembered(walk) };
  const list: UnpaidMark = { seal, unpaid: walk.unpaid };
  return [
    ...(isNews(facts?.content ?? { seal: 0 }, walk, walk.seen)
      ? [markRow(FACTS, facts, next, now)]
      : []),
    ...(isSame(unpaid?.content.unpaid ?? [], walk.unpaid)
      ? []
      : [markRow(UNPAID, unpaid, list, now)]),
  ];
}

/** False where nothing is left to walk over now, the firing is full, or the journal must be asked again. */
async function walkPage(env: PayEnv, walk: Walk, now: number): Promise<boolean> {
  if (walk.pages <= 0 || walk.queries <= 0) return false;
  const { part } = walk;
  const found = await readChangedFacts(env.DB, walk.seal, part?.until ?? null);
  if (found.reached === walk.seal) return false;
  walk.pages -= 1;
  walk.queries -= ASKED_BY_PAGE;
  const named =
    found.facts.length === 0 ? [] : touched(await paidIn(env, walk), found.facts, REVISION_DAYS);
  const work = workOf([...named, ...lateOf(found.late)]);
  const left = work.filter(({ name }) => name > (part?.done ?? ''));
  const { did, done } = await doWork(env, walk, left, now);
  if (did !== 'ALL') {
    walk.part = { until: found.reached, done: done ?? part?.done ?? '' };
    return false;
  }
  const sentOut = found.sentOut.map((run): After => ({ run, seal: null, until: found.reached }));
  walk.after = [...walk.after, ...sentOut];
  // Their periods are paid from here on: facts of the next page are compared with them too.
  if (sentOut.length > 0) walk.paid = null;
  walk.seen ||= found.facts.length + found.late.length + sentOut.length > 0;
  walk.part = null;
  walk.seal = found.reached;
  return true;
}

/** Whoever was given up and paid after all may have been paid again by then: what is too much is a delta. */
const lateOf = (subjects: readonly string[]) =>
  subjects.flatMap((subject) => {
    const line = parseLineSubject(subject);
    const of = line === null ? null : parseRunName(line.run);
    return line === null || of === null ? [] : [{ of, agentKey: line.agentKey }];
  });

const FIRING_MS = 5 * 60_000;

/**
 * Those whom something kept from being paid: once it is mended they are, by a delta. Half of what a
 * firing asks at most, so that new facts go on; where there are more periods they take turns, and so
 * do their people.
 */
async function lookAtUnpaid(env: PayEnv, walk: Walk, now: number): Promise<void> {
  if (walk.unpaid.length === 0 && walk.after.every(({ until }) => until !== null)) return;
  const paid = await paidIn(env, walk);
  const half = walk.queries / 2;
  const work = unpaidWork(walk.unpaid, paid);
  walk.after = withinLookBack(walk.after, paid);
  // Nobody is re-read for a period beyond the look-back, nor told of it any longer.
  const kept = new Set(
    work.flatMap(({ name, agentKeys }) => agentKeys.map((key) => unpaidPlace(name, key))),
  );
  walk.unpaid = walk.unpaid.filter((place) => kept.has(place));
  for (const [nth, one] of inTurn(work, now).entries()) {
    if (nth > 0 && walk.queries <= half) return;
    const agentKeys = inTurn(one.agentKeys, now);
    await doPeriod(env, walk, { ...one, agentKeys }, now);
  }
}

/** Another is first each firing. */
function inTurn<T>(all: readonly T[], now: number): T[] {
  const turn = Math.floor(now / FIRING_MS) % Math.max(1, all.length);
  return [...all.slice(turn), ...all.slice(0, turn)];
}

/**
 * At once, for facts that were heard just now and lie in a period that was paid: whoever subscribes
 * to deltas is told with the event and not with the next walk (P11). Never throws; the walk finds
 * whatever this one missed, and facts that were dated anew into another period.
 */
export async function rereadAtOnce(env: PayEnv, said: readonly Row[], now: number): Promise<void> {
  const facts = said.map(({ table, id }) => changedFact(table, id));
  if (facts.length === 0) return;
  try {
    const first = facts.reduce((least, { day }) => (day < least ? day : least), '99999999');
    const last = facts.reduce((most, { day }) => (day > most ? day : most), '');
    const paid = (await paidPeriods(env)).filter(
      ({ firstDay, lastDay }) => compactDay(firstDay) <= last && compactDay(lastDay) >= first,
    );
    if (paid.length === 0) return;
    const work = workOf(touched(paid, await withOtherHolders(env.DB, facts), REVISION_DAYS));
    const walk = begun(null, []);
    for (const one of work) if (walk.queries > 0) await doPeriod(env, walk, one, now);
  } catch (thrown) {
    log('warn', 'pay.not-reread', { message: messageOf(thrown) });
  }
}
