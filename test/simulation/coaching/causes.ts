/** What makes a history come to the rare calls of coaching, where it leans on them. */
import type { OracleCaps } from '../../oracle/caps';
import { dayOfNumber, localDayOf, numberOfDay, startOf } from '../../oracle/seasons';
import type { Timed } from '../plan';
import { firing } from '../platform';
import type { Frame } from '../system';
import type { Casting } from './draw-events';
import type { CoachingEvent } from './plan';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MOST = 6;
/** An event without an outcome is late after ten minutes and the longest lock window. */
const LATE = 72 * MINUTE;

export const ONE_A_DAY: OracleCaps = { perMentor: { count: 1, period: 'DAY' } };

/**
 * Two coaching sessions of one mentor and day of which one counts: the score of the earlier one falls
 * and rises again, so that it frees the place of the other and takes it once more.
 */
export function drawRivals(
  { leansOn, seed, startAt, zone }: Frame,
  sessions: string[],
  { mentors, mentees }: Casting,
): CoachingEvent[] {
  if (!leansOn('session', 'SESSIONS.nudge')) return [];
  const yesterday = numberOfDay(localDayOf(startAt - 1, zone));
  const morning = startOf(dayOfNumber(yesterday + 1), zone) + 6 * HOUR;
  const facts = {
    sessionType: 'Mentorship_Pairing',
    mentorId: mentors[0]?.agentId,
    menteeId: mentees[0]?.agentId,
    sessionDurationSeconds: 1200,
    qaCalibrationScore: 90,
  };
  const said = (number: number, hour: number, data: CoachingEvent['data'] | null) => {
    const key = `rival${number}h${hour}`;
    return {
      key,
      source: data === null ? 'platform' : 'quality',
      eventId: `evt-${key}`,
      type: data === null ? 'performance.coaching.completed' : 'qa.score.updated',
      session: number,
      occurredAt: morning + hour * HOUR,
      data: { coachingSessionId: sessions[number], ...(data ?? facts) },
      usable: true,
    } as const;
  };
  const [first, second] = [sessions.length, sessions.length + 1];
  sessions.push(`coaching-${seed}-${first}`, `coaching-${seed}-${second}`);
  const scored = (previousScore: number, currentScore: number) => ({
    previousScore,
    currentScore,
    sessionType: facts.sessionType,
    scoreSource: 'AUTOMATED',
  });
  return [
    said(first, 0, null),
    said(second, 1, null),
    said(first, 4, scored(90, 70)),
    said(first, 8, scored(70, 95)),
  ];
}

/** Cron comes by when events have waited too long, before the alarms that were due. */
export function causesOfCoaching(
  { leansOn }: Frame,
  events: readonly CoachingEvent[],
): readonly Timed[] {
  if (!leansOn('worker', 'SESSIONS.poke')) return [];
  const some = events.filter(({ usable }) => usable).slice(0, MOST);
  return some.map(({ occurredAt }) => firing(occurredAt + LATE, '*/5 * * * *', true));
}
