/** Connectors as data: each operation renders the request its platform wants, byte for byte. */
import { describe, expect, it } from 'vitest';
import { batchSizeOf, renderLookUp, renderRequest } from '../../src/delivery/connectors/connector';
import type { PresetName } from '../../src/delivery/destination';
import type { JsonObject } from '../../src/events/event';
import { destinationOf } from './depot';

const render = (
  preset: PresetName,
  operation: string,
  fields: JsonObject,
  key: string | null = null,
  settings: Record<string, string | number> = {},
) => {
  const target = destinationOf(preset, 'https://target.example.com', { settings });
  const rendered = renderRequest(target, operation, fields, key);
  if (!rendered.ok) throw new Error(rendered.failure);
  const { method, path, body } = rendered.value.request;
  return { line: `${method} ${path}`, body: JSON.parse(body ?? 'null'), ...rendered.value };
};

/** As the variable-pay document prints it. */
const PAYROLL = {
  employee_id: 'EMP-998877',
  pay_period_start: '2023-10-01',
  pay_period_end: '2023-10-31',
  variable_pay_amount: 450.25,
  currency: 'USD',
  calculation_details: { base_bonus: 500, final_quality_score: 92.5, interaction_count: 145 },
};

describe('the hris preset', () => {
  it('sends a line of pay as it is printed, with its key, and expects it repeated', () => {
    const sent = render('hris', 'payroll-line', PAYROLL, 'VAR_PAY_2023_Q4_agent-uuid-456_v1');
    expect(sent.line).toBe('POST /api/v1/payroll/variable_pay');
    expect(sent.request.body).toBe(JSON.stringify(PAYROLL));
    expect(sent.request.headers['Idempotency-Key']).toBe('VAR_PAY_2023_Q4_agent-uuid-456_v1');
    expect(sent.expect).toContainEqual({ pointer: '/variable_pay_amount', value: 450.25 });
    expect(sent.expect).toHaveLength(5);
  });

  it('asks for what it sent by its key', () => {
    const target = destinationOf('hris', 'https://hris.example.com');
    const asked = renderLookUp(target, 'payroll-line', { fields: PAYROLL, key: 'a b&c' });
    expect(asked).toMatchObject({
      ok: true,
      value: { request: { method: 'GET', path: expect.stringContaining('=a%20b%26c') } },
    });
  });
});

describe('the seed preset', () => {
  it('speaks as the documents print it (DEC-21)', () => {
    const attributes = { active_tier: 'GOLD', current_season_points: 0, reset_applied: true };
    expect(render('seed', 'user-attributes', { userId: 'u/1', attributes })).toMatchObject({
      line: 'PATCH /api/v2/users/u%2F1',
      body: { customAttributes: attributes },
    });
    const fields = { tier: 'GOLD', season_points: 0, reset_flag: true };
    expect(render('seed', 'custom-data', { userId: 'u1', fields })).toMatchObject({
      line: 'POST /api/v2/users/u1/custom-data',
      body: { fields },
    });
    expect(render('seed', 'goal-status', { goalId: 'goal_uuid_q3', period: '2024-09' }).line).toBe(
      'GET /api/v2/wem/goals/goal_uuid_q3/status?period=2024-09',
    );
    const query = { dateFrom: '2024-09-01T00:00:00Z', metrics: ['acd.handle.time.sum'] };
    expect(render('seed', 'metric-details', query)).toMatchObject({
      line: 'POST /api/v2/analytics/details/query',
      body: query,
    });
    expect(
      render('seed', 'actuals', {
        user_ids: ['a', 'b'],
        start_date: '2023-10-01T00:00:00Z',
        end_date: '2023-10-31T23:59:59Z',
        bucket_size: 'DAY',
      }).line,
    ).toBe(
      'GET /api/v2/wfm/users/actuals?user_ids=a%2Cb&start_date=2023-10-01T00%3A00%3A00Z&end_date=2023-10-31T23%3A59%3A59Z&bucket_size=DAY',
    );
  });
});

describe('the genesys-cloud preset', () => {
  it('updates custom attributes and skills by their real addresses (DEC-21)', () => {
    const settings = { schemaId: 's1', schemaVersion: 3 };
    const fields = { userId: 'u1', attributes: { active_tier: 'GOLD' } };
    expect(render('genesys-cloud', 'user-attributes', fields, null, settings)).toMatchObject({
      line: 'PATCH /api/v2/users/u1/customattributes',
      body: { schemaId: 's1', schemaVersion: 3, attributes: { active_tier: 'GOLD' } },
    });
    const skills = [{ id: 'skill_premium_support', proficiency: 5 }];
    expect(render('genesys-cloud', 'routing-skills', { userId: 'u1', skills })).toMatchObject({
      line: 'PATCH /api/v2/users/u1/routingskills/bulk',
      body: skills,
    });
  });

  it('recognises an agent and finds that again by the reference in the note', () => {
    const fields = { recipientId: 'u1', title: 'Team reward unlocked', note: '50 points' };
    const sent = render('genesys-cloud', 'reward-recognition', fields, 'ref-1');
    expect(sent).toMatchObject({
      line: 'POST /api/v2/employeeengagement/recognitions',
      body: {
        recipientId: 'u1',
        title: 'Team reward unlocked',
        note: '50 points (reference ref-1)',
      },
    });
    expect(sent.body).not.toHaveProperty('type');
  });

  it('takes a hundred external metrics at once and no more', () => {
    const target = destinationOf('genesys-cloud', 'https://x.example.com');
    expect(batchSizeOf(target, 'external-metrics')).toBe(100);
    expect(batchSizeOf(target, 'user-attributes')).toBe(1);
    const item = {
      userId: 'u',
      metricId: 'm',
      dateOccurred: '2024-09-30',
      value: 5,
      type: 'Total',
    };
    const items = Array.from({ length: 101 }, () => item);
    expect(renderRequest(target, 'external-metrics', { items }, null).ok).toBe(false);
    const sent = render('genesys-cloud', 'external-metrics', { items: items.slice(1) });
    expect(sent.body.items).toHaveLength(100);
  });
});

describe('an operation', () => {
  it('that lacks a field or a setting, or is unknown, is refused by name', () => {
    const target = destinationOf('genesys-cloud', 'https://x.example.com');
    const said = (operation: string, fields: JsonObject) => {
      const rendered = renderRequest(target, operation, fields, null);
      return rendered.ok ? 'ok' : rendered.failure;
    };
    expect(said('user-attributes', { userId: 'u1' })).toBe(
      'the destination has no settings.schemaId',
    );
    expect(said('routing-skills', { userId: 'u1' })).toBe('there is no field skills');
    expect(said('constructor', {})).toBe('the preset genesys-cloud has no constructor');
    expect(said('toString', {})).toContain('has no toString');
  });

  it('puts values in and never templates', () => {
    const fields = { userId: '{key}', attributes: { note: '{settings.schemaId}{userId}' } };
    const sent = render('seed', 'user-attributes', fields, 'secret-key');
    expect(sent.line).toBe('PATCH /api/v2/users/%7Bkey%7D');
    expect(sent.body).toEqual({ customAttributes: fields.attributes });
  });
});

describe('a value in a path', () => {
  it.each(['..', '.', ''])('is refused where it would make another path: "%s"', (userId) => {
    const target = destinationOf('genesys-cloud', 'https://target.example.com');
    const rendered = renderRequest(target, 'routing-skill-remove', { userId, skillId: 'x' }, null);
    expect(rendered).toMatchObject({ ok: false });
  });

  it('is escaped otherwise', () => {
    const sent = render('genesys-cloud', 'routing-skill-remove', {
      userId: '../a?b',
      skillId: '...',
    });
    expect(sent.line).toBe('DELETE /api/v2/users/..%2Fa%3Fb/routingskills/...');
  });
});
