/** Lines and delta report as files: no cell is run by a spreadsheet, and each names its own SHA-256. */
import { afterEach, expect, it } from 'vitest';
import { hashBytes } from '../../src/kernel/hash';
import { send } from '../http/caller';
import { PayStage } from './stage';

let stage: PayStage;

afterEach(() => stage.close());

it('lines and delta report go out as JSON, CSV and NDJSON with the SHA-256 of their bytes', async () => {
  stage = await PayStage.open();
  await stage.hire('=cmd');
  await stage.month('=cmd', { scores: [92.5] });
  const id = await stage.pay();
  await stage.result('=cmd', 63.5);
  await stage.cron();
  const beginnings = {
    lines: /^"'=cmd",CONFIRMED/,
    'delta-report': /^[a-z2-7]{16}\.VAR_PAY_Q4_2023\.2032-10\.0001,"'=cmd",/,
  };
  for (const [list, begins] of Object.entries(beginnings)) {
    for (const accept of ['application/json', 'text/csv', 'application/x-ndjson']) {
      const heard = await send('GET', `/v1/pay-runs/${id}/${list}`, {
        key: stage.keys.get('payroll'),
        headers: { Accept: accept },
      });
      expect([heard.status, heard.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining(accept),
      ]);
      const digest = Buffer.from(hashBytes(heard.text), 'hex').toString('base64');
      expect(heard.headers.get('content-digest')).toBe(`sha-256=:${digest}:`);
      const [first = '', second = ''] = heard.text.split(/\r?\n/);
      if (accept === 'text/csv') {
        expect(second).toMatch(begins);
        if (list === 'delta-report') expect(second).toContain(',-277.50,');
      }
      if (accept !== 'text/csv') expect(JSON.parse(first)).toBeTypeOf('object');
    }
  }
});
