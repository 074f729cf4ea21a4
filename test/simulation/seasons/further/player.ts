/**
 * Does what only some histories of a season have, as soon as its time has come: before the operation
 * that comes next. Whatever could not be done comes again. Judges nothing.
 */
import { env } from 'cloudflare:workers';
import { commit } from '../../../../src/ledger/client';
import { endsAt, localDayOf } from '../../../oracle/seasons';
import type { History } from '../../history';
import type { SeasonsPart } from '../plan';
import { CROWD_TROUBLES } from './crowd';
import type { PlannedLeave, PlannedMeasures } from './plan';
import { openVault, VAULT, VAULT_TROUBLES, type Vault } from './vault';
import { openTelephony, type Telephony, VOLUME_TROUBLES } from './volume';

export const FURTHER_TROUBLES: readonly string[] = [
  'season agent away',
  'season leave changed',
  'season leave after the end of grace',
  'season measures told',
  'season measures told after the end',
  'season measures corrected',
  ...VOLUME_TROUBLES,
  ...VAULT_TROUBLES,
  ...CROWD_TROUBLES,
];

/** The body of a season's request as far as it is of these. */
export const furtherBody = ({ further: { minimum, vault } }: SeasonsPart) => ({
  coldStorage: vault === null ? null : VAULT,
  ...(minimum !== null && {
    compliance: [
      {
        metric: minimum.metric,
        atLeast: String(minimum.atLeast / 1_000_000),
        minimumCount: minimum.minimumCount,
      },
    ],
  }),
});

/** What stands beside the platform in some histories. */
export interface Annex {
  readonly vault: Vault | null;
  readonly telephony: Telephony | null;
}

export async function openAnnex(history: History, part: SeasonsPart): Promise<Annex> {
  const { vault, hasVolume } = part.further;
  return {
    vault: vault === null ? null : await openVault(history, vault),
    telephony: hasVolume ? await openTelephony(history, part) : null,
  };
}

type KeyOf = (agentId: string) => Promise<string>;

export class FurtherPlayer {
  readonly #history: History;
  readonly #part: SeasonsPart;
  #leaves: readonly PlannedLeave[];
  #measures: readonly PlannedMeasures[];
  readonly #away = new Set<string>();
  readonly #keyOf: KeyOf;

  constructor(history: History, part: SeasonsPart, keyOf: KeyOf) {
    this.#history = history;
    this.#part = part;
    this.#keyOf = keyOf;
    this.#leaves = part.further.leaves;
    this.#measures = part.further.measures;
  }

  /** What is due by now. An operator waits for D1. */
  async catchUp(): Promise<void> {
    const { world } = this.#history;
    if (world.board.d1Away) return;
    const due = this.#leaves.filter(({ at }) => at <= world.now);
    this.#leaves = this.#leaves.filter(({ at }) => at > world.now);
    for (const leave of due) await this.#leave(leave);
    const told = this.#measures.filter(({ at }) => at <= world.now);
    const open = this.#measures.filter(({ at }) => at > world.now);
    const unsure: PlannedMeasures[] = [];
    for (const one of told) if (!(await this.#measure(one))) unsure.push(one);
    this.#measures = [...unsure, ...open];
  }

  /** What a source's facts would write; false where nothing was heard of it. */
  async #measure({ agent, values }: PlannedMeasures): Promise<boolean> {
    const { now } = this.#history.world;
    const agentKey = await this.#keyOf(agent);
    const rows = values.map(({ interaction, revision, value, occurredAt }) => ({
      table: 'measures',
      id: `${agentKey}.${localDayOf(occurredAt, 'Etc/UTC').replaceAll('-', '')}.${interaction}.${revision}`,
      values: {
        agent_key: agentKey,
        metric: 'csat',
        interaction,
        revision,
        value,
        occurred_at: occurredAt,
      },
    }));
    const { verdict } = await commit(env, { rows }, now);
    if (verdict !== 'committed') return false;
    const ends = endsAt(this.#part.season);
    const isLate = now >= ends && values.some(({ occurredAt }) => occurredAt < ends);
    const isAgain = values.some(({ revision }) => revision > 0);
    this.#history.trouble('season measures told');
    if (isLate) this.#history.trouble('season measures told after the end');
    if (isAgain) this.#history.trouble('season measures corrected');
    return true;
  }

  async #leave({ agent, absences, late }: PlannedLeave): Promise<void> {
    const { world } = this.#history;
    if (!late && world.now >= this.#part.further.leavesUntil) return;
    await world.must('PUT', `/v1/agents/${agent}/absences`, { absences });
    if (late) this.#history.trouble('season leave after the end of grace');
    this.#history.trouble(this.#away.has(agent) ? 'season leave changed' : 'season agent away');
    this.#away.add(agent);
  }
}
