/** What the commands refuse, and in which words. */
import { describe, expect, it } from 'vitest';
import { isAdminToken } from '../../src/access/identity.ts';
import { isShown } from '../../src/cli/engine/logs.ts';
import { readSecrets, readServeFlags, UsageError } from '../../src/cli/flags.ts';

describe('the flags of serve', () => {
  it('have defaults', () => {
    const { port, state } = readServeFlags([], 'usage');
    expect(port).toBe(8787);
    expect(state).toMatch(/\.guerdon.state$/);
  });

  it('are read in both forms', () => {
    expect(readServeFlags(['--port', '1', '--state=/d'], 'usage')).toEqual({
      port: 1,
      state: '/d',
    });
  });

  it('are refused when they are unknown or no port', () => {
    for (const args of [
      ['--prot', '1'],
      ['x'],
      ['--port', '0'],
      ['--port', '65536'],
      ['--port', 'a'],
    ]) {
      expect(() => readServeFlags(args, 'usage'), args.join(' ')).toThrow(UsageError);
    }
  });
});

/** As short as one may be. */
const TOKEN = 'a'.repeat(16);

describe('the secrets of the environment', () => {
  it('are handed on', () => {
    const env = { ADMIN_TOKEN: TOKEN, SECRETS_KEY: 's', PATH: '/bin' };
    expect(readSecrets(env)).toEqual({ ADMIN_TOKEN: TOKEN, SECRETS_KEY: 's' });
  });

  it('are refused where the Worker would take no request with them', () => {
    expect(() => readSecrets({ ADMIN_TOKEN: 'abcde', SECRETS_KEY: 's' })).toThrow(
      'ADMIN_TOKEN has 5 characters; it needs at least 16',
    );
    expect(isAdminToken(TOKEN.slice(1), TOKEN.slice(1))).toBe(false);
    expect(isAdminToken(TOKEN, TOKEN)).toBe(true);
  });

  it('are named when they are missing, with a way to make one', () => {
    expect(() => readSecrets({ ADMIN_TOKEN: 'a', SECRETS_KEY: '' })).toThrow(
      /^SECRETS_KEY is not set[^\n]*\nmake one: {2}export SECRETS_KEY=/,
    );
    expect(() => readSecrets({})).toThrow(/ADMIN_TOKEN is not set.*\nSECRETS_KEY is not set/);
  });
});

describe('lines of the runtime', () => {
  it('are dropped where they tell of what was handled, and shown otherwise', () => {
    expect(isShown({ level: 'error', message: 'NOSENTRY SQLite alarm moved' }, false)).toBe(false);
    expect(isShown({ level: 'info', message: '{"level":"info"}' }, false)).toBe(true);
    expect(isShown({ level: 'info', message: '{"level":"info"}' }, true)).toBe(false);
    expect(isShown({ level: 'error', message: 'out of memory' }, true)).toBe(true);
  });
});
