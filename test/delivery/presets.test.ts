/** How fast platforms are asked where nobody says. */
import { expect, it } from 'vitest';
import { PRESET_DEFAULTS } from '../../src/delivery/destination';

it('platforms that are told tiers are asked 300 times a minute and token by default', () => {
  for (const preset of ['seed', 'genesys-cloud', 'cxone'] as const) {
    expect(PRESET_DEFAULTS[preset].ratePerMinute, preset).toBe(300);
  }
});
