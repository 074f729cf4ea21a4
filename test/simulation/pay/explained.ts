/**
 * What must be true of how pay explains itself: every line names its plan, results, steps, key and
 * answer, every delta stands in some explanation, and the reconciliation finds no difference.
 */
import { agentIds, type Books } from '../books';
import type { SeenRun } from './look';
import type { PayPlayer } from './player';
import { deltasOf, type Sent } from './reading';

/** What was found after it had been given up is confirmed. */
const toldOf = (one: Sent | undefined): string | null =>
  one?.outcome === 'FOUND' ? 'CONFIRMED' : (one?.outcome ?? null);

/** P14: every line explains itself: plan, results, steps, key, answer, every delta. */
export function explained(player: PayPlayer, books: Books, sent: readonly Sent[]): string[] {
  const ids = agentIds(books);
  const bySubject = new Map(sent.map((one) => [`${one.run} ${ids.get(one.agentKey)}`, one]));
  const named = new Set<string>();
  const told = new Set<string>();
  const lines = player.looked.runs.flatMap((seen) =>
    seen.lines.flatMap((line) => {
      if (line.agentId === null) return [];
      const { explained: because, status } = line;
      for (const { deltaId } of because.deltas ?? []) told.add(deltaId);
      const one = bySubject.get(`${seen.runId} ${line.agentId}`);
      if (one !== undefined) named.add(one.key);
      const holds: readonly (readonly [string, boolean])[] = [
        ['an answer', status === 200],
        [
          'its plan',
          because.plan?.hash === seen.planHash && because.plan.version === seen.planVersion,
        ],
        ['its steps', (because.steps?.length ?? 0) > 0],
        [
          'its results',
          // A result may name one who was forgotten, and is emptied with what is theirs.
          player.forgotten.size > 0 ||
            (because.facts?.results ?? []).every(({ result }) => result !== null),
        ],
        ['its key', (because.delivery?.idempotencyKey ?? null) === (one?.key ?? null)],
        ['its outcome', (because.delivery?.outcome ?? null) === toldOf(one)],
        ['its request', one === undefined || because.delivery?.request !== null],
        ['its answer', one?.outcome !== 'CONFIRMED' || because.delivery?.answer !== null],
      ];
      return holds
        .filter(([, holdsIt]) => !holdsIt)
        .map(([what]) => `P14 ${seen.runId} ${line.agentId}: without ${what}`);
    }),
  );
  // Nobody can ask for the lines of one who was forgotten.
  const gone = new Set(player.forgotten.values());
  const unexplained = [
    ...sent.filter(({ key, agentKey }) => !named.has(key) && !gone.has(agentKey)),
    ...deltasOf(books)
      .filter(({ id, agentKey }) => !told.has(id) && !gone.has(agentKey))
      .map(({ id }) => ({ key: id })),
  ].map(({ key }) => key);
  return [...lines, ...unexplained.map((what) => `P14 ${what}: nothing explains it`)];
}

/** P9: in the end the two sides agree, line by line. */
export const reconciled = ({ runId, reconciliation, lines }: SeenRun): string[] => {
  if (reconciliation === null) return [];
  const wanted = {
    missingThere: 0,
    unknownHere: 0,
    amountDiffers: 0,
    paidTwice: 0,
    employeeDiffers: 0,
    uncertain: 0,
    complete: true,
    confirmed: lines.filter(({ state }) => state === 'CONFIRMED').length,
  };
  return Object.entries(wanted)
    .filter(([name, value]) => reconciliation[name] !== value)
    .map(([name, value]) => `P9 ${runId}: ${name} ${reconciliation[name]}, not ${value}`);
};
