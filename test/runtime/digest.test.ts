import { describe, expect, test, vi } from 'vitest';
import { jittered } from '../../src/runtime/chance';
import { within } from '../../src/runtime/clock';
import { openSecret, sealSecret, signHmac, verifyHmac } from '../../src/runtime/digest';
import { log, messageOf } from '../../src/runtime/log';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('an HMAC', () => {
  test('is that of RFC 4231, case 2', async () => {
    const mac = await signHmac(bytes('Jefe'), [bytes('what do ya want '), bytes('for nothing?')]);
    expect(Buffer.from(mac).toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(await verifyHmac(bytes('Jefe'), [bytes('what do ya want for nothing?')], mac)).toBe(
      true,
    );
    expect(await verifyHmac(bytes('Jefe!'), [bytes('what do ya want for nothing?')], mac)).toBe(
      false,
    );
  });

  test('is refused under an empty key', async () => {
    await expect(signHmac(new Uint8Array(), [bytes('x')])).rejects.toThrow();
  });
});

describe('a secret at rest', () => {
  test('opens under its key and purpose and under no other', async () => {
    const sealed = await sealSecret('a-key', 'source:a', 'whsec_canary');
    expect(sealed).not.toContain('canary');
    expect(await openSecret('a-key', 'source:a', sealed)).toBe('whsec_canary');
    expect(await openSecret('b-key', 'source:a', sealed)).toBeNull();
    expect(await openSecret('a-key', 'source:b', sealed)).toBeNull();
    expect(await openSecret('a-key', 'source:a', 'not base64 at all')).toBeNull();
  });

  test('is never sealed alike twice', async () => {
    expect(await sealSecret('k', 'p', 'same')).not.toBe(await sealSecret('k', 'p', 'same'));
  });
});

describe('a log line', () => {
  test('is JSON and leaves out fields whose name could hold a secret', () => {
    const lines: string[] = [];
    const spy = vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(line));
    log('info', 'test.event', {
      requestId: 'r',
      bearerToken: 'canary',
      signatureHeader: 'canary',
      rawBody: 'canary',
    });
    spy.mockRestore();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'info', event: 'test.event', requestId: 'r' },
    ]);
  });

  test('has a message for anything thrown', () => {
    expect(messageOf(new Error('outer', { cause: new Error('inner') }))).toBe('inner');
    expect(messageOf('text')).toBe('something that is no Error was thrown');
    expect(messageOf(new Error('x'.repeat(1000)))).toHaveLength(300);
  });
});

describe('waiting', () => {
  test('answers otherwise when work is late or fails', async () => {
    expect(await within(1, new Promise<string>(() => undefined), 'late')).toBe('late');
    expect(await within(1000, Promise.reject(new Error('no')), 'failed')).toBe('failed');
    expect(await within(1000, Promise.resolve('done'), 'late')).toBe('done');
  });

  test('is spread over half to one and a half of its length', () => {
    for (let count = 0; count < 100; count += 1) {
      expect(jittered(1000)).toBeGreaterThanOrEqual(500);
      expect(jittered(1000)).toBeLessThanOrEqual(1500);
    }
  });
});
