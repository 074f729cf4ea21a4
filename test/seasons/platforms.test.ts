/** Waves in the words of the real platforms, body by body (S5). The seed's own stand in `reset.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Network } from '../delivery/network';
import { quarter } from './theatre';

let network: Network;
beforeEach(() => {
  network = new Network().install();
});
afterEach(() => network.remove());

/** What was written about one user; deliveries of several kinds go side by side, in no order. */
const written = (user: string) =>
  network.seen
    .filter(({ method, path }) => method !== 'GET' && path.includes(user))
    .map(({ method, path, body }) => [`${method} ${path}`, JSON.parse(String(body || 'null'))]);

const NIGHT = '2031-10-01T00:10:00';

async function reset(preset: 'genesys-cloud' | 'cxone', settings: Record<string, string>) {
  const stage = await quarter([6000], { graceDays: 0 }, { preset, settings });
  // The tier that was reached in the season is told at once; the wave is looked at alone.
  await stage.play.work(Date.parse('2031-09-30T13:00:00Z'));
  network.seen.length = 0;
  await stage.play.step(NIGHT, '2031-10-01T00:20:00');
  await stage.play.step('2031-10-01T02:00:00', '2031-10-01T02:30:00');
  return stage;
}

describe('a reset on a platform', () => {
  it('of Genesys Cloud writes custom attributes by schema, and skills in bulk (DEC-21)', async () => {
    const { agents, next } = await reset('genesys-cloud', { schemaId: 'schema-1' });
    const user = agents[0]?.user ?? '';
    const base = `/api/v2/users/${user}`;
    expect(written(user)).toHaveLength(3);
    expect(written(user)).toEqual(
      expect.arrayContaining([
        [
          `PATCH ${base}/customattributes`,
          {
            schemaId: 'schema-1',
            schemaVersion: 1,
            attributes: {
              active_tier: 'BRONZE',
              current_season_points: 0,
              historical_tier_q3: 'GOLD',
              reset_applied: next,
              grace_period_active: false,
              tier_expiry_date: null,
              current_points: 0,
            },
          },
        ],
        [`PATCH ${base}/routingskills/bulk`, [{ id: 'skill_standard_support', proficiency: 5 }]],
        [`DELETE ${base}/routingskills/skill_escalation_handler`, null],
      ]),
    );
  });

  it('of CXone writes custom data, the log of seasons, and skills (DEC-21)', async () => {
    const { agents, id, next } = await reset('cxone', { skill_standard_support: '4711' });
    const user = agents[0]?.id ?? '';
    const told = written(user);
    expect(told).toContainEqual([
      `POST /api/v2/users/${user}/custom-data`,
      {
        fields: {
          tier: 'BRONZE',
          season_points: 0,
          reset_flag: true,
          season_id: next,
          grace_period_active: false,
          tier_expiry_date: null,
          current_points: 0,
        },
      },
    ]);
    expect(told).toContainEqual([
      `POST /api/v2/users/${user}/custom-data`,
      {
        fields: {
          seasonal_performance_log: [
            {
              season_id: id,
              metrics: { aht_avg: null, csat_score: null, first_contact_resolution: null },
              tier: 'GOLD',
              points_accumulated: 6000,
              archive_timestamp: '2031-09-30T23:59:59Z',
            },
            {
              season_id: next,
              metrics: {},
              tier: null,
              points_accumulated: 0,
              archive_timestamp: null,
            },
          ],
        },
      },
    ]);
    const skills = `/incontactapi/services/v31.0/agents/${user}/skills`;
    // Settings give the platform's own ids, which are numbers; a skill without one goes by its name.
    const given = [{ skillId: 4711, proficiency: 1, isActive: true }];
    expect(told).toContainEqual([`PUT ${skills}`, { skills: given }]);
    expect(told).toContainEqual([`DELETE ${skills}/skill_escalation_handler`, null]);
    expect(told).toHaveLength(4);
  });
});
