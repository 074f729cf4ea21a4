/**
 * What keeps Wrangler and its kin quiet: no telemetry, no error reports, no look-up of where the
 * machine stands, no banner with news of updates, no question. Set before any of them is loaded.
 */
export const QUIET_TOOLS: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_SEND_ERROR_REPORTS: 'false',
  WRANGLER_HIDE_BANNER: 'true',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  CI: '1',
};
