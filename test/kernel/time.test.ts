import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill/implementation';
import { describe, expect, test } from 'vitest';
import {
  civilDay,
  FIRST_INSTANT_MS,
  isDay,
  LAST_INSTANT_MS,
  parseDay,
  parseInstant,
  printInstant,
} from '../../src/kernel/instant';
import { isZone, localDay, startOfLocalDay } from '../../src/kernel/zone';

describe('an instant', () => {
  test.each([
    ['2024-09-15T14:30:00Z', Date.UTC(2024, 8, 15, 14, 30)],
    ['2024-09-15t14:30:00.1z', Date.UTC(2024, 8, 15, 14, 30, 0, 100)],
    ['2024-09-15T14:30:00.123456789+02:00', Date.UTC(2024, 8, 15, 12, 30, 0, 123)],
    ['2024-02-29T00:00:00-0530', Date.UTC(2024, 1, 29, 5, 30)],
  ])('is read from %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  test.each([
    '2024-09-15',
    '2024-09-15T14:30:00',
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-09-15T24:00:00Z',
    '2024-09-15T14:60:00Z',
    '2024-09-15T14:30:00+24:00',
    'now',
    '',
  ])('is not made of %j', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  test('is printed as the platform prints it, over eight thousand years', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST_INSTANT_MS, max: LAST_INSTANT_MS }), (instant) => {
        expect(printInstant(instant)).toBe(new Date(instant).toISOString());
        expect(parseInstant(printInstant(instant))).toBe(instant);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '9999-12-31T23:59:59-01:00',
    '9999-01-01T00:00:00Z',
    '1970-01-01T23:59:59Z',
    '0001-01-01T00:00:00Z',
  ])('of %s lies beyond what can be reckoned with in every zone', (text) => {
    expect(parseInstant(text)).toBeNull();
    expect(isDay(text.slice(0, 10))).toBe(false);
  });

  test('of a day knows leap years', () => {
    expect(parseDay('2000-02-29')).not.toBeNull();
    expect(parseDay('1900-02-29')).toBeNull();
    expect(civilDay(0)).toBe('1970-01-01');
    expect(civilDay(-1)).toBe('1969-12-31');
  });
});

describe('a local day', () => {
  const zones = [
    'Etc/UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/Sao_Paulo',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Apia',
    'America/Havana',
    'Asia/Beirut',
    'Pacific/Chatham',
  ];
  test('begins where Temporal says, in zones with every kind of summer', () => {
    for (const zone of zones) {
      for (let day = 0; day < 366; day += 1) {
        const date = Temporal.PlainDate.from('2024-01-01').add({ days: day });
        const expected = date.toZonedDateTime({ timeZone: zone }).startOfDay().epochMilliseconds;
        expect(startOfLocalDay(date.toString(), zone), `${zone} ${date}`).toBe(expected);
        expect(localDay(expected, zone)).toBe(date.toString());
        expect(localDay(expected - 1, zone)).not.toBe(date.toString());
      }
    }
  });

  test('that a zone skipped whole begins with the next', () => {
    expect(startOfLocalDay('2011-12-30', 'Pacific/Apia')).toBe(
      startOfLocalDay('2011-12-31', 'Pacific/Apia'),
    );
  });

  test('of 23 and of 25 hours has them', () => {
    const length = (day: string, next: string): number =>
      (startOfLocalDay(next, 'Europe/Berlin') - startOfLocalDay(day, 'Europe/Berlin')) / 3_600_000;
    expect(length('2024-03-31', '2024-04-01')).toBe(23);
    expect(length('2024-10-27', '2024-10-28')).toBe(25);
  });

  test('needs a zone that exists', () => {
    expect(isZone('Europe/Berlin')).toBe(true);
    expect(isZone('Mars/Olympus')).toBe(false);
  });
});
