/** What doctor makes of a deployment that lacks something. */
import { describe, expect, it } from 'vitest';
import {
  anchorFinding,
  bindingFindings,
  cronFinding,
  type Diagnosis,
  destinationFindings,
  healthFindings,
  migrationFinding,
  secretFindings,
  skewFinding,
} from '../../src/cli/verbs/findings.ts';

const NOON = Date.UTC(2024, 8, 15, 12);
const well: Diagnosis = {
  at: '2024-09-15T12:00:00.000Z',
  clockSet: false,
  secrets: [{ name: 'SECRETS_KEY', state: 'PRESENT' }],
  bindings: [{ name: 'DB', fault: null }],
  destinations: [{ name: 'hris', fault: null }],
  migrations: ['0001.sql', '0002.sql'],
  crons: ['7 * * * *'],
};

describe('doctor', () => {
  it('names the secret that is missing, and one that is too short', () => {
    const secrets = [
      { name: 'A', state: 'MISSING' },
      { name: 'B', state: 'SHORT' },
      { name: 'C', state: 'PRESENT' },
    ];
    expect(secretFindings({ ...well, secrets }).map(({ state }) => state)).toEqual([
      'FAILS',
      'LATE',
      'OK',
    ]);
  });

  it('repeats what a binding that does not answer said', () => {
    const bindings = [{ name: 'DB', fault: 'no such database' }];
    expect(bindingFindings({ ...well, bindings })).toEqual([
      { check: 'binding DB', state: 'FAILS', says: 'no such database' },
    ]);
  });

  it('tells which destination does not answer, and fails nothing for it', () => {
    const destinations = [
      { name: 'hris', fault: 'timeout' },
      { name: 'genesys', fault: null },
    ];
    expect(destinationFindings({ ...well, destinations })).toEqual([
      { check: 'destination hris', state: 'LATE', says: 'timeout' },
      { check: 'destination genesys', state: 'OK', says: 'answers' },
    ]);
  });

  it('names migrations that are not applied, or not known here', () => {
    expect(migrationFinding(well, ['0001.sql', '0002.sql']).state).toBe('OK');
    expect(migrationFinding(well, ['0001.sql', '0002.sql', '0003.sql'])).toMatchObject({
      state: 'FAILS',
      says: 'not applied: 0003.sql',
    });
    expect(migrationFinding(well, ['0001.sql'])).toMatchObject({ state: 'LATE' });
    expect(migrationFinding({ ...well, migrations: null }, [])).toMatchObject({ state: 'FAILS' });
  });

  it('names triggers that only one side knows', () => {
    expect(cronFinding(well, ['7 * * * *']).state).toBe('OK');
    expect(cronFinding(well, []).says).toBe('wrangler.toml does not fire 7 * * * *');
    expect(cronFinding(well, ['7 * * * *', '1 1 * * *']).says).toBe(
      'the Worker does not know 1 1 * * *',
    );
  });

  it('compares clocks, unless a sandbox has set its own', () => {
    const states = [0, 4_000, 30_000, 61_000].map((off) => skewFinding(well, NOON - off).state);
    expect(states).toEqual(['OK', 'OK', 'LATE', 'FAILS']);
    expect(skewFinding({ ...well, clockSet: true }, 0).state).toBe('OK');
  });

  it('misses the daily anchor after two days', () => {
    const taken = (takenAt: string) => anchorFinding(well, { day: '', takenAt }).state;
    expect(anchorFinding(well, null).state).toBe('LATE');
    expect(taken('2024-09-14T02:23:00.000Z')).toBe('OK');
    expect(taken('2024-09-13T02:23:00.000Z')).toBe('LATE');
  });

  it('lets what is late pass and what is parked or stuck fail', () => {
    const checks = ['ok', 'late', 'parked', 'stuck'].map((status) => ({
      name: status,
      status,
      detail: { count: 1 },
    }));
    expect(healthFindings({ checks }).map(({ state }) => state)).toEqual([
      'OK',
      'LATE',
      'FAILS',
      'FAILS',
    ]);
  });
});
