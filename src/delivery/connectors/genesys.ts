/**
 * The operations of Genesys Cloud's real API, by the names of the vendor's SDK. Decides nothing; it
 * is data. Updates carry absolute values, so one that is repeated changes nothing; a recognition is
 * found again by the reference in its note, because the API has no keys.
 */
import type { Operations } from './operation';

const USER = '/api/v2/users/{userId}';
const RECOGNITIONS = '/api/v2/employeeengagement/recognitions';

export const GENESYS_CLOUD: Operations = {
  /** Fields: userId, attributes. Settings: schemaId, schemaVersion. */
  'user-attributes': {
    method: 'PATCH',
    path: `${USER}/customattributes`,
    body: {
      schemaId: '{settings.schemaId}',
      schemaVersion: '{settings.schemaVersion}',
      attributes: '{attributes}',
    },
  },
  'user-attributes-read': {
    method: 'GET',
    path: `${USER}?expand=customAttributes&userCustomAttributeSchemaIds={settings.schemaId}`,
  },
  /** Fields: userId, skills as `[{ id, proficiency }]`: added or set, none is taken away. */
  'routing-skills': {
    method: 'PATCH',
    path: `${USER}/routingskills/bulk`,
    body: '{skills}',
  },
  /** The same, and every other skill of the user goes. */
  'routing-skills-replace': {
    method: 'PUT',
    path: `${USER}/routingskills/bulk`,
    body: '{skills}',
  },
  'routing-skill-remove': {
    method: 'DELETE',
    path: `${USER}/routingskills/{skillId}`,
    silent: true,
  },
  'routing-skills-read': { method: 'GET', path: `${USER}/routingskills?pageSize=500` },
  /** Fields: recipientId, title (at most 100), note (at most 700), optional type and context. */
  'reward-recognition': {
    method: 'POST',
    path: RECOGNITIONS,
    body: {
      recipientId: '{recipientId}',
      type: '{type?}',
      title: '{title}',
      note: '{note} (reference {key})',
      contextType: '{contextType?}',
      contextId: '{contextId?}',
    },
    lookUp: {
      method: 'GET',
      path: `${RECOGNITIONS}?direction=sent&recipient={recipientId}&pageSize=100`,
      items: '/entities',
      match: { pointer: '/note', how: 'contains' },
      pages: { parameter: 'pageNumber', size: 100 },
    },
  },
  /** Fields: items as `[{ userId, metricId, dateOccurred, value, type: 'Total' }]`. */
  'external-metrics': {
    method: 'POST',
    path: '/api/v2/employeeperformance/externalmetrics/data',
    body: { items: '{items}' },
    refused: '/unprocessedEntities',
    batch: { field: 'items', most: 100 },
  },
  'quality-evaluations': {
    method: 'GET',
    path: '/api/v2/quality/evaluations/query?agentUserId={agentUserId}&startTime={startTime?}&endTime={endTime?}&expandAnswerTotalScores=true&pageSize={pageSize?}&pageNumber={pageNumber?}',
  },
  'coaching-appointments': {
    method: 'GET',
    path: '/api/v2/coaching/appointments?userIds={userIds}&statuses=Completed&completionInterval={completionInterval?}&pageSize={pageSize?}&pageNumber={pageNumber?}',
  },
  'user-aggregates': {
    method: 'POST',
    path: '/api/v2/analytics/users/aggregates/query',
    body: '{*}',
  },
  'conversation-details': {
    method: 'POST',
    path: '/api/v2/analytics/conversations/details/query',
    body: '{*}',
  },
  'conversation-aggregates': {
    method: 'POST',
    path: '/api/v2/analytics/conversations/aggregates/query',
    body: '{*}',
  },
  users: { method: 'GET', path: '/api/v2/users?pageSize={pageSize?}&pageNumber={pageNumber?}' },
  check: { method: 'GET', path: '/api/v2/users?pageSize=1' },
};
