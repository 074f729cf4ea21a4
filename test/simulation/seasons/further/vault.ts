/**
 * Cold storage of a history: takes exports of archives and keeps them, in a memory that no crash of
 * ours reaches. Fails before it has kept one and after. `brokenVault` says what must be true: nothing
 * stands in the archive that was not kept there before, and it is the same.
 */
import { endsAt } from '../../../oracle/seasons';
import type { Books } from '../../books';
import { unitOf } from '../../chance';
import type { History } from '../../history';
import { POINT } from '../plan';
import type { SeasonsPlayer } from '../system';
import { rowsOf, runsOf } from '../truth';

export const VAULT = 'season-vault';

const FATES = ['unavailable before', 'unavailable after', 'timeout after', 'too fast'] as const;
type Fate = (typeof FATES)[number];
const SURE = 2;

export const VAULT_TROUBLES: readonly string[] = FATES.map((fate) => `season vault ${fate}`);

interface Export {
  readonly run: string;
  readonly count: number;
  readonly items: readonly {
    readonly agent_id: string;
    readonly tier: string;
    readonly points_accumulated: number;
    readonly archive_timestamp: string;
  }[];
}

export class Vault {
  /** What was sent under each key, the same bytes every time. */
  readonly kept = new Map<string, string>();
  readonly complaints: string[] = [];
  /** Set when the faults of a history end. */
  calm = false;
  readonly #history: History;
  readonly #odds: number;
  #asked = 0;

  constructor(history: History, odds: number) {
    this.#history = history;
    this.#odds = odds;
  }

  async answer(request: Request): Promise<Response> {
    const body = await request.text();
    const key = request.headers.get('idempotency-key') ?? '';
    const fate = this.#fate();
    if (fate !== null) this.#history.trouble(`season vault ${fate}`);
    if (fate === 'unavailable before') return new Response('', { status: 503 });
    if (fate === 'too fast') return new Response('', { status: 429 });
    const before = this.kept.get(key);
    if (before !== undefined && before !== body)
      this.complaints.push(`S1 export ${key}: two bodies under one key`);
    this.kept.set(key, body);
    if (fate === 'unavailable after') return new Response('', { status: 502 });
    if (fate === 'timeout after') throw new TypeError('Network connection lost.');
    return new Response('');
  }

  #fate(): Fate | null {
    this.#asked += 1;
    if (this.calm) return null;
    const { seed } = this.#history.plan;
    // Most are asked once or twice: these fail, in one way and then in another.
    const first = Math.floor(unitOf(`${seed} vault`) * FATES.length);
    if (this.#asked <= SURE) return FATES[(first + this.#asked) % FATES.length] ?? null;
    const drawn = unitOf(`${seed} vault ${this.#asked}`);
    if (drawn >= this.#odds) return null;
    return FATES[Math.floor((drawn / this.#odds) * FATES.length)] ?? null;
  }
}

/** Cold storage behind a destination of its own; others answer their own hosts. */
export async function openVault(history: History, odds: number): Promise<Vault> {
  const { world, plan } = history;
  const vault = new Vault(history, odds);
  const { outside } = world.board;
  world.board.outside = (host, request) =>
    host.startsWith(`${VAULT}.`) || outside === null
      ? vault.answer(request)
      : outside(host, request);
  await world.must('PUT', `/v1/destinations/${VAULT}`, {
    preset: 'webhook',
    url: `https://${VAULT}.example.com/archive`,
    auth: { type: 'bearer', token: `canary-vault-${plan.seed}-0123456789` },
  });
  return vault;
}

/** S2: nobody is archived before the export of them is confirmed, and it says what the archive says. */
export function brokenVault({ part, history, vault }: SeasonsPlayer, books: Books): string[] {
  if (vault === null) return [];
  const broken = [...vault.complaints];
  const exports = new Map(
    rowsOf(books, 'deliveries')
      .map(({ id, content }) => ({ id: String(id), ...JSON.parse(String(content)) }))
      .filter(({ operation }) => operation === 'season-export')
      .map(({ id, idempotencyKey }) => [id, idempotencyKey as string]),
  );
  const sealOf = new Map(
    rowsOf(books, 'delivery_outcomes').map((row) => [String(row.id), Number(row.seal)]),
  );
  const at = new Date(endsAt(part.season) - 1000).toISOString().replace('.000Z', 'Z');
  const names = new Map(
    (books.all.get('config') ?? [])
      .filter(({ kind }) => kind === 'agent')
      .map(({ name, content }) => [String(name), JSON.parse(String(content)).agentId as string]),
  );
  for (const run of runsOf(books).filter(({ wave }) => wave === 'RESET')) {
    const archived = rowsOf(books, 'season_archive').filter((row) => row.run === run.id);
    const found = new Map<string, string>();
    let confirmedAt = 0;
    for (const [id, key] of exports) {
      const said = JSON.parse(vault.kept.get(key) ?? '{"items":[]}') as Export;
      if (said.run !== run.id.split('/')[1]) continue;
      confirmedAt = Math.max(confirmedAt, sealOf.get(`${id}.CONFIRMED`) ?? Number.MAX_SAFE_INTEGER);
      if (said.count !== said.items.length) broken.push(`S1 export ${key}: ${said.count} counted`);
      for (const { agent_id, tier, points_accumulated, archive_timestamp } of said.items)
        found.set(agent_id, `${tier} ${points_accumulated} ${archive_timestamp}`);
    }
    for (const row of archived) {
      const agentId = names.get(String(row.id).split('.')[1] ?? '') ?? '';
      const wanted = `${row.tier} ${Number(row.points) / POINT} ${at}`;
      if (found.get(agentId) !== wanted)
        broken.push(`S1 ${row.id}: exported as ${found.get(agentId)}, archived as ${wanted}`);
      if (Number(row.seal) < confirmedAt)
        broken.push(`S1 ${row.id}: before the export was confirmed`);
    }
    if (history.waited && found.size !== archived.length)
      broken.push(`S1 ${run.id}: ${found.size} exported, ${archived.length} archived`);
    if (run.ended !== null && archived.length > 0 && run.ended.exported !== 'confirmed')
      broken.push(`S1 ${run.id}: the export was ${run.ended.exported}`);
  }
  return broken;
}
