/**
 * Everything a settlement must know, read before its step in as few round trips as D1 allows, and
 * the facts of a completion: as an earlier decision froze them, else as the directory knew them at
 * the coaching's time (DEC-7, DEC-9). Writes nothing; a fault of D1 throws.
 */
import { readOrganisation } from '../../../access/store';
import type { Agent } from '../../../agents/agent';
import { readAgentVersions, readErasedKeys, resolveAgentKeys } from '../../../agents/store';
import type { SeasonDates } from '../../../calendar/season';
import { readSeasonsAt } from '../../../calendar/store';
import type { Copy } from '../../../calendar/succession';
import { type JsonObject, type KeptEvent, recordOf } from '../../../events/event';
import { readEvents } from '../../../events/store';
import type { ChangeSet } from '../../../kernel/change-set';
import { fractionOfDecimal } from '../../../kernel/fraction';
import { DAY_MS } from '../../../kernel/instant';
import { periodOf } from '../../../kernel/period';
import { localDay } from '../../../kernel/zone';
import { inForce } from '../../../ledger/config';
import { readAllVersions } from '../../../ledger/store';
import { baselineBefore, meanAfter } from '../../../quality/result';
import { BASELINE_DAYS, readResults } from '../../../quality/store';
import type { Claim } from '../../guards/claim';
import { cappedCategories, reachOf } from '../../guards/reach';
import { readClaims } from '../../guards/store';
import { DEFAULT_PROGRAMME, PROGRAMME_KIND, type Programme } from '../../programmes/programme';
import { RULE_KIND, type Rule } from '../../rules/rule';
import type { Decision, Frozen, Measure } from '../decision';
import { completionOf } from '../fold';
import type { Known } from '../settlement';
import { readDecisionLog } from '../store';
import { closingSet, isClosing } from './closing';

export interface SettlementEnv {
  readonly DB: D1Database;
  readonly SECRETS_KEY: string;
}

/** What D1 knows before a settlement, and what of the object's own events it does not hold yet. */
export interface Recalled {
  readonly known: Known;
  /** Events of the object that D1 lacks. */
  readonly missing: readonly KeptEvent[];
  /** Events of the object whose id D1 holds with other content or for another coaching session. */
  readonly clashing: readonly KeptEvent[];
  /** Seasons that nobody has written yet and points are to stand in: they are written first. */
  readonly copies: readonly Copy<SeasonDates>[];
}

/** Reads all a settlement needs: own events, decisions, rules, settings, and the frozen facts. */
export async function recall(
  env: SettlementEnv,
  session: string,
  held: readonly KeptEvent[],
  now: number,
): Promise<Recalled> {
  const [{ past, erasedUpTo }, rules, programmes] = await Promise.all([
    readDecisionLog(env.DB, session),
    readAllVersions<Rule>(env.DB, RULE_KIND),
    readAllVersions<Programme>(env.DB, PROGRAMME_KIND),
  ]);
  const heldIds = held.map((event) => event.id);
  const ids = [...new Set([...past.flatMap((decision) => decision.events), ...heldIds])];
  const stored = new Map((await readEvents(env.DB, ids)).map((event) => [event.id, event.kept]));
  const clashing = held.filter((event) => clashes(event, stored.get(event.id), session));
  const missing = held.filter((event) => !stored.has(event.id));
  const own = [...stored.values()].filter((kept) => kept !== null && kept.subject === session);
  const events = [...own.flatMap((kept) => kept ?? []), ...missing];
  const gone = held.filter((event) => stored.get(event.id) === null);
  const closed = { session, events: [...events, ...gone], decisions: past, rules, programmes };
  const isClosed =
    erasedUpTo !== null || past.some(isClosing) || [...stored.values()].includes(null);
  if (isClosed) {
    const known = { ...closed, frozen: null, closed: { last: erasedUpTo ?? 0 } };
    return { known, missing, clashing, copies: [] };
  }
  const completion = completionOf(events);
  const { frozen, copies } =
    completion === null
      ? { frozen: null, copies: [] }
      : await freeze(env, completion, past, programmes, now);
  if (completion !== null && frozen === null && (await namesErased(env, completion))) {
    const known = { ...closed, frozen: null, closed: { last: 0 } };
    return { known, missing, clashing, copies: [] };
  }
  const claims =
    completion === null || frozen === null
      ? []
      : await readCompeting(env.DB, frozen, completion.occurredAt, programmes);
  return {
    known: { session, events, decisions: past, rules, programmes, frozen, claims },
    missing,
    clashing,
    copies,
  };
}

/** What must be written before a coaching session is emptied; null where nothing must. */
export async function readClosing(
  db: D1Database,
  session: string,
  salt: string,
  now: number,
): Promise<ChangeSet | null> {
  const { past, erasedUpTo } = await readDecisionLog(db, session);
  return closingSet(past, erasedUpTo ?? 0, salt, now);
}

/** The mentor's claims that bear on this coaching; programmes without caps cost no read. */
async function readCompeting(
  db: D1Database,
  { mentorKey, day }: Frozen,
  instant: number,
  programmes: Known['programmes'],
): Promise<Claim[]> {
  const read = await Promise.all(
    cappedCategories(programmes, instant).map((category) =>
      readClaims(db, mentorKey, category, reachOf(programmes, category, day)),
    ),
  );
  return read.flat();
}

const clashes = (held: KeptEvent, stored: KeptEvent | null | undefined, session: string): boolean =>
  stored !== undefined &&
  stored !== null &&
  (stored.subject !== session || stored.contentHash !== held.contentHash);

/** The facts of a completion, and the seasons that must be written before they count. */
type Frozenly = { readonly frozen: Frozen | null } & Pick<Recalled, 'copies'>;

const NOTHING_FROZEN: Frozenly = { frozen: null, copies: [] };

/**
 * The facts of a completion: as an earlier decision froze them, else as the directory knew them at
 * the coaching's time. Null while mentor or mentee is unknown.
 */
async function freeze(
  env: SettlementEnv,
  completion: KeptEvent,
  past: readonly Decision[],
  programmes: Known['programmes'],
  now: number,
): Promise<Frozenly> {
  const before = past.findLast((decision) => decision.frozen?.completion === completion.id)?.frozen;
  const looked = before === undefined ? await lookUp(env, completion, now) : null;
  const found = before ?? looked?.frozen ?? null;
  if (found === null) return NOTHING_FROZEN;
  const measures: Record<string, Measure> = {};
  for (const days of daysOfMeasuring(programmes, completion.occurredAt)) {
    const done = found.measures[days];
    measures[days] = done?.done === true ? done : await measure(env, completion, found, days, now);
  }
  return { frozen: { ...found, measures }, copies: looked?.copies ?? [] };
}

function daysOfMeasuring(programmes: Known['programmes'], instant: number): Set<number> {
  const byName = Map.groupBy(programmes, (programme) => programme.name);
  const live = [...byName.values()].flatMap((versions) => inForce(versions, instant) ?? []);
  return new Set([
    DEFAULT_PROGRAMME.measurementDays,
    ...live.map(({ content }) => content.measurementDays),
  ]);
}

const personsOf = ({ event: { data, platform } }: KeptEvent) =>
  [data.mentorId, data.menteeId].map((id) => ({ platform, id: String(id) }));

const namesErased = async (env: SettlementEnv, completion: KeptEvent): Promise<boolean> =>
  (await readErasedKeys(env, personsOf(completion))).some((key) => key !== null);

async function lookUp(env: SettlementEnv, completion: KeptEvent, now: number): Promise<Frozenly> {
  const { event, occurredAt } = completion;
  const [mentorKey, menteeKey] = await resolveAgentKeys(env, personsOf(completion));
  if (mentorKey == null || menteeKey == null) return NOTHING_FROZEN;
  const [mentor, mentee, organisation, { seasons, copies }] = await Promise.all([
    readAgentVersions(env.DB, mentorKey),
    readAgentVersions(env.DB, menteeKey),
    readOrganisation(env.DB),
    readSeasonsAt(env.DB, occurredAt, now),
  ]);
  const given = recordOf(event.data.mentee).scoreBefore ?? null;
  const day = localDay(occurredAt, organisation.timeZone);
  const results = await readResults(
    env.DB,
    menteeKey,
    occurredAt - BASELINE_DAYS * DAY_MS,
    occurredAt,
  );
  const frozen: Frozen = {
    completion: completion.id,
    mentorKey,
    menteeKey,
    day,
    week: periodOf('WEEKLY', day, organisation.weekStart).firstDay,
    span: spanOf(completion),
    ...(Object.keys(seasons).length > 0 && { seasons }),
    mentor: factsOf(inForce(mentor, occurredAt)?.content),
    mentee: factsOf(inForce(mentee, occurredAt)?.content),
    before: given === null ? baselineBefore(results, occurredAt) : exact(given),
    measures: {},
  };
  return { frozen, copies };
}

/** A coaching ends when it is told of as completed, and lasted as long as the event says. */
function spanOf({ event, occurredAt }: KeptEvent): { from: number; until: number } {
  const seconds = Number(event.data.sessionDurationSeconds ?? 0);
  return { from: occurredAt - seconds * 1000, until: occurredAt };
}

/** The score after: as the event says, else the mean of the results while measuring lasted. */
async function measure(
  env: SettlementEnv,
  completion: KeptEvent,
  { before, menteeKey }: Frozen,
  days: number,
  now: number,
): Promise<Measure> {
  const given = recordOf(completion.event.data.mentee).scoreAfter ?? null;
  if (given !== null) return { after: exact(given), done: true };
  if (before === null) return { after: null, done: true };
  const { occurredAt } = completion;
  const endsAt = occurredAt + days * DAY_MS;
  if (now < endsAt) return { after: null, done: false };
  const results = await readResults(env.DB, menteeKey, occurredAt, endsAt);
  return { after: meanAfter(results, occurredAt, endsAt), done: true };
}

const exact = (value: unknown): string => {
  const { numerator, denominator } = fractionOfDecimal(String(value));
  return `${numerator}/${denominator}`;
};

/** What conditions may ask about a person, by the paths the seed uses. */
const factsOf = (agent: Agent | undefined): JsonObject =>
  agent === undefined
    ? {}
    : {
        id: agent.agentId,
        status: agent.status,
        groups: agent.groups,
        userGroup: { id: agent.groups },
        attributes: agent.attributes,
      };
