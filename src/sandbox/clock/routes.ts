/**
 * The sandbox's clock over HTTP. Moving it makes everything that becomes due on the way and
 * answers when it is done. Refuses to go backwards. These routes exist in the sandbox entry alone.
 */
import * as z from 'zod';
import { type Route, route } from '../../http/route';
import { invalidField } from '../../kernel/failure';
import { parseInstant, printInstant } from '../../kernel/instant';
import { fail, ok } from '../../kernel/result';
import { type ClockEnv, clockOf } from './client';

const instant = z.string().transform((text, context) => {
  const at = parseInstant(text);
  if (at !== null) return at;
  context.addIssue({
    code: 'custom',
    message: 'an RFC 3339 instant with a zone, e.g. 2024-10-01T00:00:00Z',
  });
  return z.NEVER;
});

const clockBody = z.strictObject({ now: instant });

const clockAnswer = z.object({
  now: z.string().describe('RFC 3339, UTC'),
  set: z.boolean().describe('false while real time runs'),
});

const movedAnswer = clockAnswer.extend({
  steps: z.number().int().describe('objects and triggers that ran on the way'),
});

/** `GET /v1/sandbox/clock`: the instant that every object and route is told. */
export const readClock: Route<ClockEnv> = route({
  method: 'GET',
  path: '/v1/sandbox/clock',
  tag: 'Sandbox',
  summary: 'Read the clock',
  permission: 'sandbox',
  answers: { 200: { description: 'What the clock shows', schema: clockAnswer } },
  examples: { response: { now: '2024-10-01T00:00:00.000Z', set: true } },
  async handle(call) {
    return ok({ status: 200, body: { now: printInstant(call.now), set: call.clockSet } });
  },
});

/** `PUT /v1/sandbox/clock`: moves time forward; the first time anywhere. */
export const moveClock: Route<ClockEnv> = route({
  method: 'PUT',
  path: '/v1/sandbox/clock',
  tag: 'Sandbox',
  summary: 'Move the clock',
  description:
    'Makes everything that becomes due up to the instant, earliest first, then answers. The first ' +
    'time the clock may go anywhere; after that only forward. Killed midway and sent again, it ' +
    'ends the same.',
  permission: 'sandbox',
  body: clockBody,
  answers: {
    200: { description: 'The clock shows the instant and nothing is due', schema: movedAnswer },
    409: { description: '100,000 steps were made; the same request goes on from there' },
    422: { description: 'The instant is before the one the clock shows' },
  },
  examples: {
    request: { now: '2024-10-01T00:00:00Z' },
    response: { now: '2024-10-01T00:00:00.000Z', set: true, steps: 3 },
  },
  async handle(call) {
    const moved = await clockOf(call.env).set(call.body.now);
    const shown = printInstant(moved.now);
    switch (moved.verdict) {
      case 'set':
        return ok({ status: 200, body: { now: shown, set: true, steps: moved.steps } });
      case 'backwards':
        return fail(invalidField('#/now', 'backwards', `the clock shows ${shown} already`));
      case 'unfinished':
        return fail({
          kind: 'conflict',
          detail: `${moved.steps} steps were made and the clock stands at ${shown}; send this again to go on`,
        });
    }
  },
});

export const clockRoutes: readonly Route<ClockEnv>[] = [readClock, moveClock];
