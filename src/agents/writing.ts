/**
 * What writing an agent means: the next version and the addresses that come and go with it. An
 * address belongs to one agent at a time; refuses one that is another's. Rows are only ever added:
 * an address given up is a row that names nobody, so that it may be given again.
 */
import type { Row } from '../kernel/change-set';
import { canonicalJson } from '../kernel/hash';
import { fail, ok, type Result } from '../kernel/result';
import { type ConfigVersion, configRow } from '../ledger/config';
import { type Address, AGENT_KIND, type Agent, addressesOf } from './agent';

/** What stands under one address: how many rows, and whose it is by the last of them. */
export interface Holding {
  readonly hash: string;
  readonly rows: number;
  /** Agent key; null: nobody's. */
  readonly owner: string | null;
  /** Key of the person it belonged to who was erased: nobody has it ever again. */
  readonly erased?: string | null;
}

/** What was read of the world before planning; `plan` adds to it what it writes. */
export interface Known {
  readonly holdings: Map<string, Holding>;
  readonly versions: Map<string, ConfigVersion<Agent>>;
}

export interface Writing {
  readonly agent: Agent;
  /** UTC ms; undefined: since ever for the first version, now for a later one. */
  readonly effectiveFrom: number | undefined;
  /** The key an agent gets who has none yet. */
  readonly freshKey: string;
  readonly author: string;
  readonly now: number;
  readonly salt: string;
}

export interface Written {
  readonly agentKey: string;
  readonly verdict: 'created' | 'updated' | 'unchanged';
  readonly version: ConfigVersion<Agent>;
  readonly rows: readonly Row[];
}

const NOBODY = '';
const ERASED = 'erased:';

/** Whose an address is by what its last row says. */
export const ownerIn = (agentKey: string | null): Pick<Holding, 'owner' | 'erased'> =>
  agentKey?.startsWith(ERASED) === true
    ? { owner: null, erased: agentKey.slice(ERASED.length) }
    : { owner: agentKey === NOBODY ? null : agentKey, erased: null };

/** Plans one agent over what is known, and enters the plan there. A refusal leaves it as it was. */
export function planAgent(known: Known, writing: Writing): Result<Written> {
  const [own, ...others] = addressesOf(writing.agent);
  const gone = addressesOf(writing.agent).filter(
    ({ text }) => (known.holdings.get(text)?.erased ?? null) !== null,
  );
  if (gone.length > 0) return belongsToErased(gone);
  const agentKey = ownerOf(known, own) ?? writing.freshKey;
  const present = known.versions.get(agentKey) ?? null;
  if (present !== null && isSame(present, writing)) {
    return ok({ agentKey, verdict: 'unchanged', version: present, rows: [] });
  }
  const taken = others.filter((address) => {
    const owner = ownerOf(known, address);
    return owner !== null && owner !== agentKey;
  });
  if (taken.length > 0) return belongsToAnother(taken);
  const version = versionOf(writing, agentKey, present);
  const rows = [configRow(version, writing.salt), ...moves(known, agentKey, present, version)];
  known.versions.set(agentKey, version);
  return ok({ agentKey, verdict: present === null ? 'created' : 'updated', version, rows });
}

const ownerOf = (known: Known, address: Address | undefined): string | null =>
  (address && known.holdings.get(address.text)?.owner) ?? null;

function isSame(present: ConfigVersion<Agent>, { agent, effectiveFrom }: Writing): boolean {
  if (effectiveFrom !== undefined && effectiveFrom !== present.effectiveFrom) return false;
  return canonicalJson(present.content) === canonicalJson(agent);
}

function versionOf(
  { agent, effectiveFrom, author, now }: Writing,
  agentKey: string,
  present: ConfigVersion<Agent> | null,
): ConfigVersion<Agent> {
  return {
    kind: AGENT_KIND,
    name: agentKey,
    version: (present?.version ?? 0) + 1,
    effectiveFrom: effectiveFrom ?? (present === null ? null : now),
    writtenAt: now,
    author,
    content: agent,
  };
}

function belongsToAnother(taken: readonly Address[]): Result<never> {
  const fields = taken.map(({ pointer }) => pointer).join(', ');
  return fail({ kind: 'conflict', detail: `${fields} belongs to another agent` });
}

function belongsToErased(gone: readonly Address[]): Result<never> {
  const fields = gone.map(({ pointer }) => pointer).join(', ');
  return fail({ kind: 'conflict', detail: `${fields} ${ERASED_PERSON}` });
}

/** How a refusal for the sake of an erased person ends. */
export const ERASED_PERSON = 'belongs to a person who was erased';

/** Rows by which these addresses lead to an erased person for ever; those of others stay theirs. */
export const tombstones = (holdings: readonly Holding[], agentKey: string): Row[] =>
  holdings
    .filter(
      ({ owner, erased }) => (owner === null || owner === agentKey) && (erased ?? null) === null,
    )
    .map(({ hash, rows }) => ({
      table: 'agent_ids',
      id: addressRowId(hash, rows + 1),
      values: { agent_key: `${ERASED}${agentKey}` },
    }));

/** Rows of the addresses that the agent takes and gives up. */
function moves(
  known: Known,
  agentKey: string,
  present: ConfigVersion<Agent> | null,
  version: ConfigVersion<Agent>,
): Row[] {
  const wanted = addressesOf(version.content).map(({ text }) => text);
  const had = present === null ? [] : addressesOf(present.content).map(({ text }) => text);
  const given = had.filter((text) => !wanted.includes(text));
  return [
    ...wanted.map((text): [string, string] => [text, agentKey]),
    ...given.map((text): [string, string] => [text, NOBODY]),
  ].flatMap(([text, owner]) => move(known, text, owner));
}

function move(known: Known, text: string, to: string): Row[] {
  const holding = known.holdings.get(text);
  if (holding === undefined || (holding.owner ?? NOBODY) === to) return [];
  const rows = holding.rows + 1;
  known.holdings.set(text, { ...holding, rows, owner: to === NOBODY ? null : to });
  return [{ table: 'agent_ids', id: addressRowId(holding.hash, rows), values: { agent_key: to } }];
}

/** The first row of an address is its hash; each time it changes hands a number is added. */
const addressRowId = (hash: string, rows: number): string =>
  rows === 1 ? hash : `${hash}/${String(rows).padStart(6, '0')}`;

/** How many rows an address has, from the id of its last. */
export const rowsOf = (lastId: string | null): number =>
  lastId === null ? 0 : Number(lastId.split('/')[1] ?? 1);
