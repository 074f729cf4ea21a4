/**
 * What is told of a run: counts, what platforms hold otherwise, who was passed over and why. Decides
 * nothing; refuses to list more than a hundred findings one by one.
 */
import type { Expected } from '../telling/batch';

/**
 * Why a destination is passed over: an operator has abandoned what it was to be told; it is switched
 * off and neither the season that opens nor routing's policy names it any more; or it was told, and
 * was asked in vain what it holds, as long as there was patience.
 */
export const PASSED_BECAUSE = ['abandoned', 'not-named', 'not-read'] as const;
export type PassedBecause = (typeof PASSED_BECAUSE)[number];

/** A difference that was found on a platform and is left. */
export interface Difference {
  readonly agentKey: string;
  readonly destination: string;
  /** What differs; none where the platform was not read: then it is uncertain. */
  readonly fields: readonly string[];
  /** Absent where the platform was told all the same, again and again. */
  readonly reason?: PassedBecause;
}

/** Differences and missing agents of one run that are named one by one. */
export const LISTED = 100;

/** What is told of a run. */
export interface Report {
  readonly agents: number;
  readonly batches: number;
  /** How many stand higher, lower and the same. */
  readonly up: number;
  readonly down: number;
  readonly same: number;
  readonly requests: number;
  /** Requests that reading back takes, once. */
  readonly reads: number;
  /** Expectations on platforms, those met, and those that are left unmet. */
  readonly expected: number;
  readonly applied: number;
  readonly differing: number;
  /** Of those left unmet: how many were not read, because their destination was passed over. */
  readonly uncertain?: number;
  /** Destinations that were passed over, and of how many agents each was not told for certain. */
  readonly passed?: readonly {
    readonly destination: string;
    readonly reason: PassedBecause;
    readonly agents: number;
  }[];
  /** Updates that were sent again after a reading. */
  readonly retried: number;
  readonly differences: readonly Difference[];
  /** Agents a platform does not know, and users of a platform the directory does not know. */
  readonly missingThere: number;
  readonly missingHere: number;
  /** `there`: an agent, by key, whom a platform does not know; `here`: a platform's user, by its id. */
  readonly missing: readonly {
    readonly destination: string;
    readonly id: string;
    readonly where: 'there' | 'here';
  }[];
  /** Windows in which a batch was ordered, went on or was told again. */
  readonly windows: number;
  /** Whether the inbound volume was known when it was asked for. */
  readonly volume: 'known' | 'unknown';
  readonly exported: 'none' | 'confirmed' | 'skipped';
  readonly unsayable: readonly string[];
}

export const EMPTY_REPORT: Report = {
  agents: 0,
  batches: 0,
  up: 0,
  down: 0,
  same: 0,
  requests: 0,
  reads: 0,
  expected: 0,
  applied: 0,
  differing: 0,
  retried: 0,
  differences: [],
  missingThere: 0,
  missingHere: 0,
  missing: [],
  windows: 0,
  volume: 'unknown',
  exported: 'none',
  unsayable: [],
};

/** Somebody whom a platform does not know. */
export const lostOf = ({ destination, agentKey }: Pick<Expected, 'destination' | 'agentKey'>) => ({
  destination,
  id: agentKey,
  where: 'there' as const,
});

/** The report with so many more agents whom a destination was not told of for certain. */
export function withPassed(
  report: Report,
  { destination, reason, agents }: { destination: string; reason: PassedBecause; agents: number },
): Report {
  const before = report.passed ?? [];
  const known = before.find((one) => one.destination === destination && one.reason === reason);
  const others = before.filter((one) => one !== known);
  const passed = [...others, { destination, reason, agents: (known?.agents ?? 0) + agents }];
  return { ...report, passed };
}

/**
 * Whether a destination was passed over for good. One that was not read was told, and may answer
 * again, unless it is switched off: then nobody waits for it.
 */
export const isUntold = ({ passed = [] }: Report, id: string, isOff: boolean): boolean =>
  passed.some(({ destination, reason }) => destination === id && (isOff || reason !== 'not-read'));

/** The report with users of a platform whom the directory does not know. */
export function withStrangers(
  report: Report,
  destination: string,
  strangers: readonly string[],
): Report {
  const here = strangers.map((id) => ({ destination, id, where: 'here' as const }));
  return {
    ...report,
    missingHere: report.missingHere + here.length,
    missing: [...report.missing, ...here].slice(0, LISTED),
  };
}
