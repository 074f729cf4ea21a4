/**
 * Decisions as audit entries. A settlement is its own record: the action is its outcome, and a
 * failed gate (RULE_EVALUATION_FAILED) is named with what it expected and what it found. Writing an
 * audit entry beside it would say the same twice.
 */
import type { AuditNames, AuditRecord, AuditSource } from '../../../access/store';
import { canonicalJson } from '../../../kernel/hash';
import { sessionKeyOf } from '../../../kernel/ids';
import { type Decision, decisionId, type SealedDecision } from '../../coaching/decision';
import { readDecisionsById, readDecisionsOf } from '../../coaching/store';

const SUBJECT = 'coaching-session:';
/** Nobody decides a coaching session by hand. */
const ACTOR = 'engine';

export const decisionAudit: AuditSource = {
  table: 'decisions',
  subjects: SUBJECT,
  actor: ACTOR,
  byIds: async (db, ids) => (await readDecisionsById(db, ids)).map(recordOf),
  ofSubject: async (db, subject) =>
    (await readDecisionsOf(db, [subject.slice(SUBJECT.length)])).map(recordOf),
};

/** By the sender's id in the namespace `default`, or by namespace, slash and id. */
export const sessionNames: AuditNames<unknown> = {
  begins: SUBJECT,
  async subjectsOf(_, name) {
    const [, namespace = '', id = ''] = /^([^/]+)\/(.+)$/s.exec(name) ?? [];
    const keys = [sessionKeyOf('default', name), sessionKeyOf(namespace, id)];
    return (id === '' ? keys.slice(0, 1) : keys).map((key) => `${SUBJECT}${key}`);
  },
};

const recordOf = ({ decision, seal }: SealedDecision): AuditRecord => ({
  id: decisionId(decision.session, decision.number),
  at: decision.at,
  action: decision.outcome,
  subject: `${SUBJECT}${decision.session}`,
  detailHash: '',
  seal,
  actor: ACTOR,
  detail: canonicalJson({
    settlement: decision.number,
    gates: gatesOf(decision),
    postings: decision.postings.map(({ tx, unit, amount }) => ({ tx, unit, amount })),
  }),
  salt: null,
});

/** Conditions that were not met, rule by rule. */
const gatesOf = ({ rules }: Decision) =>
  rules.flatMap(({ rule, conditions }) =>
    conditions
      .filter(({ verdict }) => verdict === 'FAILED')
      .map(({ field, operator, expected, actual }) => ({
        rule,
        field,
        operator,
        expected,
        actual,
      })),
  );
