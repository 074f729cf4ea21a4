/**
 * What the API alone can say of pay: each line as it is listed, what explains it, what the
 * reconciliation with the HRIS finds. Judges nothing.
 */
import type { PayPlayer } from './player';

export interface ShownLine {
  readonly agentId: string;
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

interface Item {
  readonly runId: string;
  readonly status: string;
  readonly planVersion: number;
  readonly planHash: string;
}

const isOut = (status: string): boolean => status === 'DISPATCHED' || status === 'SETTLED';

export async function look({ history, part }: PayPlayer): Promise<Looked> {
  const { world } = history;
  const runs: SeenRun[] = [];
  for (const { id } of part.plans) {
    const { items } = (await world.must('GET', `/v1/pay-runs?planId=${id}`)) as {
      items: readonly Item[];
    };
    for (const { runId, status, planVersion, planHash } of items) {
      if (status === 'CREATED') continue;
      const path = `/v1/pay-runs/${runId}`;
      const page = (await world.must('GET', `${path}/lines?limit=200`)) as {
        items: readonly ShownLine[];
      };
      const lines = await Promise.all(
        page.items.map(async (line) => {
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
