/**
 * What stands behind a line of pay and behind its postings: facts as they were used, plan, steps,
 * what HR was told and answered, corrections since. Reads only; what was erased is null.
 */
import { readDeliveries, readGivenUp, readOutcomes } from '../../../delivery/store';
import { printInstant } from '../../../kernel/instant';
import { printAmount } from '../../../kernel/units';
import type { Entry } from '../../../ledger/entry';
import type { Explainer, Told } from '../../../ledger/explain';
import { readActuals } from '../../actuals/store';
import { actualsName } from '../../calculation/store';
import { type Netted, netted } from '../../deltas/allocation';
import type { KnownDelta } from '../../deltas/delta';
import { readDelta, readDeltas } from '../../deltas/store';
import { readPayees } from '../../deltas/waiting/store';
import { waitsFor } from '../../deltas/waiting/waiting';
import { runOfDispute } from '../../disputes/dispute';
import { readDisputes } from '../../disputes/store';
import { shownBody } from '../../plans/view';
import { loadRun } from '../calculate/client';
import { readSent } from '../history/store';
import { type Line, lineId } from '../lines/line';
import { parseRunName, runObjectName, spanOf } from '../run';
import type { RunSetting } from '../setting';
import { readLines } from '../store';
import { readChanges } from './changes/client';
import { explainResults } from './results/client';
import { deltaWords, lineWords, settledBy } from './words';

type Shown = Readonly<Record<string, unknown>>;

export interface Explanation {
  readonly plan: Shown;
  readonly facts: Shown;
  readonly steps: readonly string[];
  readonly delivery: Shown | null;
  readonly deltas: readonly Shown[];
  readonly disputes: readonly Shown[];
}

export async function explainLine(
  db: D1Database,
  setting: RunSetting,
  agentKey: string,
  line: Line,
): Promise<Explanation> {
  const { run, plan, name } = setting;
  const [facts, delivery, deltas, disputes, payees] = await Promise.all([
    explainFacts(db, setting, agentKey, line),
    explainDelivery(db, setting, agentKey),
    readDeltas(db, run.planId, [agentKey]),
    // A dispute of any version freezes the line of each: they are the period's.
    readDisputes(db, agentKey, runObjectName(run)),
    readPayees(db, plan, [agentKey]),
  ]);
  const paidIn = payees.get(agentKey)?.paidIn ?? null;
  return {
    plan: {
      planId: run.planId,
      version: run.planVersion,
      hash: run.planHash,
      compensation_plan: shownBody(plan),
    },
    facts,
    steps: line.steps,
    delivery,
    deltas: netted(deltas.get(agentKey) ?? [])
      .filter(
        (one) =>
          touchesLine(one.delta, run.period, lineId(name, agentKey)) ||
          waitsFor(one, paidIn) !== null,
      )
      .map((one) => ({ ...shownDelta(one), waitsFor: waitsFor(one, paidIn) })),
    disputes: disputes.map(({ id, review, at, outcome }) => ({
      runId: runOfDispute(id),
      reviewId: review,
      openedAt: printInstant(at),
      outcome: outcome ?? 'OPEN',
    })),
  };
}

const touchesLine = ({ period, claims }: KnownDelta, own: string, line: string): boolean =>
  period === own || claims.some((claim) => claim.line === line);

/** A delta with its claims, for people. */
function shownDelta({ delta, setOff, open }: Netted): Shown {
  const { id, unit, amount, claims } = delta;
  const print = (value: bigint): string => printAmount(value, unit);
  return {
    deltaId: id,
    planId: delta.plan,
    period: delta.period,
    runId: delta.run,
    kind: delta.kind,
    currency: unit,
    amount: print(amount),
    setOff: print(setOff),
    open: print(open),
    resultSetHash: delta.facts,
    factsSeal: delta.factsSeal,
    foundAt: printInstant(delta.at),
    claims: claims.map((claim) => ({
      road: claim.road,
      line: claim.line,
      amount: print(claim.amount),
      state: claim.counts ? (claim.settled ? 'SETTLED' : 'ON_ITS_WAY') : 'REFUSED',
    })),
  };
}

/** Facts as they were used: read again as of the run's seal, and held against the line's hashes. */
async function explainFacts(
  db: D1Database,
  setting: RunSetting,
  agentKey: string,
  line: Line,
): Promise<Shown> {
  const { run, seal, at } = setting;
  const [results, actuals] = await Promise.all([
    explainResults(db, setting, agentKey, line),
    readActuals(db, [agentKey], spanOf(run), seal),
  ]);
  const used = actuals.get(agentKey);
  return {
    asOf: { seal, at: printInstant(at) },
    pinnedScorecardVersionIds: run.scorecardVersions,
    ...results,
    scorecardTypes: line.types,
    unlistedScorecardVersionIds: line.unlisted,
    wfmActuals: {
      id: line.actuals,
      rows: used?.rowIds ?? [],
      isWhole: actualsName(used?.rowIds ?? []) === line.actuals,
      millisecondsByCode: used?.millisByCode ?? {},
      productiveMilliseconds: line.time.productive,
      loggedInMilliseconds: line.time.loggedIn,
      removedMilliseconds: line.time.removed,
      overlappingBuckets: line.time.overlaps,
    },
    interactionCount: line.interactions,
    factsHash: line.facts,
  };
}

async function explainDelivery(
  db: D1Database,
  { run }: RunSetting,
  agentKey: string,
): Promise<Shown | null> {
  const sent = (await readSent(db, run, [agentKey])).get(agentKey);
  if (sent === undefined) return null;
  const [deliveries, outcomes, givenUp] = await Promise.all([
    readDeliveries(db, [sent.delivery]),
    readOutcomes(db, [sent.delivery]),
    readGivenUp(db, [sent.delivery]),
  ]);
  const intent = deliveries.get(sent.delivery)?.intent ?? null;
  const outcome = outcomes.get(sent.delivery) ?? null;
  return {
    deliveryId: sent.delivery,
    kind: sent.kind,
    idempotencyKey: intent?.idempotencyKey ?? null,
    request: intent?.request ?? null,
    outcome: outcome?.outcome ?? null,
    at: outcome === null ? null : printInstant(outcome.at),
    // With CONFIRMED: paid late. The agent had heard that it was refused.
    wasGivenUp: givenUp.has(sent.delivery),
    answer: outcome?.content?.answer ?? null,
    reason: outcome?.content?.reason ?? null,
  };
}

interface ReadsD1 {
  readonly DB: D1Database;
}

const LINE_CAUSE = /^pay-line\/(.+)\/([a-z2-7]{16})$/;
const DELTA_CAUSE = /^pay-delta\/(.+)$/;

export const payLineExplainer: Explainer<ReadsD1> = {
  kind: 'pay-line',
  matches: (cause) => LINE_CAUSE.test(cause),
  async explain({ DB: db }, cause) {
    const [, name = '', agentKey = ''] = LINE_CAUSE.exec(cause) ?? [];
    const setting = await loadRun(db, name);
    const line = (await readLines(db, name, [agentKey])).get(agentKey);
    if (setting === null || line === undefined) return null;
    return { runId: name, ...(await explainLine(db, setting, agentKey, line)) };
  },
  async tell({ DB: db }, entries) {
    const told = new Map<string, Told>();
    const deltas = await deltasOf(db, entries, placeOfLine);
    for (const [cause, own] of Map.groupBy(entries, (entry) => entry.cause)) {
      const [, name = '', agentKey = ''] = LINE_CAUSE.exec(cause) ?? [];
      const { planId = '', period = '' } = parseRunName(name) ?? {};
      const run = { name, planId, period };
      const known = deltas.get(`${agentKey}.${planId}`) ?? [];
      const paid = own.filter(({ kind }) => kind === 'PAY_PAID');
      const settled = settledBy(paid, run, lineId(name, agentKey), known);
      for (const entry of own) {
        told.set(entry.id, {
          about: { planId, period, runId: name },
          why: lineWords(entry, run, settled.get(entry.id) ?? null),
        });
      }
    }
    return told;
  },
};

/** Agent and plan, or null where the entry needs no correction to be told. */
type PlaceOf = (entry: Entry) => readonly [agentKey: string, planId: string] | null;

const placeOfLine: PlaceOf = ({ kind, cause }) => {
  const [, name = '', agentKey = ''] = LINE_CAUSE.exec(cause) ?? [];
  const planId = parseRunName(name)?.planId;
  return kind !== 'PAY_PAID' || planId === undefined ? null : [agentKey, planId];
};

const placeOfDelta: PlaceOf = ({ cause }) => {
  const [agentKey, planId] = (DELTA_CAUSE.exec(cause)?.[1] ?? '').split('.');
  return agentKey === undefined || planId === undefined ? null : [agentKey, planId];
};

/** The corrections behind some entries by `<agent>.<plan>`: a statement is of one agent. */
async function deltasOf(
  db: D1Database,
  entries: readonly Entry[],
  placeOf: PlaceOf,
): Promise<Map<string, readonly KnownDelta[]>> {
  const places = new Map(
    entries.flatMap((entry) => {
      const place = placeOf(entry);
      return place === null ? [] : [[place.join('.'), place] as const];
    }),
  );
  const read = [...places].map(async ([name, [agentKey, planId]]) => {
    const deltas = await readDeltas(db, planId, [agentKey]);
    return [name, deltas.get(agentKey) ?? []] as const;
  });
  return new Map(await Promise.all(read));
}

export const payDeltaExplainer: Explainer<ReadsD1> = {
  kind: 'pay-delta',
  matches: (cause) => DELTA_CAUSE.test(cause),
  async explain({ DB: db }, cause) {
    const found = await readDelta(db, DELTA_CAUSE.exec(cause)?.[1] ?? '');
    if (found === null) return null;
    const { delta } = found;
    const known = await readDeltas(db, delta.plan, [delta.agentKey]);
    const changes = await readChanges(db, delta, known.get(delta.agentKey) ?? []);
    return { ...shownDelta(found), changes };
  },
  async tell({ DB: db }, entries) {
    const idOf = ({ cause }: Entry): string => DELTA_CAUSE.exec(cause)?.[1] ?? '';
    const known = await deltasOf(db, entries, placeOfDelta);
    const byId = new Map([...known.values()].flat().map((delta) => [delta.id, delta]));
    const own = [...new Set(entries.map(idOf))].flatMap((id) => byId.get(id) ?? []);
    const changes = new Map<string, readonly string[]>();
    for (const delta of own.slice(-CHANGES_TOLD)) {
      const all = known.get(`${delta.agentKey}.${delta.plan}`) ?? [];
      changes.set(delta.id, await readChanges(db, delta, all));
    }
    return new Map(
      entries.map((entry): [string, Told] => {
        const [, planId = '', period = ''] = idOf(entry).split('.');
        const about = { planId, period };
        const kind = byId.get(idOf(entry))?.kind ?? null;
        const why = deltaWords(entry, about, kind, changes.get(idOf(entry)) ?? []);
        return [entry.id, { about, why }];
      }),
    );
  },
};

/** Corrections of a page whose facts are read again; `explain` reads them of any. */
const CHANGES_TOLD = 4;
