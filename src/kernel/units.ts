/**
 * What an amount counts, and how many decimal places its smallest part has. Amounts are integers
 * of that smallest part everywhere inside; decimal text with the unit at the edge. Refuses unknown
 * currencies and amounts finer than the unit: input is never rounded silently.
 */
import { parseDecimal, toScaled } from './decimal';
import { invariant } from './result';

/** `POINTS/<category>`, an ISO 4217 code, or `HOURS`. */
export type Unit = string;

export const POINTS_SCALE = 4;
const HOURS_SCALE = 2;
const CATEGORY = /^[A-Za-z0-9_-]{1,60}$/;

/* ISO 4217 minor units. A table and not Intl: CLDR's digits differ from ISO for 16 live currencies. */
const ZERO = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF';
const THREE = 'BHD IQD JOD KWD LYD OMR TND';
const FOUR = 'CLF UYW';
const TWO =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD ' +
  'CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS ' +
  'GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL ' +
  'MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK ' +
  'PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS ' +
  'TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG';

const MINOR_UNITS: ReadonlyMap<string, number> = new Map(
  [
    [ZERO, 0],
    [TWO, 2],
    [THREE, 3],
    [FOUR, 4],
  ].flatMap(([codes, places]) =>
    String(codes)
      .split(' ')
      .map((code): [string, number] => [code, Number(places)]),
  ),
);

/** Decimal places of a currency's minor unit, or null for a code ISO 4217 does not list. */
export const minorUnits = (currency: string): number | null => MINOR_UNITS.get(currency) ?? null;

export const pointsUnit = (category: string): Unit => `POINTS/${category}`;

/** Decimal places of a unit's smallest part, or null when there is no such unit. */
export function scaleOf(unit: Unit): number | null {
  if (unit === 'HOURS') return HOURS_SCALE;
  if (unit.startsWith('POINTS/')) return CATEGORY.test(unit.slice(7)) ? POINTS_SCALE : null;
  return minorUnits(unit);
}

/** An amount in the unit's smallest part from decimal text or a JSON number; null when it has none. */
export function parseAmount(value: unknown, unit: Unit): bigint | null {
  const scale = scaleOf(unit);
  const decimal = parseDecimal(value);
  return scale === null || decimal === null ? null : toScaled(decimal, scale);
}

/** Decimal text of an amount, without trailing zeros for points and hours, in full for currencies. */
export function printAmount(amount: bigint | number, unit: Unit): string {
  const scale = scaleOf(unit);
  invariant(scale !== null, `a known unit, not ${unit}`);
  const value = BigInt(amount);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const places = digits.slice(digits.length - scale);
  const shown = minorUnits(unit) === null ? places.replace(/0+$/, '') : places;
  return `${value < 0n ? '-' : ''}${whole}${shown === '' ? '' : `.${shown}`}`;
}
