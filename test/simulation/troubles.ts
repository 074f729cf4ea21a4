/**
 * What makes a history hard: which fault fits which call, which fault a plan draws at a point, and
 * what a sender's message is, seen from what arrived before it.
 */
import type { IoPoint, Mode } from '../worker/io';
import { unitOf } from './chance';
import type { Plan, PlannedEvent, SourceId } from './plan';

const LATE_MS = 72 * 3_600_000;

/** The fault of a plan at a point, or null; the same for the same point in every run. */
export function drawnFault(plan: Plan, { place, actor, call, phase, nth }: IoPoint): Mode | null {
  let left = unitOf(`${plan.seed} ${place} ${actor} ${call} ${phase} ${nth}`);
  for (const [mode, chance] of Object.entries(plan.faults[place])) {
    if (left < chance && fits(mode as Mode, call, phase)) return mode as Mode;
    left -= chance;
  }
  return null;
}

/** Names of the troubles that an event brings after those that were sent before it. */
export function troublesOf(
  event: PlannedEvent,
  sent: readonly PlannedEvent[],
  now: number,
): string[] {
  const before = sent.filter(({ session, key }) => session === event.session && key !== event.key);
  const completion = event.type === 'performance.coaching.completed';
  const { previousScore, currentScore, qaCalibrationScore } = event.data;
  const scored = typeof previousScore === 'number' && typeof currentScore === 'number';
  const told: readonly (readonly [string, boolean])[] = [
    ['reordering', before.some(({ occurredAt }) => occurredAt > event.occurredAt)],
    ['late event', now - event.occurredAt > LATE_MS],
    ['tie', before.some(({ occurredAt }) => occurredAt === event.occurredAt)],
    ['missing score', completion && qaCalibrationScore === undefined],
    [
      'two sources',
      completion &&
        before.some(({ type, source }) => type === event.type && source !== event.source),
    ],
    ['lower score', scored && currentScore < previousScore],
    ['higher score', scored && currentScore >= previousScore],
    ['unknown agent', !event.usable],
  ];
  return told.filter(([, holds]) => holds).map(([name]) => name);
}

/** Only calls that write can haunt or be made twice; everything can be late or lost. */
function fits(mode: Mode, call: string, phase: string): boolean {
  if (mode === 'ghost')
    return phase === 'before' && (call === 'DB.write' || call.endsWith('commit'));
  if (mode === 'twice') return phase === 'before' && call === 'DB.write';
  return true;
}

/** Long enough for any profile, and a canary: it must appear in no log, answer or table. */
export const secretOf = (seed: number, source: SourceId, salt: number): string =>
  `canary-${source}-${seed}-${salt}-9f3c5a7e1b`;
