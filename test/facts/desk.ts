/** Who brings facts in tests: a key that drafts and reads, agents by name, the printed bodies. */
import { env } from 'cloudflare:workers';
import { resolveAgentKeys } from '../../src/agents/store';
import { readHead } from '../../src/ledger/seals/store';
import { readPin } from '../../src/quality/scorecards/store';
import { type Heard, makeKey, send } from '../http/caller';

let key: string | null = null;

export async function deskKey(): Promise<string> {
  key ??= (await makeKey(['admin', 'author', 'viewer', 'compliance', 'payroll'])).key;
  return key;
}

export const ask = async (method: string, path: string, body?: unknown): Promise<Heard> =>
  send(method, path, { key: await deskKey(), ...(body !== undefined && { body }) });

/** Hires agents and answers their keys. */
export async function hireAll(...ids: readonly string[]): Promise<string[]> {
  for (const id of ids) {
    const answer = await ask('PUT', `/v1/agents/${id}`, {});
    if (answer.status >= 300) throw new Error(answer.text);
  }
  const keys = await resolveAgentKeys(
    env,
    ids.map((id) => ({ platform: 'x', id })),
  );
  return keys.map(String);
}

export const lastSeal = async (): Promise<number> => (await readHead(env.DB))?.number ?? 0;

/** Versions that the end of a period pinned, by its label; null where none were. */
export const pinnedVersions = async (label: string): Promise<readonly string[] | null> =>
  (await readPin(env.DB, label))?.content.versions ?? null;

export const results = ({ body }: Heard): unknown => body.results;

/** The pages as the platform guide prints them. */
export const RESULTS_PAGE = {
  items: [
    {
      id: 'result-uuid-123',
      user_id: 'agent-uuid-456',
      scorecard_version_id: 'sc-version-789',
      result_status: 'COMPLETED',
      score: {
        total: 85.5,
        weighted: true,
        questions: [{ id: 'q-1', score: 90, weight: 0.5 }],
      },
      created_date: '2023-10-15T14:30:00Z',
    },
  ],
  page_count: 1,
  page_size: 200,
};

export const ACTUALS_PAGE = {
  items: [
    {
      user_id: 'agent-uuid-456',
      actuals: [
        {
          bucket_start: '2023-10-01T00:00:00Z',
          bucket_end: '2023-10-01T23:59:59Z',
          status_codes: [
            { status_code_id: 'talk', duration: 14400 },
            { status_code_id: 'wrap_up', duration: 3600 },
            { status_code_id: 'aux', duration: 7200 },
          ],
        },
      ],
    },
  ],
};

export const OCTOBER = {
  from: Date.UTC(2023, 9, 1),
  until: Date.UTC(2023, 10, 1),
};
