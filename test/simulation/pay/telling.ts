/**
 * What must be true of how agents hear of their pay (P10): of each line that was paid, and of no
 * other, once, with what was paid; by the road that the plan names.
 */
import type { Books } from '../books';
import { outcomesOf } from '../delivery/truth';
import type { PayPlayer } from './player';
import { cents, commitOf, runsOf, type Sent, wasPaid } from './reading';

export const PLATFORM_OF_PAY = 'platform-of-pay';

/** What was said of one line, by notice or by platform. */
interface Said {
  readonly line: string;
  /** In cents; null where the text was emptied. */
  readonly amount: bigint | null;
  /** Of a platform: `<user> <body>` and what became of it. */
  readonly update: string | null;
  readonly outcome: string | null;
}

const lineOf = ({ run, agentKey }: Sent): string => `${run}/${agentKey}`;

/** Notices of a kind about lines of pay. */
const noticesOf = (books: Books, kind: string): Said[] =>
  (books.all.get('notices') ?? [])
    .filter((row) => row.kind === kind)
    .map(({ subject, content }) => {
      const said = JSON.parse(String(content ?? null)) as { amount: string } | null;
      const amount = said === null ? null : cents(Number(said.amount));
      const line = String(subject).slice('pay-line:'.length);
      return { line, amount, update: null, outcome: null };
    });

interface Intent {
  readonly request: { readonly path: string; readonly body: string };
}

function platformOf(books: Books): Said[] {
  const outcomes = outcomesOf(books);
  const own = (books.all.get('deliveries') ?? []).filter(
    ({ destination }) => destination === PLATFORM_OF_PAY,
  );
  return own.map(({ id, subject, content }) => {
    const line = String(subject).slice('pay-told:'.length);
    const outcome = outcomes.get(String(id)) ?? null;
    const intent = JSON.parse(String(content ?? null)) as Intent | null;
    if (intent === null) return { line, amount: null, update: null, outcome };
    const { path, body } = intent.request;
    const user = path.split('/').at(-2) ?? '';
    const { attributes } = JSON.parse(body) as {
      attributes: { variable_pay_amount: string };
    };
    const amount = cents(Number(attributes.variable_pay_amount));
    return { line, amount, update: `${user} ${body}`, outcome };
  });
}

/** P10: each line of `lines` is said once, and nothing else is. */
function saidOnce(
  road: string,
  said: readonly Said[],
  lines: readonly Sent[],
  netOf: (line: Sent) => bigint | null,
): string[] {
  const bySubject = Map.groupBy(said, ({ line }) => line);
  const wanted = new Set(lines.map(lineOf));
  return [
    ...said
      .filter(({ line }) => !wanted.has(line))
      .map(({ line }) => `P10 ${line}: told by ${road}, and it is not so`),
    ...lines.flatMap((line) => {
      const own = bySubject.get(lineOf(line)) ?? [];
      if (own.length !== 1) return [`P10 ${lineOf(line)}: told ${own.length} times by ${road}`];
      const [amount, net] = [own[0]?.amount ?? null, netOf(line)];
      return amount === null || net === null || amount === net
        ? []
        : [`P10 ${lineOf(line)}: told of ${amount} by ${road}, paid ${net}`];
    }),
  ];
}

/** Whatever was told, the platform has taken in the end, and it has taken nothing else. */
function taken({ platform, history }: PayPlayer, said: readonly Said[]): string[] {
  const known = new Set(said.map(({ update }) => update));
  const strangers = [...platform.taken].filter((update) => !known.has(update));
  const isEmptied = known.has(null);
  return [
    ...(isEmptied ? [] : strangers.map((update) => `P10 told what nobody ordered: ${update}`)),
    ...said.flatMap(({ line, update, outcome }) => {
      if (outcome === 'CONFIRMED' && update !== null && !platform.taken.has(update)) {
        return [`P10 ${line}: confirmed, and the platform was not told`];
      }
      const isOpen = history.waited && outcome !== 'CONFIRMED';
      return isOpen ? [`INV-12 ${line}: its agent was told, ${outcome ?? 'no outcome'}`] : [];
    }),
  ];
}

export function toldRightly(player: PayPlayer, books: Books, sent: readonly Sent[]): string[] {
  const tells = new Map(player.part.plans.map(({ id, tell }) => [id, tell]));
  const ways = new Map(runsOf(books).map(({ name, planId }) => [name, tells.get(planId)]));
  const nets = new Map(player.hris.commits.map(commitOf).map(({ key, net }) => [key, net]));
  const netOf = ({ key }: Sent): bigint | null => nets.get(key) ?? null;
  const paidBy = (way: string): Sent[] =>
    sent.filter((line) => wasPaid(line) && ways.get(line.run) === way);
  const [notices, platform] = [noticesOf(books, 'pay.line.confirmed'), platformOf(books)];
  if (notices.length > 0) player.history.trouble('pay told by notice');
  // What is given up posts what a refusal posts, unless its content went with a person before.
  const isGivenUp = ({ outcome }: Sent): boolean => outcome === 'ABANDONED' || outcome === 'FOUND';
  const erased = new Set(player.forgotten.values());
  const emptied = new Set(
    sent.filter((line) => isGivenUp(line) && erased.has(line.agentKey)).map(lineOf),
  );
  const refused = sent.filter(
    (line) =>
      (line.outcome === 'REJECTED' || isGivenUp(line)) &&
      ways.get(line.run) !== 'NONE' &&
      !emptied.has(lineOf(line)),
  );
  const refusals = noticesOf(books, 'pay.line.rejected').filter(({ line }) => !emptied.has(line));
  return [
    ...saidOnce('notice', notices, paidBy('NOTICE'), netOf),
    ...saidOnce('platform', platform, paidBy('PLATFORM'), netOf),
    ...saidOnce('notice of refusal', refusals, refused, () => null),
    ...taken(player, platform),
  ];
}
