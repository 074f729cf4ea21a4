/**
 * Operations as data: method, path, body and what the answer must repeat. Decides how fields are
 * put into a template. Refuses a request that lacks a field it needs, and a value that would make
 * its path another one. Texts in braces stand for
 * fields: `{name}` for one that must be there, `{name?}` for one that is left out where it is not,
 * `{settings.name}` for a setting of the destination, `{key}` for the idempotency key, and the
 * body `{*}` for all fields as they were given.
 */
import type { Json, JsonObject } from '../../events/event';
import { fail, ok, type Result } from '../../kernel/result';
import type { Echo, FrozenRequest } from '../intent';

/** How one finds out whether something arrived. Refuses to guess: what is not found may be late. */
export interface LookUp {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Json;
  /** Pointer to the list of candidates; the whole answer is the one candidate when absent. */
  readonly items?: string;
  /** The candidate that repeats the reference. */
  readonly match?: { readonly pointer: string; readonly how: 'equals' | 'contains' };
  /** The list comes in pages of so many, numbered from 1 by this parameter of the query. */
  readonly pages?: { readonly parameter: string; readonly size: number };
}

export interface Operation {
  readonly method: FrozenRequest['method'];
  readonly path: string;
  readonly body?: Json;
  /** Fields that a 2xx answer must repeat: pointer into the answer → name of the field. */
  readonly echoes?: Readonly<Record<string, string>>;
  /** Those that it may leave out, and must not say otherwise. */
  readonly mayEcho?: Readonly<Record<string, string>>;
  readonly lookUp?: LookUp;
  /** Pointer to a list that names what the target did not take; it must be empty or absent. */
  readonly refused?: string;
  /** The field that lists several things for one request, and the most it may list. */
  readonly batch?: { readonly field: string; readonly most: number };
  /** A 2xx without a JSON body is an answer here. */
  readonly silent?: boolean;
}

export type Operations = Readonly<Record<string, Operation>>;

interface Given {
  readonly fields: JsonObject;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly key: string | null;
}

const WHOLE = /^\{([A-Za-z0-9_.*]+)(\??)\}$/;
const PART = /\{([A-Za-z0-9_.]+)(\??)\}/g;

/** A field, a setting or the key; undefined where there is none. */
function fieldOf({ fields, settings, key }: Given, name: string): Json | undefined {
  if (name === '*') return fields;
  if (name === 'key') return key ?? undefined;
  if (name.startsWith('settings.')) return settings[name.slice('settings.'.length)];
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A field that is not there, or cannot stand where it is needed. */
class Missing extends Error {}

/** The exact request and the echoes of an operation; the failure names the field that is missing. */
export function render(
  operation: Pick<Operation, 'method' | 'path' | 'body' | 'echoes' | 'mayEcho' | 'batch'>,
  given: Given,
): Result<{ readonly request: FrozenRequest; readonly expect: readonly Echo[] }, string> {
  const { batch } = operation;
  const several = batch === undefined ? undefined : given.fields[batch.field];
  if (batch !== undefined && Array.isArray(several) && several.length > batch.most) {
    return fail(`at most ${batch.most} ${batch.field} in one request`);
  }
  try {
    const body = operation.body === undefined ? null : fill(operation.body, given);
    return ok({
      request: {
        method: operation.method,
        path: pathOf(operation.path, given),
        headers: headersOf(body !== null, given.key),
        body: body === null ? null : JSON.stringify(body),
      },
      expect: [
        ...echoesOf(operation.echoes ?? {}, given),
        ...echoesOf(operation.mayEcho ?? {}, given).map(
          (echo): Echo => ({ ...echo, mayLack: true }),
        ),
      ],
    });
  } catch (thrown) {
    if (thrown instanceof Missing) return fail(thrown.message);
    throw thrown;
  }
}

const headersOf = (hasBody: boolean, key: string | null): Record<string, string> => ({
  Accept: 'application/json',
  ...(hasBody && { 'Content-Type': 'application/json' }),
  ...(key !== null && { 'Idempotency-Key': key }),
});

/**
 * Values in a path are escaped; a question mark that nothing follows is left out. Nothing, `.` and
 * `..` are refused: whoever resolves the address takes a part away for them, escaped or not.
 */
function pathOf(template: string, given: Given): string {
  const [path = '', query] = splitQuery(template);
  const filled = path.replaceAll(PART, (_, name: string) => {
    const value = textOf(need(given, name));
    if (/^\.{0,2}$/.test(value)) throw new Missing(`"${value}" cannot be the ${name} of a path`);
    return encodeURIComponent(value);
  });
  if (query === undefined) return filled;
  const pairs = query.split('&').flatMap((pair) => queryPair(pair, given));
  return pairs.length === 0 ? filled : `${filled}?${pairs.join('&')}`;
}

/** `{name?}` holds a question mark too: the query begins at the first one outside of braces. */
function splitQuery(template: string): [string, string?] {
  const at = /^(?:[^{}?]|\{[^}]*\})*\?/.exec(template)?.[0].length;
  return at === undefined ? [template] : [template.slice(0, at - 1), template.slice(at)];
}

function queryPair(pair: string, given: Given): string[] {
  const [name = '', value = ''] = pair.split('=', 2);
  const [, field, optional] = WHOLE.exec(value) ?? [];
  if (field === undefined) return [pair];
  const found = fieldOf(given, field);
  if (found === undefined && optional === '?') return [];
  return [`${name}=${encodeURIComponent(textOf(need(given, field)))}`];
}

function fill(template: Json, given: Given): Json {
  if (typeof template === 'string') return fillText(template, given);
  if (Array.isArray(template)) return template.map((item: Json) => fill(item, given));
  if (typeof template !== 'object' || template === null) return template;
  const filled: Record<string, Json> = {};
  for (const [name, value] of Object.entries(template)) {
    const [, field, optional] = typeof value === 'string' ? (WHOLE.exec(value) ?? []) : [];
    const isAbsent = optional === '?' && fieldOf(given, field ?? '') === undefined;
    if (!isAbsent) filled[name] = fill(value as Json, given);
  }
  return filled;
}

function fillText(template: string, given: Given): Json {
  const [, field] = WHOLE.exec(template) ?? [];
  if (field !== undefined) return need(given, field);
  return template.replaceAll(PART, (_, name: string, optional: string) => {
    const found = fieldOf(given, name);
    return found === undefined && optional === '?' ? '' : textOf(need(given, name));
  });
}

function need(given: Given, name: string): Json {
  const found = fieldOf(given, name);
  if (found === undefined) {
    const kind = name.startsWith('settings.') ? 'the destination has no' : 'there is no field';
    throw new Missing(`${kind} ${name}`);
  }
  return found;
}

const textOf = (value: Json): string =>
  Array.isArray(value) ? value.map((one: Json) => textOf(one)).join(',') : String(value);

function echoesOf(echoes: Readonly<Record<string, string>>, given: Given): Echo[] {
  return Object.entries(echoes).flatMap(([pointer, field]): Echo[] => {
    const value = fieldOf(given, field);
    const isScalar = ['string', 'number', 'boolean'].includes(typeof value);
    return isScalar ? [{ pointer, value: value as Echo['value'] }] : [];
  });
}
