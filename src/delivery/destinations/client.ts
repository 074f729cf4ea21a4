/**
 * Seals what a PUT of a destination brings over what is kept of the version before. Decides nothing;
 * refuses nothing: what is asked for was checked.
 */
import { sealFor } from '../../access/secrets/client';
import type { SealedSecret } from '../../access/secrets/secret';
import { invariant } from '../../kernel/result';
import type { DeliveryEnv } from '../client';
import { DESTINATION_KIND, type Destination, type DestinationAuth } from '../destination';
import { secretOf } from '../sending/client';
import type { AuthDraft, Draft } from './body';

export async function sealDestination(
  env: Pick<DeliveryEnv, 'SECRETS_KEY'>,
  id: string,
  draft: Draft,
  present: Destination | null,
): Promise<Destination> {
  const auth = draft.auth === null ? null : await sealAuth(env, id, draft.auth, present);
  return { ...draft.settings, auth: auth ?? present?.auth ?? { type: 'none' } };
}

async function sealAuth(
  env: Pick<DeliveryEnv, 'SECRETS_KEY'>,
  id: string,
  { auth, secret }: AuthDraft,
  present: Destination | null,
): Promise<DestinationAuth> {
  if (auth.type === 'none') return auth;
  const sealed =
    secret === null
      ? secretOf(present?.auth ?? { type: 'none' })
      : await sealFor(env.SECRETS_KEY, DESTINATION_KIND, id, secret);
  invariant(sealed !== null, 'a secret that is given or kept');
  return sealedAuth(auth, sealed);
}

function sealedAuth(
  auth: Exclude<AuthDraft['auth'], { type: 'none' }>,
  sealed: SealedSecret,
): DestinationAuth {
  switch (auth.type) {
    case 'bearer':
      return { type: auth.type, token: sealed };
    case 'basic':
      return { type: auth.type, username: auth.username, password: sealed };
    case 'oauth2': {
      const { type, tokenUrl, clientId, scope = null } = auth;
      return { type, tokenUrl, clientId, clientSecret: sealed, scope };
    }
    case 'signed':
      return { type: auth.type, secret: sealed };
  }
}
