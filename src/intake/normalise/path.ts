/**
 * Where a value stands in a body: an RFC 6901 pointer (`/detail/agent/id`) or dots
 * (`detail.agent.id`), list places by number. Total: a path that leads nowhere gives undefined.
 */
import * as z from 'zod';
import type { Json } from '../../events/event';
import { pointerStep } from '../../kernel/json';

export const pathSchema = z
  .string()
  .min(1)
  .max(200)
  .refine((path) => stepsOf(path).length <= 16, { message: 'a path has at most 16 steps' })
  .meta({ description: 'Where the value stands: `/a/b/0` (RFC 6901) or `a.b.0`' });

export function stepsOf(path: string): string[] {
  if (!path.startsWith('/')) return path.split('.');
  return path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a path, or undefined. Only own fields count. */
export function valueAt(body: Json, path: string): Json | undefined {
  let value: Json | undefined = body;
  for (const step of stepsOf(path)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Readonly<Record<string, Json>>)[step];
  }
  return value;
}

/** The path as a pointer into the body, as faults name it. */
export const pointerOf = (path: string): string => `#${stepsOf(path).map(pointerStep).join('')}`;
