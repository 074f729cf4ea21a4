/**
 * The rows of a cohort: the one that fixes the seal as of which a period's cohort counts, and one
 * for each agent that names the keeper. Decides their form: whoever locks a period's first goal
 * writes the same bytes, and a second keeper of an agent meets the first one's row. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import { causeId, configId } from '../../kernel/ids';
import type { Cadence } from '../../kernel/period';
import { configRow } from '../../ledger/config';
import type { JournalTable } from '../../ledger/journal';
import type { Keeper } from './cohort';

const COHORT_KIND = 'cohort';

export const COHORT_KEEPERS_TABLE: JournalTable = {
  name: 'cohort_keepers',
  values: ['team', 'pool'],
  side: [],
};

/** Two pools conflict within one cadence and period. */
export interface CohortName {
  readonly cadence: Cadence;
  readonly period: string;
}

const nameOf = ({ cadence, period }: CohortName): string => `${cadence}.${period}`;

export const cohortId = (name: CohortName): string => configId(COHORT_KIND, nameOf(name), 1);

/** Written with the lock of a period's first goal. Its time is none, so that no zone moves it. */
export const cohortRow = ({ cadence, period }: CohortName): Row =>
  configRow(
    {
      kind: COHORT_KIND,
      name: nameOf({ cadence, period }),
      version: 1,
      effectiveFrom: null,
      writtenAt: 0,
      author: 'goal',
      content: { cadence, period },
    },
    causeId('cohort-salt', cadence, period),
  );

export const keeperId = (agentKey: string, { cadence, period }: CohortName): string =>
  `${agentKey}.${cadence}.${period}`;

export const keeperRow = (
  agentKey: string,
  name: CohortName,
  { teamId, poolId }: Pick<Keeper, 'teamId' | 'poolId'>,
): Row => ({
  table: COHORT_KEEPERS_TABLE.name,
  id: keeperId(agentKey, name),
  values: { team: teamId, pool: poolId },
});
