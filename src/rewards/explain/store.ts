/** What stands behind the funding of a reward pool: which version of it, and who wrote it. Reads only. */
import { printInstant } from '../../kernel/instant';
import { printAmount } from '../../kernel/units';
import type { Explainer, Told } from '../../ledger/explain';
import { readVersions } from '../../ledger/store';
import { POOL_KIND, type Pool } from '../pool';

/** `reward-pool/<id>/<version>` */
const CAUSE = new RegExp(`^${POOL_KIND}/([A-Za-z0-9_-]{1,64})/(\\d{6})$`);

export const poolExplainer: Explainer<{ readonly DB: D1Database }> = {
  kind: 'reward-pool',
  matches: (cause) => CAUSE.test(cause),
  async explain({ DB: db }, cause) {
    const [, poolId = '', version = ''] = CAUSE.exec(cause) ?? [];
    const versions = await readVersions<Pool>(db, POOL_KIND, poolId);
    const written = versions.find((one) => one.version === Number(version));
    if (written === undefined) return null;
    const { unit, funded } = written.content;
    return {
      poolId,
      version: written.version,
      funded: printAmount(funded, unit),
      unit,
      writtenAt: printInstant(written.writtenAt),
      by: written.author === '' ? null : written.author,
    };
  },
  tell: async (_env, entries) =>
    new Map(
      entries.map(({ id, cause }): [string, Told] => {
        const poolId = CAUSE.exec(cause)?.[1] ?? '';
        return [id, { about: { poolId }, why: `The pool ${poolId} was funded.` }];
      }),
    ),
};
