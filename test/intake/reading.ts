/** How the tests read one item: by a source of a platform, into events or a reason. */
import type { IntakeEvent } from '../../src/events/event';
import { mappingSchema } from '../../src/intake/normalise/mapping';
import { normalise, type Reading, type Unusable } from '../../src/intake/normalise/normalise';

export const READING: Reading = {
  source: 'src',
  platform: 'custom',
  namespace: 'default',
  events: [],
  mapping: null,
};

export const genesys: Reading = { ...READING, platform: 'genesys-cloud' };
export const mapped = (mapping: unknown): Reading => ({
  ...READING,
  mapping: mappingSchema.parse(mapping),
});

export function eventsOf(
  reading: Reading,
  body: unknown,
  messageId: string | null = null,
): IntakeEvent[] {
  const read = normalise(reading, body, messageId);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  return [...read.value];
}

export const only = (reading: Reading, body: unknown): IntakeEvent => {
  const [event, ...more] = eventsOf(reading, body);
  if (event === undefined || more.length > 0) throw new Error('not one event');
  return event;
};

export function failureOf(reading: Reading, body: unknown): Unusable {
  const read = normalise(reading, body, null);
  if (read.ok) throw new Error('it was usable');
  return read.failure;
}

export const COMPLETED = {
  eventType: 'performance.coaching.completed',
  eventId: 'e1',
  occurredAt: '2024-09-02T14:30:00Z',
  coachingSessionId: 'cs-1',
  mentorId: 'm',
  menteeId: 'n',
  sessionDurationSeconds: 1800,
  qaCalibrationScore: 85,
};
