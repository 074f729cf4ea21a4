/**
 * What stands behind a decision: the events with the verdict of their signature and their order of
 * arrival, every repetition and conflict, and the rule versions in full. Reads only; what was
 * erased is shown as null.
 */
import { readAgentIds } from '../../agents/store';
import { signatureVerdict } from '../../events/logged';
import { type LoggedEvent, readEvents } from '../../events/store';
import { printInstant } from '../../kernel/instant';
import type { Explainer } from '../../ledger/explain';
import { type Decision, decisionId } from '../coaching/decision';
import { readDecisions } from '../coaching/store';
import { readTold } from '../lines/store';
import { type RuleVersion, ruleRef } from '../rules/rule';
import { readRules } from '../rules/store';
import { agentKeysOf, showDecision } from './view';

/** `<coaching session key>.<number of the settlement>` */
const CAUSE = /^([0-9a-f]{32})\.[0-9]{6}$/;
const MAX_REPETITIONS = 100;
/** Events in one statement: a coaching session has up to a thousand. */
const EVENTS_AT_ONCE = 250;

export const decisionExplainer: Explainer<{ readonly DB: D1Database }> = {
  kind: 'coaching-session',
  matches: (cause) => CAUSE.test(cause),
  async explain({ DB: db }, cause) {
    const session = CAUSE.exec(cause)?.[1] ?? '';
    const decisions = await readDecisions(db, session);
    const upTo = decisions.findIndex((one) => decisionId(one.session, one.number) === cause);
    const decision = decisions[upTo];
    if (decision === undefined) return null;
    const past = decisions.slice(0, upTo + 1);
    const [events, rules, ids] = await Promise.all([
      readEvents(
        db,
        past.flatMap((one) => one.events),
      ),
      readRules(db),
      readAgentIds(db, agentKeysOf([decision])),
    ]);
    const named = events.find(({ kept }) => kept !== null)?.kept?.event;
    return {
      coachingSessionId: named?.data.coachingSessionId ?? null,
      namespace: named?.namespace ?? null,
      decision: showDecision(decision, ids),
      rules: rulesOf(decision, rules),
      events: await showEvents(db, events),
      settlements: past.map((one) => ({
        id: decisionId(one.session, one.number),
        at: printInstant(one.at),
        outcome: one.outcome,
      })),
    };
  },
  tell: ({ DB }, entries) => readTold(DB, entries),
};

/** The versions that were tried, in full. */
function rulesOf(decision: Decision, rules: readonly RuleVersion[]) {
  const wanted = new Set(
    decision.rules.flatMap(({ rule, revokedBy }) => [rule, ...(revokedBy ? [revokedBy.rule] : [])]),
  );
  return rules
    .filter((version) => wanted.has(ruleRef(version)))
    .map((version) => ({
      rule: ruleRef(version),
      effectiveFrom: version.effectiveFrom === null ? null : printInstant(version.effectiveFrom),
      writtenAt: printInstant(version.writtenAt),
      author: version.author,
      ...version.content,
    }));
}

/** Events by arrival, each with what was made of its repetitions. */
async function showEvents(db: D1Database, events: readonly LoggedEvent[]) {
  const repetitions = await readRepetitions(
    db,
    events.map(({ id }) => id),
  );
  return events
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
    .map((event, index) => ({
      id: event.id,
      arrived: index + 1,
      source: event.source,
      type: event.type,
      eventId: event.kept?.event.eventId ?? null,
      occurredAt: printInstant(event.occurredAt),
      receivedAt: printInstant(event.receivedAt),
      // A body that an operator corrected is not the one that was signed.
      signature: {
        verdict: signatureVerdict(event.signature),
        by: event.signature,
      },
      content: event.kept?.event.data ?? null,
      repetitions: (repetitions.get(event.id) ?? []).map(([at, action]) => ({
        at: printInstant(at),
        action,
      })),
    }));
}

/** Time and action of what was recorded of each event, newest first, the newest hundred of each. */
async function readRepetitions(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, [number, string][]>> {
  const found = new Map<string, [number, string][]>();
  for (let from = 0; from < ids.length; from += EVENTS_AT_ONCE) {
    const { results } = await db
      .prepare(
        `SELECT n.value AS id, (SELECT json_group_array(json_array(at, action)) FROM
           (SELECT a.at, a.action FROM audit AS a
             WHERE a.id >= 'event:' || n.value || '.' AND a.id < 'event:' || n.value || '/'
             ORDER BY a.at DESC, a.id LIMIT ${MAX_REPETITIONS})) AS packed
         FROM json_each(?1) AS n`,
      )
      .bind(JSON.stringify(ids.slice(from, from + EVENTS_AT_ONCE)))
      .all<{ id: string; packed: string }>();
    for (const { id, packed } of results) found.set(id, JSON.parse(packed));
  }
  return found;
}
