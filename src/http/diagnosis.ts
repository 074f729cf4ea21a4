/**
 * What a deployment has and what it lacks, for `npm run cli -- doctor`: secrets by name, bindings by
 * one harmless call each, destinations likewise, migrations and triggers as the deployment knows them. Never shows a
 * secret; a binding that throws is named and hides no other.
 */
import * as z from 'zod';
import { printInstant } from '../kernel/instant';
import { ok } from '../kernel/result';
import { messageOf } from '../runtime/log';
import { type Route, route } from './route';

export interface Probe<E> {
  readonly name: string;
  /** One harmless call; throws when the binding is not there or does not answer. */
  call(env: E, now: number): Promise<unknown>;
}

export interface Diagnosed<E> {
  /** Secrets and the least characters of each. */
  readonly secrets: readonly {
    readonly name: string;
    readonly least: number;
    of(env: E): string | undefined;
  }[];
  readonly bindings: readonly Probe<E>[];
  /** One harmless call to everything outside that we speak to. */
  destinations(
    env: E,
    now: number,
  ): Promise<readonly { readonly name: string; readonly fault: string | null }[]>;
  /** Names of the migrations that were applied to the database, in order. */
  migrations(env: E): Promise<readonly string[]>;
  readonly crons: readonly string[];
}

const answer = z
  .object({
    at: z.string(),
    clockSet: z.boolean().meta({ description: 'True while a sandbox clock stands still.' }),
    secrets: z.array(
      z.object({ name: z.string(), state: z.enum(['PRESENT', 'MISSING', 'SHORT']) }),
    ),
    bindings: z.array(z.object({ name: z.string(), fault: z.string().nullable() })),
    destinations: z
      .array(z.object({ name: z.string(), fault: z.string().nullable() }))
      .nullable()
      .meta({ description: 'Null when they could not be read.' }),
    migrations: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Null when they could not be read.' }),
    crons: z.array(z.string()),
  })
  .meta({ id: 'Diagnosis' });

/** `GET /v1/diagnosis` → secrets, bindings, destinations, migrations and triggers, 200 in any case. */
export function diagnosisRoute<E>(asked: Diagnosed<E>): Route<E> {
  return route({
    method: 'GET',
    path: '/v1/diagnosis',
    tag: 'Operation',
    summary: 'Say what this deployment has and lacks',
    description: 'Read by `npm run cli -- doctor`. Secrets are named and never shown.',
    permission: 'admin',
    answers: { 200: { description: 'What was found.', schema: answer } },
    async handle({ env, now, clockSet }) {
      const secrets = asked.secrets.map(({ name, least, of }) => ({
        name,
        state: stateOf(of(env), least),
      }));
      const bindings = await Promise.all(asked.bindings.map((probe) => tried(probe, env, now)));
      const migrations = await asked.migrations(env).catch(() => null);
      const destinations = await asked.destinations(env, now).catch(() => null);
      const body = { at: printInstant(now), clockSet, secrets, bindings, destinations, migrations };
      return ok({ status: 200, body: { ...body, crons: asked.crons } });
    },
  });
}

function stateOf(secret: string | undefined, least: number): 'PRESENT' | 'MISSING' | 'SHORT' {
  if (secret === undefined || secret === '') return 'MISSING';
  return secret.length < least ? 'SHORT' : 'PRESENT';
}

async function tried<E>({ name, call }: Probe<E>, env: E, now: number) {
  try {
    await call(env, now);
    return { name, fault: null };
  } catch (thrown) {
    return { name, fault: messageOf(thrown) };
  }
}
