/**
 * Reads what stands behind a goal's reward, for answers: exclusions with the agents' own ids, what
 * became of its deliveries, and the entries that were posted. Writes nothing; who was erased stays
 * a key.
 */
import { readAgentIds } from '../../agents/store';
import { readOutcomes } from '../../delivery/store';
import { printInstant } from '../../kernel/instant';
import { readEntries, type StoredEntry } from '../../ledger/entries/store';
import { possibleEntries } from '../settlement/posting';
import type { Exclusion, Step } from '../settlement/step';
import { type Excluding, readExcluding } from '../settlement/store';
import { type Delivered, paymentsOf } from './life';

/** As it stands in the goal's custom fields (G10). */
export interface ShownExclusion {
  readonly agentId: string;
  readonly period: string;
  /** Team that keeps the agent; null: another claimed the agent first. */
  readonly keptBy: string | null;
  /** The agent's weight in that team's primary queue, decimal text. */
  readonly weight: string;
  readonly at: string;
}

/**
 * Who was left out of the pools of some goals in which period, by period and agent id: keys are by
 * chance. A goal whose pool left nobody out is left out.
 */
export async function readExclusions(
  db: D1Database,
  goalIds: readonly string[],
): Promise<Map<string, ShownExclusion[]>> {
  const excluded: (Exclusion & Pick<Excluding, 'goal' | 'period' | 'at'>)[] = [];
  for (let after = ''; goalIds.length > 0; ) {
    const openings = await readExcluding(db, goalIds, after, OPENINGS_A_READ);
    for (const { goal, period, at, exclusions } of openings) {
      excluded.push(...exclusions.map((exclusion) => ({ ...exclusion, goal, period, at })));
    }
    const last = openings.at(-1);
    if (last === undefined || openings.length < OPENINGS_A_READ) break;
    after = last.id;
  }
  const ids = await readAgentIds(db, [...new Set(excluded.map(({ agentKey }) => agentKey))]);
  const shown = new Map<string, ShownExclusion[]>();
  for (const [goal, own] of Map.groupBy(excluded, (one) => one.goal)) {
    const named = own.map(({ agentKey, period, keptBy, weight, at }) => ({
      agentId: ids.get(agentKey) ?? agentKey,
      period,
      keptBy,
      weight,
      at: printInstant(at),
    }));
    shown.set(
      goal,
      named.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)),
    );
  }
  return shown;
}

const placeOf = ({ period, agentId }: ShownExclusion): string => `${period} ${agentId}`;

/** Openings of one reading; later epochs repeat the exclusions of the first. */
const OPENINGS_A_READ = 200;

/** Ids asked for at once. */
const CHUNK = 2_000;

/** What became of every delivery that the steps of some periods of a goal ordered. */
export async function readDelivered(
  db: D1Database,
  steps: readonly Step[],
): Promise<Map<string, Delivered>> {
  const ids = [...Map.groupBy(steps, ({ period }) => period).values()].flatMap((own) =>
    own.flatMap(({ name, epoch }) =>
      name === 'OPENED' ? paymentsOf(own, epoch).flatMap(({ deliveryId }) => deliveryId ?? []) : [],
    ),
  );
  const found = new Map<string, Delivered>();
  for (let from = 0; from < ids.length; from += CHUNK) {
    const outcomes = await readOutcomes(db, ids.slice(from, from + CHUNK));
    for (const [id, { outcome, at }] of outcomes) found.set(id, { outcome, at });
  }
  return found;
}

/** Every entry that a period's steps posted, in the order of seals. */
export async function readPosted(db: D1Database, steps: readonly Step[]): Promise<StoredEntry[]> {
  const ids = [...new Set(possibleEntries(steps))];
  const entries: StoredEntry[] = [];
  for (let from = 0; from < ids.length; from += CHUNK) {
    entries.push(...(await readEntries(db, ids.slice(from, from + CHUNK))));
  }
  return entries.sort((a, b) => a.seal - b.seal || (a.id < b.id ? -1 : 1));
}
