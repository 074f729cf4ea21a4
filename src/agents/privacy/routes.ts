/**
 * `POST /v1/agents/{id}/pseudonymise`: the person is forgotten, the ledger is not. From the answer
 * on nobody is shown who the agent was; a run behind it empties what else names them, watches for a
 * day and then forgets the words it looked for. Refuses nothing that was asked for before: the same
 * request again answers how far it is.
 */
import * as z from 'zod';
import type { AccessEnv } from '../../access/client';
import { plainText } from '../../http/fields';
import { pageFrom, pageOf, pageQuery } from '../../http/paging';
import { type Answer, type ParsedCall, type Route, route } from '../../http/route';
import { absent } from '../../kernel/change-set';
import { printInstant } from '../../kernel/instant';
import { fail, ok, type Result } from '../../kernel/result';
import { submit } from '../../ledger/client';
import { type ConfigVersion, configRow } from '../../ledger/config';
import { randomHex } from '../../runtime/chance';
import { sealSecret } from '../../runtime/digest';
import { log, messageOf } from '../../runtime/log';
import { type Agent, agentIdText, agentSubject, ownAddress } from '../agent';
import { forgetCachedKeys, readAgentVersions, readHoldings } from '../store';
import { tombstones } from '../writing';
import { emptyDirectory, type Forgetting, goOn, type PrivacyEnv, PURPOSE } from './client';
import { ERASURE_KIND, type ErasureRequest } from './erasure';
import { addressesOfVersions, personOfVersions } from './person';
import { type ListedErasure, readErasure, readErasures } from './store';

export interface PrivacyRoutesEnv extends PrivacyEnv, AccessEnv {}

const erasureAnswer = z
  .object({
    agentKey: z.string().meta({ description: 'Under which the ledger goes on knowing the agent.' }),
    status: z.enum(['RUNNING', 'WATCHING', 'DONE']).meta({
      description:
        'RUNNING: rows are looked through. WATCHING: all were; what was on its way when it began ' +
        'is waited for, one day. DONE: nothing names the person.',
    }),
    requestedAt: z.string(),
    seal: z.int().meta({ description: 'Looked through up to this seal.' }),
    emptied: z.int(),
    left: z.int().meta({
      description: 'Rows of configuration that name the person in what they decide; write anew.',
    }),
  })
  .meta({ id: 'Erasure' });

const params = z.strictObject({ id: agentIdText.meta({ description: "The agent's id." }) });
const body = z.strictObject({ reason: plainText(1000) });

type Call<E> = ParsedCall<E, { id: string }, unknown, z.output<typeof body>>;

function shown({ request, mark }: ListedErasure): z.output<typeof erasureAnswer> {
  const isWatching = mark !== null && mark.caughtUpAt !== null;
  return {
    agentKey: request.name,
    status: mark?.done === true ? 'DONE' : isWatching ? 'WATCHING' : 'RUNNING',
    requestedAt: printInstant(request.writtenAt),
    seal: mark?.seal ?? 0,
    emptied: mark?.emptied ?? 0,
    left: mark?.left ?? 0,
  };
}

const pseudonymise = <E extends PrivacyRoutesEnv>(forgetting: Forgetting<E>): Route<E> =>
  route({
    method: 'POST',
    path: '/v1/agents/{id}/pseudonymise',
    tag: 'Agents',
    summary: 'Forget a person and keep the books',
    description:
      'Ledger, chain and totals hold under the agent key. Names, ids, contents and bodies that ' +
      'name the person are emptied; the ids lead to nobody for ever, so late events are ' +
      'quarantined without their body and the directory refuses them. Coaching sessions of the ' +
      'person stay as they were posted. Every row of the books is read once, about two rows read ' +
      'for each. Backups of the database keep what they hold for 30 days.',
    permission: 'compliance',
    params,
    body,
    examples: { request: { reason: 'request 2024-17 under the privacy policy' } },
    answers: {
      200: { description: 'It was asked for before: how far it is.', schema: erasureAnswer },
      202: { description: 'It has begun.', schema: erasureAnswer },
    },
    async handle(call) {
      const { env, params: asked } = call;
      const address = ownAddress(asked.id);
      const holding = (await readHoldings(env, [address])).get(address);
      const gone = holding?.erased ?? null;
      const before = gone === null ? null : await readErasure(env.DB, gone);
      if (before !== null) return ok({ status: 200, body: shown(before) });
      const agentKey = holding?.owner ?? null;
      if (agentKey === null) return fail({ kind: 'not-found', what: 'agent', id: asked.id });
      return begin(call, forgetting, agentKey);
    },
  });

async function begin<E extends PrivacyRoutesEnv>(
  call: Call<E>,
  forgetting: Forgetting<E>,
  agentKey: string,
): Promise<Result<Answer>> {
  const { env, now } = call;
  const versions = (await readAgentVersions(env.DB, agentKey)).map(({ content }) => content);
  const { request, rows, sealed } = await planned(call, agentKey, versions);
  const written = await submit(call, {
    rows,
    guards: [absent('config', rows[0]?.id ?? '')],
    audit: {
      action: 'AGENT_PSEUDONYMISED',
      subject: agentSubject(agentKey),
      detail: { reason: call.body.reason },
    },
    answer: { status: 202, body: shown({ request, mark: null }) },
  });
  forgetCachedKeys();
  if (!written.ok && written.failure.kind === 'conflict') {
    const first = await readErasure(env.DB, agentKey);
    return first === null ? written : ok({ status: 200, body: shown(first) });
  }
  if (!written.ok) return written;
  // What fails here is done by the next firing of cron.
  await emptyDirectory(env, agentKey, now).catch(unfinished);
  call.later(goOn(env, forgetting, { agentKey, sealed }, now).catch(unfinished));
  return written;
}

const unfinished = (thrown: unknown): void =>
  log('warn', 'erasure.left-to-cron', { message: messageOf(thrown) });

/** The request, and a tombstone for every address the person ever had and nobody else has now. */
async function planned<E extends PrivacyRoutesEnv>(
  { env, now, actor }: Call<E>,
  agentKey: string,
  versions: readonly Agent[],
) {
  const { words } = personOfVersions(agentKey, versions);
  const sealed = await sealSecret(env.SECRETS_KEY, PURPOSE, JSON.stringify(words));
  const request: ConfigVersion<ErasureRequest> = {
    kind: ERASURE_KIND,
    name: agentKey,
    version: 1,
    effectiveFrom: null,
    writtenAt: now,
    author: actor.person,
    content: { sealed },
  };
  const holdings = await readHoldings(env, addressesOfVersions(versions));
  const rows = [configRow(request, randomHex(16)), ...tombstones([...holdings.values()], agentKey)];
  return { request, rows, sealed };
}

const listErasures = <E extends PrivacyRoutesEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/erasures',
    tag: 'Agents',
    summary: 'List who was forgotten, by agent key, and how far each run is',
    permission: 'compliance',
    query: pageQuery,
    answers: { 200: { description: 'A page of erasures.', schema: pageOf(erasureAnswer) } },
    async handle({ env, query }) {
      const found = await readErasures(env.DB, query.cursor ?? null, query.limit + 1);
      const page = pageFrom(found, query.limit, ({ request }) => request.name);
      return ok({ status: 200, body: { ...page, items: page.items.map(shown) } });
    },
  });

/** Forgetting a person; `forgetting` is what compose knows of who holds what. */
export const privacyRoutes = <E extends PrivacyRoutesEnv>(
  forgetting: Forgetting<E>,
): readonly Route<E>[] => [pseudonymise(forgetting), listErasures()];
