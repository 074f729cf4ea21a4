/**
 * Plays the end of a season after pay: its reset is archived at once, told to the platform in two
 * maintenance windows because one is too short, and read back. Compares with what must have become
 * of it.
 */
import {
  COACHING,
  DONE_AT,
  NEXT_SEASON,
  PAUSED_AT,
  POINTS,
  SEASON,
  SEASON_SETTING,
  STAGED_AT,
} from '../../sandbox/sample/season.ts';
import { JUNIORS, MENTORS } from '../../sandbox/sample/setting.ts';
import type { SampleLine } from './goals.ts';
import { type Api, deliver, moveTo } from './month.ts';

const TITLES = {
  archived: 'a season ends with its points as they were',
  paused: 'its reset pauses when the window is over',
  done: 'and goes on in the next one, to the end',
  opened: 'the next season begins at zero, in grace',
} as const;

/** What `npm start` names of the season, in order. */
export const SEASON_TITLES: readonly string[] = Object.values(TITLES);

const AGENTS = MENTORS.length + JUNIORS.length;

const line = (title: string, became: string, wanted: string): SampleLine => ({
  title,
  became,
  asExpected: became === wanted,
});

/** From the first coaching session of November to the end of the second window. */
export async function playSeason(api: Api): Promise<SampleLine[]> {
  for (const [path, body] of SEASON_SETTING) await api.must('PUT', path, body);
  for (const delivery of COACHING) {
    await moveTo(api, delivery.at);
    await deliver(api, delivery);
  }
  await moveTo(api, STAGED_AT);
  const archived = await archive(api);
  await moveTo(api, PAUSED_AT);
  const paused = await progress(api);
  await moveTo(api, DONE_AT);
  return [archived, paused, await reconciled(api), await opened(api)];
}

async function archive(api: Api): Promise<SampleLine> {
  const { items } = (await api.must('GET', `/v1/seasons/${SEASON}/archive?limit=200`)) as {
    readonly items: readonly { readonly points_accumulated: number; readonly tier: string }[];
  };
  const points = items.reduce((sum, one) => sum + one.points_accumulated, 0);
  const tiers = items.filter(({ tier }) => tier !== 'BRONZE').map(({ tier }) => tier);
  const became = `${items.length} archived, ${points} points, ${tiers.toSorted().join(' and ')}`;
  return line(TITLES.archived, became, `${AGENTS} archived, ${POINTS} points, GOLD and SILVER`);
}

/** Users of the platform that hold the next season, and whether all updates came in the window. */
async function told(api: Api): Promise<{ readonly count: number; readonly inWindow: boolean }> {
  const { records } = (await api.must('GET', '/v1/sandbox/upstreams/genesys')) as {
    readonly records: readonly {
      readonly method: string;
      readonly path: string;
      readonly body: unknown;
      readonly committed: boolean;
      readonly at: string;
    }[];
  };
  const waves = records.filter(
    ({ method, committed, body }) =>
      method === 'PATCH' && committed && JSON.stringify(body).includes('historical_tier'),
  );
  return {
    count: new Set(waves.map(({ path }) => path)).size,
    inWindow: waves.every(({ at }) => /T02:00/.test(at)),
  };
}

async function progress(api: Api): Promise<SampleLine> {
  const { current } = (await api.must('GET', `/v1/seasons/${SEASON}/reset`)) as {
    readonly current: { readonly phase: string; readonly paused: boolean } | null;
  };
  const { count, inWindow } = await told(api);
  const state = current === null ? 'over' : `${current.phase}${current.paused ? ', paused' : ''}`;
  const where = inWindow ? 'in the window' : 'outside the window';
  const became = `${count} of ${AGENTS} told ${where}, ${state}`;
  const isPart = count > 0 && count < AGENTS && inWindow && state === 'APPLY, paused';
  return { title: TITLES.paused, became, asExpected: isPart };
}

async function reconciled(api: Api): Promise<SampleLine> {
  const { runs } = (await api.must('GET', `/v1/seasons/${SEASON}/reconciliation`)) as {
    readonly runs: readonly {
      readonly state: string;
      readonly expected: number;
      readonly applied: number;
      readonly differing: number;
    }[];
  };
  const { count, inWindow } = await told(api);
  const [run] = runs;
  const found = `${run?.applied ?? 0} of ${run?.expected ?? 0} applied, ${run?.differing ?? 0} differ`;
  const became = `${run?.state ?? 'none'}: ${count} told${inWindow ? ' in windows' : ''}, ${found}`;
  const wanted = `DONE: ${AGENTS} told in windows, ${AGENTS} of ${AGENTS} applied, 0 differ`;
  return line(TITLES.done, became, wanted);
}

async function opened(api: Api): Promise<SampleLine> {
  const { seasonId, points, tier, honoured, graceUntil } = (await api.must(
    'GET',
    `/v1/agents/${MENTORS[0]?.agentId}/tier`,
  )) as Readonly<Record<string, string | null>>;
  const became = `${seasonId}: ${points} points, ${tier}, honoured as ${honoured} until ${graceUntil?.slice(0, 10)}`;
  const wanted = `${NEXT_SEASON}: 0 points, BRONZE, honoured as GOLD until 2024-11-21`;
  return line(TITLES.opened, became, wanted);
}
