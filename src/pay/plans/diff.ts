/**
 * What differs between two versions of a plan, field by field. Decides the path under which a
 * difference is named; refuses nothing.
 */
import { pointerStep } from '../../kernel/json';

export interface Difference {
  /** RFC 6901 pointer into the plan, e.g. `/quality_tiers/0/multiplier`. */
  readonly path: string;
  /** Null where the field is absent. */
  readonly from: unknown;
  readonly to: unknown;
}

/** Every leaf that is not the same, in the order of the fields. */
export function differences(from: unknown, to: unknown, path = ''): Difference[] {
  if (isTree(from) && isTree(to) && Array.isArray(from) === Array.isArray(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) =>
      differences(own(from, name), own(to, name), path + pointerStep(name)),
    );
  }
  return from === to ? [] : [{ path, from: from ?? null, to: to ?? null }];
}

type Tree = Readonly<Record<string, unknown>>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

const own = (tree: Tree, name: string): unknown =>
  Object.hasOwn(tree, name) ? tree[name] : undefined;
