/**
 * The operations exactly as the four documents print them, though several of these addresses do not
 * exist on the platforms they name (DEC-21). Decides nothing; it is data. A query with a body is
 * sent as POST, for fetch refuses a GET with a body.
 */
import type { Operations } from './operation';

const USER = '/api/v2/users/{userId}';

export const SEED: Operations = {
  /** Fields: userId, attributes. */
  'user-attributes': {
    method: 'PATCH',
    path: USER,
    body: { customAttributes: '{attributes}' },
  },
  'user-attributes-read': { method: 'GET', path: USER },
  /** CXone's form of the same. Fields: userId, fields. */
  'custom-data': {
    method: 'POST',
    path: `${USER}/custom-data`,
    body: { fields: '{fields}' },
  },
  'custom-data-read': { method: 'GET', path: `${USER}/custom-data` },
  /** Fields: userId, log: the whole array, bounded by its feature. */
  'season-log': {
    method: 'POST',
    path: `${USER}/custom-data`,
    body: { fields: { seasonal_performance_log: '{log}' } },
  },
  'routing-skills': { method: 'PATCH', path: `${USER}/routingskills/bulk`, body: '{skills}' },
  'routing-skill-remove': {
    method: 'DELETE',
    path: `${USER}/routingskills/{skillId}`,
    silent: true,
  },
  'routing-skills-read': { method: 'GET', path: `${USER}/routingskills` },
  /** Fields: goalId, period. */
  'goal-status': { method: 'GET', path: '/api/v2/wem/goals/{goalId}/status?period={period}' },
  /** Fields: the query as printed. */
  'metric-details': { method: 'POST', path: '/api/v2/analytics/details/query', body: '{*}' },
  users: { method: 'GET', path: '/api/v2/users?pageSize={pageSize?}&pageNumber={pageNumber?}' },
  results: {
    method: 'GET',
    path: '/api/v2/performance/results?scorecard_version_id={scorecard_version_id?}&result_status={result_status?}&start_date={start_date}&end_date={end_date}&size={size?}&page={page?}',
  },
  actuals: {
    method: 'GET',
    path: '/api/v2/wfm/users/actuals?user_ids={user_ids}&start_date={start_date}&end_date={end_date}&bucket_size={bucket_size?}&page={page?}',
  },
  check: { method: 'GET', path: '/api/v2/users?pageSize=1' },
};
