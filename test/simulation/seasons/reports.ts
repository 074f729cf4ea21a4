/**
 * What must be true of the reports of runs and of what desktops are told: everything expected was
 * applied, of everybody the run was for; and each batch has sent its notices once, after every
 * platform was read back (S4, S12).
 */
import { agentIds, type Books, type Row } from '../books';
import type { SeasonsPlayer } from './system';
import { causesOfDeliveries, rowsOf, runsOf, type StoredRun, unreadIn } from './truth';

const BATCH_AGENTS = 50;
const KINDS = ['season.synchronisation', 'session.invalidation'];

interface Told {
  readonly kind: string;
  readonly seal: number;
  readonly batch: number;
  readonly agents: readonly { readonly agentKey: string; readonly agentId: string }[];
}

export const nameOf = ({ id }: StoredRun): string => id.split('/')[1] ?? '';

/** Notices of a run's batches. */
export const noticesOf = (books: Books, run: string): Told[] =>
  rowsOf(books, 'notices')
    .filter(({ kind }) => KINDS.includes(String(kind)))
    .map((row) => ({
      ...(JSON.parse(String(row.content)) as Told & { readonly run: string }),
      kind: String(row.kind),
      seal: Number(row.seal),
    }))
    .filter((one) => one.run === run);

/** The instant of the last outcome of a batch under or before a seal, whatever was told again. */
export function lastOutcomeOf(books: Books, batch: string, seal: number): number {
  const instants = new Map(books.seals.map(({ id, at }) => [id, at]));
  const causes = causesOfDeliveries(books);
  const times = rowsOf(books, 'delivery_outcomes').flatMap((row) => {
    const cause = causes.get(String(row.id).replace(/\.[A-Z]+$/, ''));
    const isOwn = cause === batch || cause?.startsWith(`${batch}.again.`) === true;
    return isOwn && Number(row.seal) <= seal ? [instants.get(Number(row.seal)) ?? 0] : [];
  });
  return Math.max(0, ...times);
}

/** Who had left by a seal, as the directory says. */
function leftBy(books: Books, seal: number): ReadonlySet<string> {
  const known = rowsOf(books, 'config').filter(
    (row) => row.kind === 'agent' && Number(row.seal) <= seal,
  );
  const latest = new Map<string, Row>();
  for (const row of known) {
    const before = latest.get(String(row.name));
    if (before === undefined || Number(before.version) < Number(row.version))
      latest.set(String(row.name), row);
  }
  const isGone = (row: Row): boolean => String(row.content).includes('"status":"LEFT"');
  return new Set([...latest].filter(([, row]) => isGone(row)).map(([name]) => name));
}

/** Everybody the run was for, and nobody else, is in its report; all that was expected was applied. */
function brokenReport(books: Books, run: StoredRun, told: readonly Told[]): string[] {
  const { ended, id, seal, wave } = run;
  if (ended === null) return [`S2 ${id}: ${wave} never ended`];
  const { expected, applied, differing, missingThere, agents, batches } = ended;
  const archived = rowsOf(books, 'season_archive').filter((row) => row.run === id);
  const heard = new Set(told.flatMap((one) => one.agents.map(({ agentKey }) => agentKey)));
  const gone = leftBy(books, seal);
  const stayed = [...heard].filter((key) => !gone.has(key)).length;
  const broken: string[] = [];
  const unread = unreadIn(run).size;
  if (applied + unread !== expected || differing !== unread || missingThere > 0)
    broken.push(
      `S4 ${id}: ${applied} of ${expected} applied, ${differing} differ, ${missingThere} missing`,
    );
  if (agents !== heard.size) broken.push(`S4 ${id}: ${agents} agents, ${heard.size} were told of`);
  if (wave === 'RESET' && agents !== archived.length)
    broken.push(`S4 ${id}: ${agents} agents, ${archived.length} archived`);
  if (wave === 'RESET' ? expected !== stayed : expected > stayed)
    broken.push(`S4 ${id}: ${expected} expected of ${stayed} agents`);
  if (batches < Math.ceil(agents / BATCH_AGENTS) || batches > agents)
    broken.push(`S3 ${id}: ${batches} batches of ${agents} agents`);
  return broken;
}

/** One of each kind a batch, of fifty agents at the most, and each agent in one batch. */
function brokenNotices(run: StoredRun, told: readonly Told[]): string[] {
  const batches = run.ended?.batches ?? 0;
  return KINDS.flatMap((kind) => {
    const own = told.filter((one) => one.kind === kind);
    const numbers = own.map(({ batch }) => batch).toSorted((a, b) => a - b);
    const wanted = Array.from({ length: batches }, (_, nth) => nth);
    const keys = own.flatMap(({ agents }) => agents.map(({ agentKey }) => agentKey));
    return [
      ...(numbers.join() === wanted.join()
        ? []
        : [`S12 ${run.id}: ${kind} of batches ${numbers.join()}, there are ${batches}`]),
      ...(own.some(({ agents }) => agents.length > BATCH_AGENTS)
        ? [`S3 ${run.id}: more than ${BATCH_AGENTS} agents in a batch`]
        : []),
      ...(new Set(keys).size < keys.length ? [`S12 ${run.id}: ${kind} names an agent twice`] : []),
    ];
  });
}

/**
 * A notice comes after the last outcome of its batch, and after each agent was read back since what
 * was told first. That all of them are read once more after some were told again is not asked here.
 */
function earlyNotices(
  { platform }: SeasonsPlayer,
  books: Books,
  run: StoredRun,
  told: readonly Told[],
): string[] {
  const instants = new Map(books.seals.map(({ id, at }) => [id, at]));
  const causes = causesOfDeliveries(books);
  const gone = leftBy(books, run.seal);
  const silent = unreadIn(run);
  return told.flatMap(({ kind, seal, batch, agents }) => {
    const cause = `${nameOf(run)}.${batch}`;
    const causeOf = (row: Row): string | undefined =>
      causes.get(String(row.id).replace(/\.[A-Z]+$/, ''));
    const outcomes = rowsOf(books, 'delivery_outcomes').filter((row) => {
      const of = causeOf(row);
      return of === cause || of?.startsWith(`${cause}.again.`);
    });
    const late = outcomes.filter((row) => Number(row.seal) > seal);
    const [last = 0] = outcomes
      .filter((row) => causeOf(row) === cause)
      .map((row) => instants.get(Number(row.seal)) ?? 0)
      .toSorted((a, b) => b - a);
    const at = instants.get(seal) ?? 0;
    const unread =
      outcomes.length === 0
        ? []
        : agents.filter(
            ({ agentKey, agentId }) =>
              !gone.has(agentKey) &&
              !silent.has(agentKey) &&
              !platform.reads.some(
                (read) => read.user === agentId && last <= read.at && read.at <= at,
              ),
          );
    return [
      ...(late.length > 0 ? [`S12 ${cause}: ${kind} before ${late.length} outcomes`] : []),
      ...(unread.length > 0
        ? [`S12 ${cause}: ${kind} before ${unread.map(({ agentId }) => agentId)} were read back`]
        : []),
    ];
  });
}

export function brokenReports(player: SeasonsPlayer, books: Books): string[] {
  if (!player.history.waited) return [];
  const ids = agentIds(books);
  return runsOf(books).flatMap((run) => {
    // Keys are named as the directory names them by now, whatever the notice says.
    const told = noticesOf(books, nameOf(run)).map((one) => ({
      ...one,
      agents: one.agents.map(({ agentKey, agentId }) => ({
        agentKey,
        agentId: ids.get(agentKey) ?? agentId,
      })),
    }));
    return [
      ...brokenReport(books, run, told),
      ...brokenNotices(run, told),
      ...earlyNotices(player, books, run, told),
    ];
  });
}
