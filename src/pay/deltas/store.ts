/**
 * Named reads of deltas with their claims. Ids begin with agent and plan, so one key range an agent
 * serves a page; one row an agent comes back. Writes nothing.
 */
import { invariant } from '../../kernel/result';
import { printAmount } from '../../kernel/units';
import { type Netted, netted } from './allocation';
import type { Claim, DeltaKind, KnownDelta, Road } from './delta';

type PackedClaim = [string, Road, string, string | null, number, number, number];
type PackedDelta = [
  id: string,
  period: string,
  run: string,
  delivery: string | null,
  kind: DeltaKind,
  unit: string,
  amount: number,
  facts: string,
  factsSeal: number,
  at: number,
  claims: PackedClaim[],
];

/** Id, road, line, delivery, amount, whether it was refused, whether it was confirmed. */
const claimsOf = (delta: string): string => `(SELECT json_group_array(json_array(c.id, c.road,
    c.line, c.delivery, c.amount,
    c.delivery IS NOT NULL AND EXISTS (SELECT 1 FROM delivery_outcomes AS o
      WHERE o.id IN (c.delivery || '.REJECTED', c.delivery || '.ABANDONED'))
      AND NOT EXISTS (SELECT 1 FROM delivery_outcomes AS o WHERE o.id = c.delivery || '.CONFIRMED'),
    c.delivery IS NULL OR EXISTS (SELECT 1 FROM delivery_outcomes AS o
      WHERE o.id = c.delivery || '.CONFIRMED')))
  FROM pay_claims AS c WHERE c.id > ${delta}.id || '/' AND c.id < ${delta}.id || '0')`;

const packedOf = (d: string): string => `json_array(${d}.id, ${d}.period, ${d}.run, ${d}.delivery,
  ${d}.kind, ${d}.unit, ${d}.amount, ${d}.facts, ${d}.facts_seal, ${d}.at, json(${claimsOf(d)}))`;

const PACKED = packedOf('d');

/** All deltas of a delta's agent, plan and period, by which what is open of it is netted. */
const PERIOD = `(SELECT json_group_array(json(${packedOf('p')})) FROM pay_deltas AS p
  WHERE p.id > d.agent_key || '.' || d.plan || '.' || d.period || '.'
    AND p.id < d.agent_key || '.' || d.plan || '.' || d.period || '/')`;

const unpackClaim = ([id, road, line, delivery, amount, refused, settled]: PackedClaim): Claim => ({
  id,
  road,
  line,
  delivery,
  amount: BigInt(amount),
  counts: refused === 0,
  settled: settled === 1,
});

const unpack = (agentKey: string, plan: string, packed: PackedDelta): KnownDelta => {
  const [id, period, run, delivery, kind, unit, amount, facts, factsSeal, at, claims] = packed;
  return {
    id,
    agentKey,
    plan,
    period,
    run,
    delivery,
    kind,
    unit,
    amount: BigInt(amount),
    facts,
    factsSeal,
    at,
    claims: claims.map(unpackClaim),
  };
};

/** All deltas of some agents in a plan, oldest first within a period; at most 500 agents a call. */
export async function readDeltas(
  db: D1Database,
  plan: string,
  agentKeys: readonly string[],
): Promise<Map<string, KnownDelta[]>> {
  const { results } = await db
    .prepare(
      `SELECT d.agent_key AS agent, json_group_array(json(${PACKED})) AS packed
       FROM json_each(?1) AS a CROSS JOIN pay_deltas AS d
         ON d.id > a.value || '.' || ?2 || '.' AND d.id < a.value || '.' || ?2 || '/'
       GROUP BY d.agent_key`,
    )
    .bind(JSON.stringify(agentKeys), plan)
    .all<{ agent: string; packed: string }>();
  return new Map(
    results.map(({ agent, packed }) => [
      agent,
      (JSON.parse(packed) as PackedDelta[])
        .map((one) => unpack(agent, plan, one))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ]),
  );
}

interface DeltaRow {
  readonly id: string;
  readonly agent: string;
  readonly plan: string;
  readonly packed: string;
}

function nettedIn({ id, agent, plan, packed }: DeltaRow): Netted {
  const period = (JSON.parse(packed) as PackedDelta[]).map((one) => unpack(agent, plan, one));
  const found = netted(period).find(({ delta }) => delta.id === id);
  invariant(found !== undefined, 'a delta among those of its period');
  return found;
}

/** Deltas of a plan after an id, at most `count`; a scan of the table, for reports. */
export async function readDeltaPage(
  db: D1Database,
  plan: string,
  after: string,
  count: number,
): Promise<Netted[]> {
  const { results } = await db
    .prepare(
      `SELECT d.id, d.agent_key AS agent, d.plan, ${PERIOD} AS packed FROM pay_deltas AS d
       WHERE d.id > ?1 AND d.plan = ?2 ORDER BY d.id LIMIT ?3`,
    )
    .bind(after, plan, count)
    .all<DeltaRow>();
  return results.map(nettedIn);
}

/** One delta, or null. */
export async function readDelta(db: D1Database, id: string): Promise<Netted | null> {
  const row = await db
    .prepare(
      `SELECT d.id, d.agent_key AS agent, d.plan, ${PERIOD} AS packed FROM pay_deltas AS d
       WHERE d.id = ?`,
    )
    .bind(id)
    .first<DeltaRow>();
  return row === null ? null : nettedIn(row);
}

/** All deltas of an agent, of every plan. */
async function readAllDeltas(db: D1Database, agentKey: string): Promise<KnownDelta[]> {
  const { results } = await db
    .prepare(
      `SELECT d.plan, ${PACKED} AS packed FROM pay_deltas AS d
       WHERE d.id > ?1 || '.' AND d.id < ?1 || '/' ORDER BY d.id`,
    )
    .bind(agentKey)
    .all<{ plan: string; packed: string }>();
  return results.map(({ plan, packed }) =>
    unpack(agentKey, plan, JSON.parse(packed) as PackedDelta),
  );
}

/**
 * What is still to be taken back from an agent, by plan and currency: for who reads the agent. What
 * opposite deltas of a period set off is not owed.
 */
export async function openClawback(
  { DB: db }: { readonly DB: D1Database },
  agentKey: string,
): Promise<{ readonly openClawback: readonly object[] }> {
  const owed = netted(await readAllDeltas(db, agentKey)).filter(({ open }) => open < 0n);
  const byPlan = Map.groupBy(owed, ({ delta: { plan, unit } }) => `${plan} ${unit}`);
  return {
    openClawback: [...byPlan.values()].map((some) => {
      const { plan, unit } = some[0]?.delta ?? { plan: '', unit: '' };
      const amount = some.reduce((sum, { open }) => sum - open, 0n);
      return { planId: plan, currency: unit, amount: printAmount(amount, unit) };
    }),
  };
}
