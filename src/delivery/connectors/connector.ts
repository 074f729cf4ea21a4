/**
 * What a destination can be asked for, and how. Decides the exact bytes of a request, which fields
 * its answer must repeat and how it is looked up. Refuses operations that its preset does not have.
 */
import type { JsonObject } from '../../events/event';
import { fail, ok, type Result } from '../../kernel/result';
import type { Destination, PresetName } from '../destination';
import type { Echo, FrozenRequest } from '../intent';
import { CXONE } from './cxone';
import { GENESYS_CLOUD } from './genesys';
import { HRIS } from './hris';
import { type LookUp, type Operation, type Operations, render } from './operation';
import { SEED } from './seed';
import { WEBHOOK } from './webhook';

const CONNECTORS: Readonly<Record<PresetName, Operations>> = {
  seed: SEED,
  'genesys-cloud': GENESYS_CLOUD,
  cxone: CXONE,
  hris: HRIS,
  webhook: WEBHOOK,
};

/** Settings a preset has where the destination names none. */
const SETTINGS: Readonly<Partial<Record<PresetName, Destination['settings']>>> = {
  'genesys-cloud': { schemaVersion: 1 },
  cxone: { apiVersion: 'v31.0' },
};

export interface Rendered {
  readonly request: FrozenRequest;
  readonly expect: readonly Echo[];
}

export const operationOf = (preset: PresetName, operation: string): Operation | null =>
  Object.hasOwn(CONNECTORS[preset], operation) ? (CONNECTORS[preset][operation] ?? null) : null;

/** How many things one request may carry; 1 where it takes one at a time. */
export const batchSizeOf = (destination: Destination, operation: string): number =>
  operationOf(destination.preset, operation)?.batch?.most ?? 1;

/**
 * The exact request of an operation and what its answer must repeat, to be frozen in an intent.
 * The failure says in words which operation or field is missing. `idempotencyKey` travels as the
 * header Idempotency-Key; null where updates are absolute.
 */
export function renderRequest(
  destination: Destination,
  operation: string,
  fields: JsonObject,
  idempotencyKey: string | null,
): Result<Rendered, string> {
  const found = operationOf(destination.preset, operation);
  if (found === null) return fail(`the preset ${destination.preset} has no ${operation}`);
  return render(found, { fields, settings: settingsOf(destination), key: idempotencyKey });
}

const settingsOf = ({ preset, settings }: Destination): Destination['settings'] => ({
  ...SETTINGS[preset],
  ...settings,
});

/** The request that asks whether something arrived, or null where the target cannot be asked. */
export function renderLookUp(
  destination: Destination,
  operation: string,
  asked: { readonly fields: JsonObject; readonly key: string },
): Result<{ readonly request: FrozenRequest; readonly lookUp: LookUp }, string> {
  const lookUp = operationOf(destination.preset, operation)?.lookUp;
  if (lookUp === undefined) return fail('the target cannot be asked what arrived');
  const rendered = render(lookUp, { ...asked, settings: settingsOf(destination) });
  if (!rendered.ok) return rendered;
  const { 'Idempotency-Key': _, ...headers } = rendered.value.request.headers;
  return ok({ request: { ...rendered.value.request, headers }, lookUp });
}
