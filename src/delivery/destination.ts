/**
 * A destination: one system that is told things, where it is, how we prove who we are and how fast
 * it wants to be asked. Decides the form it is kept in, what a preset takes for granted, and under
 * which id an agent is known there.
 * Refuses nothing; its body is checked where it comes in. Secrets are kept sealed.
 */
import type { SealedSecret } from '../access/secrets/secret';

export const DESTINATION_KIND = 'destination';
export const DESTINATION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

export const PRESETS = ['seed', 'genesys-cloud', 'cxone', 'hris', 'webhook'] as const;
/** Which operations there are and how each is said (DEC-21). */
export type PresetName = (typeof PRESETS)[number];

/** The runtime opens six connections at once. */
export const MOST_IN_FLIGHT = 6;

export type DestinationAuth =
  | { readonly type: 'none' }
  | { readonly type: 'bearer'; readonly token: SealedSecret }
  | { readonly type: 'basic'; readonly username: string; readonly password: SealedSecret }
  | {
      /** Client credentials; one token is used until it ends. */
      readonly type: 'oauth2';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: SealedSecret;
      readonly scope: string | null;
    }
  /** Every request carries the three headers of Standard Webhooks. */
  | { readonly type: 'signed'; readonly secret: SealedSecret };

export interface Destination {
  readonly preset: PresetName;
  readonly name: string | null;
  /** Address below which every path of the preset lies, without a slash at its end. */
  readonly url: string;
  /** Hosts that may be asked; those of `url` and of the token's address when none were named. */
  readonly hosts: readonly string[];
  readonly auth: DestinationAuth;
  /** What the preset's requests need beside a delivery's own fields, e.g. `schemaId`. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Requests in flight at once, 1 to 6. */
  readonly concurrency: number;
  /** Requests a minute and token; null: as many as it answers. */
  readonly ratePerMinute: number | null;
  /** Names the token that it shares with others: they have one budget of requests; absent: its own. */
  readonly rateGroup?: string;
  /** Seconds after which an open breaker lets one delivery through; null: only an operator does. */
  readonly probeSeconds: number | null;
  /** Whether it takes a second request with the same key for the first one. */
  readonly honoursKeys: boolean;
  /** Hours it remembers a key; one hour before that nothing is sent again blindly. */
  readonly keyLifeHours: number;
  readonly enabled: boolean;
}

export const DEFAULT_CONCURRENCY = 5;
export const DEFAULT_PROBE_SECONDS = 300;
export const DEFAULT_KEY_LIFE_HOURS = 24;

/** What a preset takes for granted where the body says nothing. */
export const PRESET_DEFAULTS: Readonly<
  Record<PresetName, Pick<Destination, 'ratePerMinute' | 'honoursKeys'>>
> = {
  // As the documents print it: the platform rejects a key it has seen, 429 when asked too fast.
  seed: { ratePerMinute: 300, honoursKeys: true },
  // 300 a minute and token, and no key of any kind.
  'genesys-cloud': { ratePerMinute: 300, honoursKeys: false },
  // Its limits differ by interface and contract: the documents' 300 until somebody writes another.
  cxone: { ratePerMinute: 300, honoursKeys: false },
  hris: { ratePerMinute: null, honoursKeys: true },
  // A subscriber tells repeats by `webhook-id`.
  webhook: { ratePerMinute: null, honoursKeys: true },
};

/** Names under which agents stand in the directory, where the destination's settings name none. */
const PLATFORMS = {
  'genesys-cloud': ['genesys-cloud', 'genesys'],
  cxone: ['cxone', 'nice-cxone'],
  seed: ['seed', 'genesys-cloud', 'genesys', 'cxone'],
  hris: [],
  webhook: [],
} as const satisfies Record<PresetName, readonly string[]>;

/** Platforms under whose ids somebody may be named beside the organisation's own. */
export const PLATFORM_NAMES: readonly string[] = [
  ...PLATFORMS['genesys-cloud'],
  ...PLATFORMS.cxone,
];

type Placed = Pick<Destination, 'preset' | 'settings'>;

/** Whom the directory knows, as far as it says under which ids others do. */
interface Known {
  readonly agentId: string;
  readonly platformIds: Readonly<Record<string, string>>;
}

/** Names of a destination's platform in the directory, the likeliest first. */
export const platformsOf = ({ preset, settings }: Placed): string[] => [
  ...(settings.platform === undefined ? [] : [String(settings.platform)]),
  ...PLATFORMS[preset],
];

/** The agent's id under one name of a platform. */
export const idUnder = (platform: string, { platformIds }: Known): string | undefined =>
  Object.hasOwn(platformIds, platform) ? platformIds[platform] : undefined;

/** The agent's id on the platform of a destination; null where the directory has none. */
export const platformIdOf = (agent: Known, destination: Placed): string | null =>
  platformsOf(destination).flatMap((name) => idUnder(name, agent) ?? [])[0] ?? null;

/** The same; the organisation's own id where the directory has none. */
export const userIdOf = (agent: Known, destination: Placed): string =>
  platformIdOf(agent, destination) ?? agent.agentId;

/**
 * Requests a minute of one of those who share a token: an even share of the least rate that any of
 * them states, so that nobody has to ask anybody before sending. Together they stay within the rate,
 * but for two minutes after one is switched on, and where more share it than it has requests: each
 * has at least one. Null: none of them states a rate.
 */
export function shareOf(sharers: readonly Pick<Destination, 'ratePerMinute'>[]): number | null {
  const rates = sharers.flatMap(({ ratePerMinute }) => ratePerMinute ?? []);
  return rates.length === 0 ? null : Math.max(1, Math.floor(Math.min(...rates) / sharers.length));
}

const HOUR_MS = 3_600_000;

/** Until when the same request may be sent again blindly; UTC ms. */
export const keyLivesUntil = (
  { keyLifeHours }: Pick<Destination, 'keyLifeHours'>,
  firstSentAt: number,
): number => firstSentAt + (keyLifeHours - 1) * HOUR_MS;
