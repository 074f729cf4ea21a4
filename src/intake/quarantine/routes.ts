/**
 * Routes of the quarantine: list, mend, replay, dismiss. What an operator sends on its way goes the
 * way of every event, with the time of its first receipt where it has none of its own, so doing it
 * twice changes nothing. Refuses to act on what is closed in another way.
 */
import * as z from 'zod';
import { bytesOfBody } from '../../events/quarantine';
import { plainText } from '../../http/fields';
import { encodeCursor, pageOf } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { fail, ok, type Result } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { configRow } from '../../ledger/config';
import { walkFields } from '../../ledger/walk/position';
import { randomHex } from '../../runtime/chance';
import type { IntakeEnv } from '../client';
import { unavailable } from '../door/client';
import { type Mapping, mappingSchema } from '../normalise/mapping';
import type { Owners } from '../owners/client';
import { SOURCE_ID } from '../sources/source';
import { readSource } from '../sources/store';
import { type Intake, takeItems } from '../webhooks/client';
import { cutBody } from '../webhooks/item';
import type { ItemVerdict } from '../webhooks/verdict';
import { ACT_KIND, ACTS, type Act, type Closing, isTaken, shownItem, shownVerdict } from './act';
import { type Listed, readListed, readQuarantinePage } from './store';

const params = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/) });

const itemSchema = z.looseObject({
  id: z.string(),
  sourceId: z.string(),
  reason: z.string(),
  state: z.enum(['OPEN', ...ACTS]),
  receivedAt: z.string(),
  eventId: z.string().nullable(),
  body: z.string().nullable(),
});

const actedSchema = z.object({
  id: z.string(),
  state: z.enum(['OPEN', ...ACTS]),
  results: z.array(z.looseObject({ status: z.string(), eventId: z.string().nullable() })),
});

type Call<E> = ParsedCall<E, { id: string }, unknown, unknown>;

export function quarantineRoutes<E extends IntakeEnv>(owners: Owners<E>): Route<E>[] {
  return [listItems(), getItem(), mendItem(owners), replayItem(owners), dismissItem()];
}

const listItems = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/quarantine',
    tag: 'Intake',
    summary: 'List what is authentic but not usable, newest first',
    permission: 'read',
    query: z.strictObject({
      ...walkFields,
      sourceId: z.string().regex(SOURCE_ID).optional(),
      reason: z
        .string()
        .regex(/^[A-Z_]{1,40}$/)
        .optional(),
      state: z.enum(['OPEN', ...ACTS, 'ALL']).default('OPEN'),
    }),
    answers: { 200: { description: 'A page of items.', schema: pageOf(itemSchema) } },
    async handle({ env, query: { limit, cursor, ...filter } }) {
      const page = await readQuarantinePage(env.DB, filter, cursor ?? null, limit);
      const items = page.items.map(({ row, closing }) => shownItem(row, closing));
      const nextCursor = page.nextCursor === null ? null : encodeCursor(page.nextCursor);
      return ok({ status: 200, body: { items, nextCursor } });
    },
  });

const getItem = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/quarantine/{id}',
    tag: 'Intake',
    summary: 'Read a quarantined item, its body whole',
    permission: 'read',
    params,
    answers: { 200: { description: 'The item.', schema: itemSchema } },
    async handle({ env, params: { id } }) {
      const found = await readListed(env.DB, id);
      if (found === null) return fail({ kind: 'not-found', what: 'quarantined item', id });
      return ok({ status: 200, body: shownItem(found.row, found.closing, true) });
    },
  });

const mendItem = <E extends IntakeEnv>(owners: Owners<E>): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/quarantine/{id}/mend',
    tag: 'Intake',
    summary: 'Send an item on its way under another mapping or with a corrected body',
    description:
      'The mapping counts for this item; write it to the source for those to come. When every ' +
      'event of it is taken, the item is closed; else it stays open and `results` say why.',
    permission: 'admin',
    params,
    body: z
      .strictObject({
        mapping: mappingSchema.optional(),
        body: z
          .union([z.record(z.string(), z.unknown()), z.array(z.unknown())])
          .optional()
          .meta({ description: 'Taken in place of what was sent' }),
        reason: plainText(1000).optional(),
      })
      .refine((given) => given.mapping !== undefined || given.body !== undefined, {
        message: 'give a mapping, a body, or both; else replay it',
      }),
    examples: { request: { body: { eventType: 'qa.score.updated' }, reason: 'typo in the type' } },
    answers: { 200: { description: 'What became of it.', schema: actedSchema } },
    handle: (call) => send(call, owners, { act: 'MENDED', ...call.body }),
  });

const replayItem = <E extends IntakeEnv>(owners: Owners<E>): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/quarantine/{id}/replay',
    tag: 'Intake',
    summary: 'Send an item on its way as it came',
    description: 'After its source was given another mapping, or an unknown agent was written.',
    permission: 'admin',
    params,
    answers: { 200: { description: 'What became of it.', schema: actedSchema } },
    handle: (call) => send(call, owners, { act: 'REPLAYED' }),
  });

const dismissItem = <E extends IntakeEnv>(): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/quarantine/{id}/dismiss',
    tag: 'Intake',
    summary: 'Close an item that nobody will use',
    permission: 'admin',
    params,
    body: z.strictObject({ reason: plainText(1000) }),
    examples: { request: { reason: 'test traffic of the sender' } },
    answers: { 200: { description: 'The item is closed.', schema: actedSchema } },
    async handle(call) {
      const found = await openItem(call, 'DISMISSED');
      if (!found.ok || !('row' in found.value)) return found as Result<Answer>;
      return close(call, { act: 'DISMISSED', reason: call.body.reason }, []);
    },
  });

/** The item while it is open; the answer it had where it is closed in the same way; else 409. */
async function openItem<E extends IntakeEnv>(
  { env, params: { id } }: Call<E>,
  act: Act,
): Promise<Result<Listed | Answer>> {
  const found = await readListed(env.DB, id);
  if (found === null) return fail({ kind: 'not-found', what: 'quarantined item', id });
  const state = found.closing?.content.act;
  if (state === undefined) return ok(found);
  if (state === act) return ok({ status: 200, body: { id, state, results: [] } });
  return fail({ kind: 'conflict', detail: `the item is closed: ${state}` });
}

interface Sending {
  readonly act: Act;
  readonly mapping?: Mapping | undefined;
  readonly body?: unknown;
  readonly reason?: string | undefined;
}

async function send<E extends IntakeEnv>(
  call: Call<E>,
  owners: Owners<E>,
  sending: Sending,
): Promise<Result<Answer>> {
  const found = await openItem(call, sending.act);
  if (!found.ok) return found;
  if (!('row' in found.value)) return ok(found.value);
  const intake = await intakeOf(call, owners, found.value, sending);
  if (!intake.ok) return intake;
  const verdicts = await takeAgain(intake.value, found.value, sending);
  if (verdicts.some(({ status }) => status === 'unavailable'))
    return unavailable('not every event of the item is kept yet');
  const closing: Closing = { act: sending.act, reason: sending.reason ?? null };
  return isTaken(verdicts) ? close(call, closing, verdicts) : record(call, closing, verdicts);
}

/** The source as it is now, read past every cache: an operator has just mended it. */
async function intakeOf<E extends IntakeEnv>(
  call: Call<E>,
  owners: Owners<E>,
  { row }: Listed,
  sending: Sending,
): Promise<Result<Intake<E>>> {
  const found = await readSource(call.env.DB, row.source);
  if (found === null) return fail({ kind: 'conflict', detail: `there is no source ${row.source}` });
  if (row.body === null || row.detail === null)
    return fail({ kind: 'conflict', detail: 'the body of the item was erased' });
  const { platform, namespace, events, mapping } = found.content;
  const corrected = sending.body !== undefined;
  return ok({
    call,
    owners,
    reading: {
      source: row.source,
      platform,
      namespace,
      events,
      mapping: sending.mapping ?? mapping,
    },
    signature: corrected ? `mended:${row.id.slice(0, 8)}` : row.detail.signature,
    keeps: false,
    undatedAt: row.receivedAt,
  });
}

async function takeAgain<E extends IntakeEnv>(
  intake: Intake<E>,
  { row }: Listed,
  { body }: Sending,
): Promise<ItemVerdict[]> {
  const encoding = row.detail?.encoding ?? 'utf8';
  const bytes =
    body === undefined
      ? bytesOfBody({ encoding, content: row.body ?? '' })
      : new TextEncoder().encode(JSON.stringify(body));
  const cut = cutBody(bytes, Number.POSITIVE_INFINITY);
  if (!cut.ok) {
    const { reason, faults } = cut.failure;
    return [{ status: 'quarantined', eventId: null, reason, faults, taken: [] }];
  }
  const messageId = row.detail?.messageId ?? null;
  return takeItems(
    intake,
    cut.value.items.map((item, index) => ({
      item,
      messageId: messageId !== null && cut.value.many ? `${messageId}/${index}` : messageId,
    })),
  );
}

/** Closes the item: one version, so that of two who close it at once one is told. */
function close<E extends IntakeEnv>(
  call: Call<E>,
  closing: Closing,
  verdicts: readonly ItemVerdict[],
): Promise<Result<Answer>> {
  const { id } = call.params;
  const row = configRow(
    {
      kind: ACT_KIND,
      name: id,
      version: 1,
      effectiveFrom: null,
      writtenAt: call.now,
      author: call.actor.person,
      content: closing,
    },
    randomHex(16),
  );
  return written(call, closing, verdicts, { rows: [row], state: closing.act });
}

const record = <E extends IntakeEnv>(
  call: Call<E>,
  closing: Closing,
  verdicts: readonly ItemVerdict[],
): Promise<Result<Answer>> => written(call, closing, verdicts, { rows: [], state: 'OPEN' });

function written<E extends IntakeEnv>(
  call: Call<E>,
  closing: Closing,
  verdicts: readonly ItemVerdict[],
  {
    rows,
    state,
  }: { readonly rows: readonly ReturnType<typeof configRow>[]; readonly state: string },
): Promise<Result<Answer>> {
  const { id } = call.params;
  const results = verdicts.map(shownVerdict);
  return submit(call, {
    rows,
    audit: {
      action: `QUARANTINE_${closing.act}`,
      subject: `quarantine:${id}`,
      detail: {
        state,
        reason: closing.reason,
        results: verdicts.map(({ status, eventId, reason }) => ({ status, eventId, reason })),
      },
    },
    answer: { status: 200, body: { id, state, results } },
  });
}
