/**
 * Every cell of role × kind of review: who decides what waits for a person. Each is asked with a
 * review of its own that nobody caused and nobody gains by, so that the role alone decides.
 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../../src/access/role';
import { REVIEW_KINDS } from '../../src/compose';
import { commit } from '../../src/ledger/client';
import { reviewRows } from '../../src/reviews/review';
import { makeKeysFirst, NO_ROLE } from '../access/cells';
import { DECIDES, DECISION, LEFT_BEHIND, MAY, named } from '../access/matrix';
import { ADMIN_TOKEN, faultsOfProblem, makeKey, send } from '../http/caller';

const keys = makeKeysFirst();
let reader: string;
let opened = 0;

beforeAll(async () => {
  reader = (await makeKey(['viewer'])).key;
});

/** A review of this kind, whose outcomes write nothing but the decision. */
async function open(kind: string): Promise<string> {
  opened += 1;
  const rows = reviewRows(
    {
      kind,
      cause: `r${opened}`,
      subject: 'agent:aaaaaaaaaaaaaaaa',
      openedAt: Date.now(),
      person: null,
      actor: 'tests',
      reason: null,
      salt: 'salt',
      evidence: {},
      parties: [],
      outcomes: { APPROVED: { rows: [] }, REJECTED: { rows: [] } },
    },
    env.SECRETS_KEY,
  );
  expect((await commit(env, { rows }, Date.now())).verdict).toBe('committed');
  return rows[0]?.id ?? '';
}

const decide = (id: string, key: string | undefined, decision = 'APPROVE') =>
  send('POST', `/v1/reviews/${id}/decision`, { key, body: { decision, reason: 'looked at it' } });

const stateOf = async (id: string): Promise<unknown> =>
  (await send('GET', `/v1/reviews/${id}`, { key: reader })).body.state;

for (const [kind, roles] of Object.entries(DECIDES)) {
  describe(`a review of kind ${kind}`, () => {
    for (const role of [...ROLES, NO_ROLE]) {
      const may = named(roles, role);
      it(`is ${may ? '' : 'not '}decided by ${role}`, async () => {
        for (const decision of ['APPROVE', 'REJECT'] as const) {
          const id = await open(kind);
          const heard = await decide(id, keys.get(role)?.key, decision);
          const made = decision === 'APPROVE' ? 'APPROVED' : 'REJECTED';
          expect([heard.status, await stateOf(id)]).toEqual(may ? [200, made] : [403, 'OPEN']);
          expect(may ? [] : faultsOfProblem(heard)).toEqual([]);
        }
      });
    }

    it('is not decided without a key, nor with ADMIN_TOKEN', async () => {
      const id = await open(kind);
      expect((await decide(id, undefined)).status).toBe(401);
      expect((await decide(id, ADMIN_TOKEN)).status).toBe(403);
      expect(await stateOf(id)).toBe('OPEN');
    });
  });
}

describe('the table of roles and kinds of reviews', () => {
  it('has a line for every kind that there is', () => {
    const registered = REVIEW_KINDS.map(({ kind }) => kind);
    const lines = Object.keys(DECIDES).filter((kind) => kind !== LEFT_BEHIND);
    expect(registered.toSorted()).toEqual(lines.toSorted());
  });

  it('says together who may ask for a decision at all', () => {
    const deciding = ROLES.filter((role) =>
      Object.values(DECIDES).some((roles) => named(roles, role)),
    );
    expect(deciding.join(' ')).toBe(MAY[DECISION]);
  });
});
