/**
 * What is late, parked or stuck, in one answer. Every room hands in its own check; a check that
 * throws is itself stuck and hides no other. Always answers 200: who asks reads `status`. Who asks
 * needs no key, so findings are remembered for a while: no request makes others dear.
 */
import * as z from 'zod';
import { StaleCache } from '../durable/cache';
import { printInstant } from '../kernel/instant';
import { ok } from '../kernel/result';
import { log, messageOf } from '../runtime/log';
import { type Call, type Route, route } from './route';

/** In order of alarm. */
export const HEALTH_STATUSES = ['ok', 'late', 'parked', 'stuck'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

export interface HealthCheck<E> {
  readonly name: string;
  /** Counts and ages only: the route needs no key. */
  check(
    env: E,
    now: number,
  ): Promise<{ readonly status: HealthStatus; readonly detail: Record<string, unknown> }>;
}

export interface Finding {
  readonly name: string;
  readonly status: HealthStatus;
  readonly detail: Record<string, unknown>;
}

const answer = z.object({
  status: z.enum(HEALTH_STATUSES).meta({ description: 'The worst of all checks.' }),
  at: z.string().meta({ description: 'When the checks were made: at most 15 seconds ago.' }),
  checks: z.array(
    z.object({
      name: z.string(),
      status: z.enum(HEALTH_STATUSES),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** Findings are this old at the most; never while a sandbox clock is set. */
const REMEMBERED_MS = 15_000;

export interface Findings {
  readonly at: number;
  readonly checks: readonly Finding[];
}

/** What all checks find; who asks soon after hears the same. */
export type Look<E> = (call: Pick<Call<E>, 'env' | 'now' | 'clockSet'>) => Promise<Findings>;

export function lookOver<E>(checks: readonly HealthCheck<E>[]): Look<E> {
  const remembered = new StaleCache<'all', Findings>({ freshMs: REMEMBERED_MS });
  return ({ env, now, clockSet }) => {
    const look = async (): Promise<Findings> => ({
      at: now,
      checks: await Promise.all(checks.map((check) => run(check, env, now))),
    });
    return clockSet ? look() : remembered.get('all', now, look);
  };
}

/** `GET /v1/health` → `{ status, at, checks: [{ name, status, detail }] }`, 200 in any case. */
export const healthRoute = <E>(look: Look<E>): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/health',
    tag: 'Operation',
    summary: 'Say what is late, parked or stuck',
    permission: 'public',
    answers: { 200: { description: 'Every check with its finding.', schema: answer } },
    async handle(call) {
      const { at, checks } = await look(call);
      const body = { status: worst(checks), at: printInstant(at), checks };
      return ok({ status: 200, body });
    },
  });

async function run<E>(check: HealthCheck<E>, env: E, now: number): Promise<Finding> {
  try {
    return { name: check.name, ...(await check.check(env, now)) };
  } catch (thrown) {
    log('warn', 'health.check-failed', { check: check.name, message: messageOf(thrown) });
    return { name: check.name, status: 'stuck', detail: { reason: 'this could not be read' } };
  }
}

function worst(findings: readonly Finding[]): HealthStatus {
  const ranks = findings.map(({ status }) => HEALTH_STATUSES.indexOf(status));
  return HEALTH_STATUSES[Math.max(0, ...ranks)] ?? 'stuck';
}
