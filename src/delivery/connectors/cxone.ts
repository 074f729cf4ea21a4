/**
 * The operations of NICE CXone: the classic Admin API for skills, and the custom data that the
 * seasons document prints, for which the vendor's public pages name no address. Decides nothing; it
 * is data. Updates carry absolute values.
 */
import type { Operations } from './operation';

const SERVICES = '/incontactapi/services/{settings.apiVersion}';
const CUSTOM_DATA = '/api/v2/users/{userId}/custom-data';

export const CXONE: Operations = {
  /** Fields: userId, attributes. */
  'user-attributes': {
    method: 'POST',
    path: CUSTOM_DATA,
    body: { fields: '{attributes}' },
  },
  'user-attributes-read': { method: 'GET', path: CUSTOM_DATA },
  'season-log': {
    method: 'POST',
    path: CUSTOM_DATA,
    body: { fields: { seasonal_performance_log: '{log}' } },
  },
  /** Fields: userId, skills as `[{ skillId, proficiency, isActive }]`. Settings: apiVersion. */
  'routing-skills': {
    method: 'PUT',
    path: `${SERVICES}/agents/{userId}/skills`,
    body: { skills: '{skills}' },
  },
  'routing-skill-remove': {
    method: 'DELETE',
    path: `${SERVICES}/agents/{userId}/skills/{skillId}`,
    silent: true,
  },
  'routing-skills-read': { method: 'GET', path: `${SERVICES}/agents/{userId}/skills` },
  users: { method: 'GET', path: `${SERVICES}/agents?skip={skip?}&top={top?}` },
  check: { method: 'GET', path: `${SERVICES}/agents?top=1` },
};
