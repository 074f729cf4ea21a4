/**
 * The organisation's settings: the zone in which its days begin, its currency and the first day of
 * its week. There is one organisation per deployment. Refuses zones and currencies that do not exist.
 */
import * as z from 'zod';
import { minorUnits } from '../kernel/units';
import { isZone } from '../kernel/zone';

export const ORGANISATION_KIND = 'organisation';
export const ORGANISATION_NAME = 'settings';

export interface Organisation {
  /** IANA name. */
  readonly timeZone: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly weekStart: 'MONDAY' | 'SUNDAY';
}

/** In force until settings are written. */
export const DEFAULT_ORGANISATION: Organisation = {
  timeZone: 'Etc/UTC',
  currency: 'USD',
  weekStart: 'MONDAY',
};

/** `Area/City` or a name such as `UTC`; an offset is no zone, it knows no summer. */
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;
export const zoneName = z
  .string()
  .refine((zone) => ZONE_NAME.test(zone) && isZone(zone), 'an IANA time zone');

export const organisationBody = z
  .strictObject({
    timeZone: zoneName.meta({ examples: ['Europe/Berlin'] }),
    currency: z
      .string()
      .refine((code) => minorUnits(code) !== null, 'a currency code of ISO 4217')
      .default(DEFAULT_ORGANISATION.currency),
    weekStart: z.enum(['MONDAY', 'SUNDAY']).default(DEFAULT_ORGANISATION.weekStart),
  })
  .meta({ id: 'Organisation' });
