/**
 * What must be true of seasons after every history: the archive holds the balance as it was, the
 * next season began at zero, decay sums to the closed form, the reset ran once and to its end,
 * platforms hold what was decided, and nothing was sent outside a window or too much at once.
 */
import {
  decayed,
  type IsAway,
  isOpen,
  numberOfDay,
  type OracleOpening,
  openingAfter,
} from '../../oracle/seasons';
import { agentIds, type Books, dayOfEntry, type EntryRow, type Row } from '../books';
import { brokenBalances } from './balances';
import { brokenSilences } from './further/silence';
import { awayBy, endedBy, measuredBy } from './further/truth';
import { brokenVault } from './further/vault';
import { brokenGuard } from './further/volume';
import { brokenHoldings } from './holdings';
import { GROUP, type SeasonsPart, THRESHOLDS } from './plan';
import { brokenReports } from './reports';
import type { SeasonsPlayer } from './system';

type Check = (player: SeasonsPlayer, books: Books) => string[];

export const rowsOf = (books: Books, table: string): readonly Row[] => books.all.get(table) ?? [];

export interface StoredRun {
  readonly id: string;
  readonly season: string;
  readonly wave: string;
  readonly by: string;
  readonly next: string;
  readonly seal: number;
  readonly ended: {
    readonly agents: number;
    readonly batches: number;
    readonly expected: number;
    readonly applied: number;
    readonly differing: number;
    readonly missingThere: number;
    readonly exported: string;
    readonly differences: readonly {
      readonly agentKey: string;
      readonly fields: readonly string[];
      readonly reason?: string;
    }[];
  } | null;
}

/** Whom a platform did not say anything of for a day: the run says so and goes on without them. */
export const unreadIn = ({ ended }: StoredRun): ReadonlySet<string> =>
  new Set(
    (ended?.differences ?? []).flatMap(({ agentKey, reason }) =>
      reason === 'not-read' ? [agentKey] : [],
    ),
  );

/** Those of them of whom nothing was read at all. */
export const unheardIn = ({ ended }: StoredRun): ReadonlySet<string> =>
  new Set(
    (ended?.differences ?? []).flatMap(({ agentKey, fields, reason }) =>
      reason === 'not-read' && fields.length === 0 ? [agentKey] : [],
    ),
  );

/** Every run, by its first row, and its report where it is over. */
export function runsOf(books: Books): StoredRun[] {
  const rows = rowsOf(books, 'config').filter(({ kind }) => kind === 'season-run');
  return rows
    .filter(({ version }) => version === 1)
    .map((row) => {
      const content = JSON.parse(String(row.content)) as Omit<StoredRun, 'id' | 'seal' | 'ended'>;
      const last = rows.find(({ name, version }) => name === row.name && version === 2);
      const report = last && (JSON.parse(String(last.content)) as { report: StoredRun['ended'] });
      return {
        ...content,
        id: String(row.id),
        seal: Number(row.seal),
        ended: report?.report ?? null,
      };
    });
}

export const archivedAgents = (books: Books, season: string): string[] =>
  rowsOf(books, 'season_archive')
    .map(({ id }) => String(id).split('.'))
    .filter(([of]) => of === season)
    .map(([, key = '']) => key)
    .sort();

/** A movement of an agent's points; `by` is signed. */
export type Move = EntryRow & { readonly by: bigint };

/** Movements of an agent's points in a season, oldest seal first. */
export const movesOf = (books: Books, agentKey: string, season: string): Move[] => {
  const isOwn = (account: string): boolean =>
    account.startsWith(`agent:${agentKey}:points:`) && account.endsWith(`:${season}`);
  return books.entries
    .flatMap((entry) => {
      if (isOwn(entry.to_account)) return [{ ...entry, by: BigInt(entry.amount) }];
      if (isOwn(entry.from_account)) return [{ ...entry, by: -BigInt(entry.amount) }];
      return [];
    })
    .toSorted((a, b) => a.seal - b.seal);
};

export const pointsAt = (
  books: Books,
  agentKey: string,
  season: string,
  seal = Number.MAX_SAFE_INTEGER,
): bigint =>
  movesOf(books, agentKey, season)
    .filter((entry) => entry.seal <= seal)
    .reduce((sum, { by }) => sum + by, 0n);

/** How the next season opened for an archived agent, by the points and the leave under the run's seal. */
export function openingByOracle(
  part: SeasonsPart,
  points: bigint,
  isAway: IsAway,
  isUnranked: boolean,
): OracleOpening {
  const { graceDays, policy, next } = part;
  const rules = { thresholds: THRESHOLDS, policy, graceDays, next, isAway, isUnranked };
  return openingAfter(Number(points), rules);
}

/** The seals under which agents were archived: one group's reset may come before everybody else's. */
export function sealsOfReset(books: Books): ReadonlyMap<string, number> {
  const seals = new Map(runsOf(books).map(({ id, seal }) => [id, seal]));
  return new Map(
    rowsOf(books, 'season_archive').map(({ id, run }) => [
      String(id).split('.')[1] ?? '',
      seals.get(String(run)) ?? 0,
    ]),
  );
}

/** S1, S2: one reset, to its end; everybody is in the archive with the balance of its seal. */
const archiveIsRight: Check = ({ part, history, shown }, books) => {
  const resets = runsOf(books).filter(
    ({ wave, season }) => wave === 'RESET' && season === part.season.id,
  );
  // One that names a group leaves the others to the next.
  const isSplit = part.forEverybody && resets.some(({ by }) => by === 'trigger');
  const broken =
    resets.length > (isSplit ? 2 : 1) ? [`S2: ${resets.length} resets of one season`] : [];
  if (history.waited && (resets.length === 0 || resets.some(({ ended }) => ended === null)))
    broken.push(`S2: the reset never ended: ${shown}`);
  const seals = sealsOfReset(books);
  for (const row of rowsOf(books, 'season_archive')) {
    const [, agentKey = ''] = String(row.id).split('.');
    const seal = seals.get(agentKey) ?? 0;
    const { points, tier, opening } = endedBy(part, books, agentKey, seal);
    if (BigInt(Number(row.points)) !== points)
      broken.push(`S1 ${row.id}: archived ${row.points}, the balance was ${points}`);
    const { sum, count } = measuredBy(books, agentKey, part.season, seal);
    const past = [tier, opening.tier, opening.honoured, opening.graceUntil];
    const wanted = [...past, sum, count].join(' ');
    const ended = [row.tier, row.next_tier, row.next_honoured, row.grace_until];
    const found = [...ended, row.csat_sum, row.csat_count].join(' ');
    if (found !== wanted) broken.push(`S2 ${row.id}: ${found}, the oracle says ${wanted}`);
  }
  if (!history.waited) return broken;
  const archived = new Set(archivedAgents(books, part.season.id));
  const first = Math.min(...resets.map(({ seal }) => seal));
  for (const row of rowsOf(books, 'config')) {
    if (row.kind !== 'agent' || row.version !== 1) continue;
    // Who came later may be in the archive and need not.
    if (Number(row.seal) > first) continue;
    const { groups, agentId } = JSON.parse(String(row.content)) as {
      groups: string[];
      agentId: string;
    };
    const isFor = part.forEverybody || groups.includes(GROUP);
    if (isFor !== archived.has(String(row.name)))
      broken.push(`S1 ${agentId}: ${isFor ? 'not archived' : 'archived, and not of the season'}`);
  }
  return broken;
};

/** S7: as of each season's last night the entries sum to the closed form of its lots. */
const decayIsRight: Check = ({ part, history }, books) => {
  const [whole = '0', places = ''] = part.factor.split('.');
  const factor = [BigInt(whole + places), 10n ** BigInt(places.length)] as const;
  const nights = rowsOf(books, 'config').filter(({ kind }) => kind === 'decay-run');
  const broken: string[] = [];
  for (const season of [part.season, part.next]) {
    const own = nights.filter(({ name }) => name === season.id);
    const last = own.toSorted((a, b) => Number(b.version) - Number(a.version))[0];
    if (last === undefined || Number(last.version) % 2 === 1) {
      if (history.waited) broken.push(`S7 ${season.id}: ${own.length} rows, its night never ended`);
      continue;
    }
    const { day } = JSON.parse(String(last.content)) as { day: string };
    const seal = Number(own.find(({ version }) => version === Number(last.version) - 1)?.seal);
    const until = Math.min(numberOfDay(day), numberOfDay(season.lastDay));
    for (const [agentKey, agentId] of agentIds(books)) {
      const moves = movesOf(books, agentKey, season.id);
      const isAway = awayBy(books, agentKey, seal);
      for (const [unit, all] of Map.groupBy(moves, (move) => move.unit)) {
        const lots = all.filter((move) => move.kind !== 'DECAY' && move.seal <= seal);
        const wanted = decayed(lots.map(lotOf), until, factor, isAway);
        const gone = all
          .filter((move) => move.kind === 'DECAY')
          .reduce((sum, { by }) => sum + by, 0n);
        const found = lots.reduce((sum, { by }) => sum + by, 0n) + gone;
        if (found !== wanted)
          broken.push(
            `S7 ${agentId} ${unit} ${season.id} at ${day}: ${found}, closed form ${wanted}`,
          );
      }
    }
  }
  return broken;
};

/** The business day of an entry stands in its id. */
const lotOf = ({ id, by }: { readonly id: string; readonly by: bigint }) =>
  [numberOfDay(dayOfEntry({ id })), by] as const;

interface StoredIntent {
  readonly cause: string;
  readonly request: { readonly headers: Readonly<Record<string, string>> };
  readonly further?: readonly StoredIntent['request'][];
}

/** Causes of the waves' deliveries; a push outside a wave has the hash of its changes for one. */
export const ofWave = (cause: string): boolean => /\.\d{4}\.\d+(\.again\.\d+)?$/.test(cause);

/** Causes of deliveries by id. */
export const causesOfDeliveries = (books: Books): ReadonlyMap<string, string> =>
  new Map(
    rowsOf(books, 'deliveries').map(({ id, content }) => [
      String(id),
      (JSON.parse(String(content)) as StoredIntent).cause,
    ]),
  );

/** The same by the key that each request carries. */
export const causesOfKeys = (books: Books): ReadonlyMap<string, string> =>
  new Map(
    rowsOf(books, 'deliveries').flatMap(({ content }) => {
      const { cause, request, further = [] } = JSON.parse(String(content)) as StoredIntent;
      return [request, ...further].map(({ headers }) => [headers['Idempotency-Key'], cause]);
    }) as [string, string][],
  );

/** S3: at most five in flight, the same bytes under a key, and a wave only in its window. */
const updatesAreTame: Check = ({ part, platform }, books) => {
  const causes = causesOfKeys(books);
  const broken: string[] = [];
  if (platform.mostInFlight > 5) broken.push(`S3: ${platform.mostInFlight} requests in flight`);
  const said = new Map<string, string>();
  for (const { at, key, body, user, what } of platform.updates) {
    const before = said.get(key);
    if (before !== undefined && before !== body) broken.push(`S3 ${key}: two bodies under one key`);
    said.set(key, body);
    const cause = causes.get(key);
    if (cause === undefined) broken.push(`S3 ${what} ${user}: nobody ordered it`);
    else if (ofWave(cause) && !isOpen(at, part.window, part.zone))
      broken.push(`S3 ${what} ${user}: ${cause} at ${new Date(at).toISOString()}, in no window`);
  }
  return broken;
};

const CHECKS: readonly Check[] = [
  archiveIsRight,
  brokenBalances,
  decayIsRight,
  updatesAreTame,
  brokenHoldings,
  brokenReports,
  brokenSilences,
  brokenGuard,
  brokenVault,
];

export const brokenSeasons = (player: SeasonsPlayer, books: Books): string[] =>
  CHECKS.flatMap((check) => check(player, books));
