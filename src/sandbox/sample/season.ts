/**
 * The season of the sample: six days of November 2024 after the month of pay, a few coaching
 * sessions in it, and a platform that takes fifteen requests a minute in a window of one minute, so
 * that its reset needs two windows. Data alone; the same every time.
 */
import type { Delivery } from './month.ts';
import { CATEGORY, completion } from './setting.ts';

export const SEASON = '2024-Nov';
/** The one that is made by copying. */
export const NEXT_SEASON = `${SEASON}-2`;
const DESTINATION = 'desktop';

/** Bodies by path, in the order in which they are put. */
export const SEASON_SETTING: readonly (readonly [path: string, body: unknown])[] = [
  [
    `/v1/destinations/${DESTINATION}`,
    { preset: 'seed', url: 'https://genesys.sandbox.test', ratePerMinute: 15 },
  ],
  [
    `/v1/seasons/${SEASON}`,
    {
      categories: [CATEGORY],
      startDay: '2024-11-01',
      endDay: '2024-11-06',
      timeZone: 'Etc/UTC',
      thresholds: { SILVER: '40', GOLD: '90', PLATINUM: '200' },
      decay: { factor: '1' },
      maintenanceWindow: { start: '02:00', minutes: 1 },
      destinations: [DESTINATION],
    },
  ],
];

/** Mentor, and when it ended; the first mentor has two. */
const COACHED: readonly (readonly [mentor: number, time: string])[] = [
  [0, '2024-11-05T10:00:00Z'],
  [0, '2024-11-05T12:00:00Z'],
  [1, '2024-11-05T14:00:00Z'],
];
export const POINTS = 150;

export const COACHING: readonly Delivery[] = COACHED.map(([mentor, occurredAt], index) => ({
  at: occurredAt.replace(':00Z', ':05Z'),
  source: 'platform',
  body: completion({
    id: `cs-november-${index}`,
    occurredAt,
    mentor,
    mentee: index,
    seconds: 1800,
    score: 90,
  }),
}));

/** Archived and staged, and no window has opened. */
export const STAGED_AT = '2024-11-07T00:20:00Z';
/** The first window is over, and the second. */
export const PAUSED_AT = '2024-11-07T03:00:00Z';
export const DONE_AT = '2024-11-08T03:00:00Z';
