/**
 * The rows of tier changes and of the archive. Decides their ids: a change is named by agent, season
 * and number, an archived agent by season, so neither can be there twice. Refuses nothing.
 */
import type { Row } from '../../kernel/change-set';
import type { Archived, TierChange } from './words';

const NUMBER_WIDTH = 6;

const changePrefix = (agentKey: string, season: string): string => `${agentKey}.${season}`;

type Numbered = Pick<TierChange, 'agentKey' | 'season' | 'number'>;

export const changeId = ({ agentKey, season, number }: Numbered): string =>
  `${changePrefix(agentKey, season)}.${String(number).padStart(NUMBER_WIDTH, '0')}`;

export const changeRow = (change: TierChange): Row => ({
  table: 'tier_changes',
  id: changeId(change),
  values: {
    number: change.number,
    tier: change.tier,
    honoured: change.honoured,
    grace_until: change.graceUntil,
    compliant: change.compliant ? 1 : 0,
    points: change.points,
    reason: change.reason,
    at: change.at,
  },
});

const archiveId = (season: string, agentKey: string): string => `${season}.${agentKey}`;

/**
 * Rows that say something newer of an agent than one of their changes, as requests name them: the
 * next change, and the reset of the season.
 */
export const newerThan = ({ agentKey, season, number }: Numbered): string[] => [
  `tier_changes/${changeId({ agentKey, season, number: number + 1 })}`,
  `season_archive/${archiveId(season, agentKey)}`,
];

export const archiveRow = (one: Archived): Row => ({
  table: 'season_archive',
  id: archiveId(one.season, one.agentKey),
  values: {
    run: one.run,
    points: one.points,
    tier: one.tier,
    honoured: one.honoured,
    aht_sum: Number(one.measures.aht.sum),
    aht_count: one.measures.aht.count,
    csat_sum: Number(one.measures.csat.sum),
    csat_count: one.measures.csat.count,
    fcr_sum: Number(one.measures.fcr.sum),
    fcr_count: one.measures.fcr.count,
    next_season: one.nextSeason,
    next_tier: one.next.tier,
    next_honoured: one.next.honoured,
    grace_until: one.next.graceUntil,
    at: one.at,
  },
});
