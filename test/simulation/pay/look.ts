/**
 * What the API alone can say of pay: each line as it is listed, what explains it, what the
 * reconciliation with the HRIS finds. Judges nothing.
 */
import type { World } from '../world';
import type { PayPlayer } from './player';

export interface ShownLine {
  /** Null: of one who was forgotten. */
  readonly agentId: string | null;
  readonly state: string;
  readonly obstacle: string | null;
  readonly earned: string;
  readonly currency: string;
}

export interface Explained {
  readonly plan?: { readonly version: number; readonly hash: string };
  readonly facts?: { readonly results: readonly { rowId: string; result: unknown }[] };
  readonly steps?: readonly string[];
  readonly delivery?: {
    readonly idempotencyKey: string | null;
    readonly outcome: string | null;
    readonly request: unknown;
    readonly answer: unknown;
  } | null;
  readonly deltas?: readonly { readonly deltaId: string }[];
}

export interface SeenRun {
  readonly runId: string;
  readonly status: string;
  readonly planVersion: number;
  readonly planHash: string;
  readonly lines: readonly (ShownLine & {
    readonly status: number;
    readonly explained: Explained;
  })[];
  readonly reconciliation: Readonly<Record<string, unknown>> | null;
}

export interface Looked {
  readonly runs: readonly SeenRun[];
}

export const NOTHING_SEEN: Looked = { runs: [] };

export interface Item {
  readonly runId: string;
  readonly period: string;
  readonly calculationVersion: number;
  readonly status: string;
  readonly planVersion: number;
  readonly planHash: string;
}

interface Page {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** All runs of a plan, page by page; null where somebody did not answer. */
export async function listRuns(world: World, planId: string): Promise<Item[] | null> {
  const all: Item[] = [];
  for (let more = ''; ; ) {
    const path = `/v1/pay-runs?planId=${planId}&limit=200${more}`;
    const answer = await world.operator('GET', path);
    if (answer.status !== 200) return null;
    const { items, nextCursor } = answer.body as Page;
    all.push(...items);
    if (nextCursor === null) return all;
    more = `&cursor=${nextCursor}`;
  }
}

const isOut = (status: string): boolean => status === 'DISPATCHED' || status === 'SETTLED';

export async function look({ history, part }: PayPlayer): Promise<Looked> {
  const { world } = history;
  const runs: SeenRun[] = [];
  for (const { id } of part.plans) {
    const items = await listRuns(world, id);
    if (items === null) history.complaints.push(`the runs of ${id} are not listed`);
    for (const { runId, status, planVersion, planHash } of items ?? []) {
      if (status === 'CREATED') continue;
      const path = `/v1/pay-runs/${runId}`;
      const page = (await world.must('GET', `${path}/lines?limit=200`)) as {
        items: readonly ShownLine[];
      };
      const lines = await Promise.all(
        page.items.map(async (line) => {
          if (line.agentId === null) return { ...line, status: 404, explained: {} };
          const answer = await world.operator('GET', `${path}/lines/${line.agentId}/explain`);
          const explained = (answer.status === 200 ? answer.body : {}) as Explained;
          return { ...line, status: answer.status, explained };
        }),
      );
      const reconciled = isOut(status)
        ? await world.operator('GET', `${path}/reconciliation`)
        : null;
      const reconciliation = (reconciled?.body ?? null) as SeenRun['reconciliation'];
      runs.push({ runId, status, planVersion, planHash, lines, reconciliation });
    }
  }
  return { runs };
}
