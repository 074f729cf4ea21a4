/**
 * The findings of the health checks as OpenMetrics text, for whoever collects numbers. Decides which
 * finding is a number: counts and ages as they are, flags as 0 and 1, instants as seconds; words are
 * for people and stay with `/v1/health`. Refuses nobody who may read.
 */
import { parseInstant } from '../kernel/instant';
import { ok } from '../kernel/result';
import {
  type Findings,
  HEALTH_STATUSES,
  type HealthCheck,
  healthRoute,
  type Look,
  lookOver,
} from './health';
import { type Route, route } from './route';

const MEDIA_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

interface Figure {
  readonly name: string;
  readonly value: number;
}

/** The numbers in a detail, each named by its path. */
function numbersIn(detail: unknown, path: readonly string[] = []): Figure[] {
  const name = path.join('.');
  if (typeof detail === 'number' && Number.isFinite(detail)) return [{ name, value: detail }];
  if (typeof detail === 'boolean') return [{ name, value: Number(detail) }];
  if (typeof detail === 'string') {
    const instant = parseInstant(detail);
    return instant === null ? [] : [{ name, value: instant / 1000 }];
  }
  if (typeof detail !== 'object' || detail === null) return [];
  return Object.entries(detail).flatMap(([part, inner]) => numbersIn(inner, [...path, part]));
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labels = (named: Readonly<Record<string, string>>): string =>
  `{${Object.entries(named)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`;

/** OpenMetrics 1.0 text; ends with `# EOF`. */
export function metricsText({ at, checks }: Findings): string {
  return [
    '# TYPE guerdon_check gauge',
    `# HELP guerdon_check What a check finds: ${HEALTH_STATUSES.map((name, rank) => `${rank} ${name}`).join(', ')}.`,
    ...checks.map(
      ({ name, status }) =>
        `guerdon_check${labels({ check: name })} ${HEALTH_STATUSES.indexOf(status)}`,
    ),
    '# TYPE guerdon_finding gauge',
    '# HELP guerdon_finding Counts, ages and flags behind a check.',
    ...checks.flatMap((check) =>
      numbersIn(check.detail).map(
        ({ name, value }) => `guerdon_finding${labels({ check: check.name, name })} ${value}`,
      ),
    ),
    '# TYPE guerdon_checked_timestamp_seconds gauge',
    '# UNIT guerdon_checked_timestamp_seconds seconds',
    '# HELP guerdon_checked_timestamp_seconds When the checks were made.',
    `guerdon_checked_timestamp_seconds ${at / 1000}`,
    '# EOF',
    '',
  ].join('\n');
}

/** `GET /v1/metrics`: OpenMetrics text (O5). */
const metricsRoute = <E>(look: Look<E>): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/metrics',
    tag: 'Operation',
    summary: 'Give the same findings as numbers',
    description:
      'OpenMetrics text. `guerdon_check` is 0 where a check is content, more where it is late, parked or stuck; `guerdon_finding` has the counts and ages behind it. O5.',
    permission: 'read',
    answers: { 200: { description: 'OpenMetrics 1.0.' } },
    async handle(call) {
      const content = metricsText(await look(call));
      return ok({ status: 200, text: { mediaType: MEDIA_TYPE, content } });
    },
  });

/** Health and metrics over the same look. */
export function operationRoutes<E>(checks: readonly HealthCheck<E>[]): Route<E>[] {
  const look = lookOver(checks);
  return [healthRoute(look), metricsRoute(look)];
}
