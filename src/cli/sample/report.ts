/**
 * What became of the sample month, read back through the API: each case by name, points per
 * mentor, the trial balance, the verdict on the chain. Compares every case with what must have
 * become of it.
 */
import { CASES, EVERYDAY, type SampleCase } from '../../sandbox/sample/month.ts';
import { CATEGORY, MENTORS } from '../../sandbox/sample/setting.ts';
import { playGoals, type SampleLine } from './goals.ts';
import type { Api, Heard } from './month.ts';
import { playPay } from './pay.ts';
import { playSeason } from './season.ts';

export interface MonthReport {
  readonly lines: readonly string[];
  /** Cases and books that are not as they must be, each in words. */
  readonly wrong: readonly string[];
}

interface Part {
  readonly lines: readonly string[];
  readonly wrong: readonly string[];
}

/** What became of the month; goals, pay and the season are played on to their end first. */
export async function reportMonth(api: Api, heard: Heard): Promise<MonthReport> {
  const reasons = await quarantineReasons(api);
  const cases = await Promise.all(CASES.map((each) => reportCase(api, each, heard, reasons)));
  const goals = await playGoals(api);
  const pay = await playPay(api);
  const season = await playSeason(api);
  const everyday = tally(EVERYDAY.map((each) => heard.get(each) ?? ''));
  const intro = `${EVERYDAY.length} coaching sessions of every day (${everyday}), and these:`;
  const parts: Part[] = [
    { lines: [intro], wrong: [] },
    ...cases,
    { lines: ['', 'Two cooperative goals, their rewards, and these:'], wrong: [] },
    ...goals.map(linePart),
    { lines: ['', 'Variable pay of four people, in September and October:'], wrong: [] },
    ...pay.map(linePart),
    { lines: ['', 'The end of a season, with a reset in two windows:'], wrong: [] },
    ...season.map(linePart),
    { lines: ['', ...(await pointsPerMentor(api)), ''], wrong: [] },
    await reportTrialBalance(api),
    await reportChain(api),
  ];
  return {
    lines: parts.flatMap(({ lines }) => lines),
    wrong: parts.flatMap(({ wrong }) => wrong),
  };
}

function linePart({ title, became, asExpected }: SampleLine): Part {
  const line = `  ${asExpected ? 'ok ' : 'NOT'}  ${title.padEnd(TITLE_WIDTH)}${became}`;
  return { lines: [line], wrong: asExpected ? [] : [`${title}: ${became}`] };
}

function tally(words: readonly string[]): string {
  const counts = Map.groupBy(words, (word) => word);
  return [...counts].map(([word, all]) => `${all.length} ${word}`).join(', ');
}

interface SessionAnswer {
  readonly outcome: string;
  readonly points: readonly { readonly amount: string }[];
}

const TITLE_WIDTH = 46;

async function reportCase(
  api: Api,
  expected: SampleCase,
  heard: Heard,
  reasons: ReadonlyMap<string, string>,
): Promise<Part> {
  const { title, coachingSessionId, deliveries, outcome, points } = expected;
  const answers = deliveries.map((delivery) => heard.get(delivery) ?? '');
  const session = coachingSessionId === null ? null : await sessionOf(api, coachingSessionId);
  const held = sumOf(session?.points.map(({ amount }) => amount) ?? []);
  const became = session?.outcome ?? null;
  const asExpected =
    answers.join() === expected.heard.join() && became === outcome && held === points;
  const reason = deliveries.map(({ at }) => reasons.get(at)).find((one) => one !== undefined);
  const end = became === null ? (reason ?? 'refused') : `${became}, ${held} points`;
  const line = `  ${asExpected ? 'ok ' : 'NOT'}  ${title.padEnd(TITLE_WIDTH)}${answers.join(', ')} → ${end}`;
  const wanted = `${expected.heard.join(', ')} → ${outcome ?? 'nothing'}, ${points} points`;
  return { lines: [line], wrong: asExpected ? [] : [`${title}: expected ${wanted}`] };
}

async function sessionOf(api: Api, id: string): Promise<SessionAnswer | null> {
  const { status, body } = await api.call('GET', `/v1/coaching-sessions/${id}`);
  return status === 200 ? (body as SessionAnswer) : null;
}

/** Points have four places. */
const SCALE = 10_000;

const sumOf = (amounts: readonly string[]): string =>
  String(amounts.reduce((total, amount) => total + Math.round(Number(amount) * SCALE), 0) / SCALE);

/** Why something is in quarantine, by the instant at which it was sent. */
async function quarantineReasons(api: Api): Promise<Map<string, string>> {
  const { items } = (await api.must('GET', '/v1/quarantine')) as {
    readonly items: readonly { readonly receivedAt: string; readonly reason: string }[];
  };
  return new Map(
    items.map(({ receivedAt, reason }) => [receivedAt.replace('.000Z', 'Z'), reason] as const),
  );
}

/** What each mentor holds, highest first. */
async function pointsPerMentor(api: Api): Promise<string[]> {
  const held = await Promise.all(
    MENTORS.map(async ({ agentId, name }) => {
      const { items } = (await api.must('GET', `/v1/agents/${agentId}/points`)) as {
        readonly items: readonly { readonly category: string; readonly amount: string }[];
      };
      const amounts = items.filter(({ category }) => category === CATEGORY);
      return { who: `${name} (${agentId})`, points: sumOf(amounts.map(({ amount }) => amount)) };
    }),
  );
  const lines = held
    .sort((a, b) => Number(b.points) - Number(a.points))
    .map(({ who, points }) => `  ${who.padEnd(24)}${points.padStart(6)}`);
  return [`${CATEGORY} points per mentor:`, ...lines];
}

async function reportTrialBalance(api: Api): Promise<Part> {
  const { balanced, units } = (await api.must('GET', '/v1/ledger/trial-balance')) as {
    readonly balanced: boolean;
    readonly units: readonly {
      readonly unit: string;
      readonly agents: string;
      readonly others: string;
      readonly sum: string;
    }[];
  };
  const lines = units.map(
    ({ unit, agents, others, sum }) =>
      `Trial balance of ${unit}: agents hold ${agents}, other accounts ${others}, together ${sum}`,
  );
  return { lines, wrong: balanced ? [] : ['the trial balance is not zero'] };
}

interface Verification {
  readonly verdict: string;
  readonly fault: unknown;
  readonly upTo: number;
  readonly rows: number;
  readonly nextCursor: string | null;
}

/** Verifies the whole chain, in as many steps as it takes. */
async function reportChain(api: Api): Promise<Part> {
  let rows = 0;
  for (let query = ''; ; ) {
    const step = (await api.must('GET', `/v1/ledger/verify${query}`)) as Verification;
    rows += step.rows;
    if (step.nextCursor === null) {
      const line = `Chain of seals: ${step.verdict}, ${rows} rows under ${step.upTo} seals`;
      const wrong = step.verdict === 'INTACT' ? [] : [`the chain: ${JSON.stringify(step.fault)}`];
      return { lines: [line], wrong };
    }
    query = `?cursor=${encodeURIComponent(step.nextCursor)}`;
  }
}
