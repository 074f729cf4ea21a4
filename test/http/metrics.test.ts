import { describe, expect, it } from 'vitest';
import { metricsText } from '../../src/http/metrics';
import { makeKey, send } from './caller';

describe('the metrics page', () => {
  it('says what is late and how much, and nothing in words', () => {
    const text = metricsText({
      at: 1_700_000_000_500,
      checks: [
        { name: 'one', status: 'ok', detail: {} },
        {
          name: 'two "quoted"',
          status: 'parked',
          detail: {
            waits: 3,
            hris: { open: true, oldestAt: '2024-01-01T00:00:00.000Z', reason: 'in words' },
            nothing: null,
          },
        },
      ],
    });
    const values = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(values).toEqual([
      'guerdon_check{check="one"} 0',
      'guerdon_check{check="two \\"quoted\\""} 2',
      'guerdon_finding{check="two \\"quoted\\"",name="waits"} 3',
      'guerdon_finding{check="two \\"quoted\\"",name="hris.open"} 1',
      'guerdon_finding{check="two \\"quoted\\"",name="hris.oldestAt"} 1704067200',
      'guerdon_checked_timestamp_seconds 1700000000.5',
    ]);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it('is OpenMetrics over every check, for whoever may read', async () => {
    const { key } = await makeKey(['viewer']);
    const heard = await send('GET', '/v1/metrics', { key });
    expect(heard.status).toBe(200);
    expect(heard.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1/);
    const health = await send('GET', '/v1/health');
    for (const { name } of health.body.checks as { name: string }[]) {
      expect(heard.text).toContain(`guerdon_check{check="${name}"} `);
    }
    const sample = /^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+(\.\d+)?$/;
    for (const line of heard.text.trim().split('\n'))
      expect(line).toMatch(/^#/.test(line) ? /^# (TYPE|HELP|UNIT|EOF)/ : sample);
    expect((await send('GET', '/v1/metrics')).status).toBe(401);
  });
});
