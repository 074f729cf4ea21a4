/**
 * Who may import whom: the order of the feature folders, and what each role file may touch.
 * A feature imports only from folders to its left, types included, and `kernel` always.
 */
import { posix } from 'node:path';
import type { Source } from './source.ts';

export const FEATURES = [
  'kernel',
  'runtime',
  'durable',
  'http',
  'ledger',
  'access',
  'agents',
  'calendar',
  'events',
  'delivery',
  'quality',
  'reviews',
  'rewards',
  'points',
  'boards',
  'goals',
  'pay',
  'seasons',
  'routing',
  'books',
  'intake',
  'sandbox',
  'cli',
] as const;

/** Entry files know the whole Worker; the sandbox's lays its own parts over the deployed one. */
export const ENTRIES = ['src/sandbox/index.ts'];

/** Rooms that hold no features: their files have no roles, only their place in the order counts. */
const BASE = ['kernel', 'runtime', 'durable', 'http', 'sandbox', 'cli'];

const ROLES = ['schema', 'store', 'object', 'client', 'routes', 'jobs'] as const;

type Role = (typeof ROLES)[number] | 'noun';
type Kind =
  | Role
  | 'durable'
  | 'runtime'
  | 'http'
  | 'hono'
  | 'zod'
  | 'drizzle'
  | 'cloudflare'
  | 'node'
  | 'library';

/** The one file of `durable` that is arithmetic alone. */
const PURE = 'src/durable/due';

/** What each role may import beside `kernel`. */
const MAY: Readonly<Record<Role, readonly Kind[]>> = {
  noun: ['noun', 'zod', 'http', 'node', 'library'],
  schema: ['drizzle'],
  store: ['schema', 'store', 'noun', 'drizzle', 'runtime', 'http', 'durable'],
  object: ['noun', 'store', 'durable', 'runtime', 'client', 'cloudflare'],
  client: ['noun', 'store', 'durable', 'runtime', 'client', 'http', 'object'],
  routes: ['noun', 'store', 'client', 'http', 'zod', 'hono', 'runtime', 'durable', 'routes'],
  jobs: ['noun', 'store', 'client', 'durable', 'runtime', 'http'],
};

export interface Import {
  readonly from: Source;
  readonly specifier: string;
  /** Path from the root without extension for a file of ours, else null. */
  readonly target: string | null;
  readonly typeOnly: boolean;
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function importsOf(from: Source): Import[] {
  const found = [
    ...[...from.uncommented.matchAll(STATEMENT)].map(([, type, specifier]) => ({
      typeOnly: type !== undefined,
      specifier: specifier ?? '',
    })),
    ...[...from.uncommented.matchAll(DYNAMIC)].map(([, specifier]) => ({
      typeOnly: false,
      specifier: specifier ?? '',
    })),
  ];
  return found.map((each) => ({ ...each, from, target: targetOf(from.path, each.specifier) }));
}

function targetOf(path: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return posix.join(posix.dirname(path), specifier).replace(/\.(ts|mjs|json)$/, '');
}

/** The feature folder of a path under `src`, or null for a file at its top. */
export function featureOf(path: string): string | null {
  const [, folder, file] = path.split('/');
  return file === undefined ? null : (folder ?? null);
}

/** A sentence for an import against the order of the folders, or null. */
export function againstOrder({ from, target }: Import): string | null {
  if (target === null || ENTRIES.includes(from.path)) return null;
  const own = featureOf(from.path);
  if (own === null) return null;
  const other = featureOf(target);
  if (other === null) return `${from.path} imports ${target}, which knows every feature`;
  const order = FEATURES as readonly string[];
  if (other === 'kernel' || order.indexOf(other) <= order.indexOf(own)) return null;
  return `${from.path} imports ${target}: ${other} stands right of ${own}`;
}

export const roleOf = (path: string): Role =>
  ROLES.find((role) => posix.basename(path).replace(/\.ts$/, '') === role) ?? 'noun';

/** A sentence for an import that the file's role does not allow, or null. */
export function againstRole(each: Import): string | null {
  const { from, specifier, target, typeOnly } = each;
  const feature = featureOf(from.path);
  if (feature === null || BASE.includes(feature)) return null;
  const role = roleOf(from.path);
  const kind = kindOf(specifier, target);
  if (kind === 'kernel') return null;
  if (kind === 'store' && role === 'noun' && typeOnly) return null;
  if (kind === 'object' && !typeOnly) return `${from.path} imports ${specifier} as a value`;
  return MAY[role].includes(kind) ? null : `${from.path} (${role}) imports ${specifier} (${kind})`;
}

function kindOf(specifier: string, target: string | null): Kind | 'kernel' {
  if (target !== null) {
    const feature = featureOf(target);
    if (feature === 'kernel') return 'kernel';
    if (target === PURE) return 'noun';
    if (feature === 'durable' || feature === 'runtime' || feature === 'http') return feature;
    return roleOf(target);
  }
  const [, scheme] = /^(cloudflare|node):/.exec(specifier) ?? [];
  if (scheme === 'cloudflare' || scheme === 'node') return scheme;
  const [library] = specifier.split('/');
  if (library === 'hono' || library === 'zod') return library;
  return library === 'drizzle-orm' ? 'drizzle' : 'library';
}
