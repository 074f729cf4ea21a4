/** Bugs of the journal, of goals and of deliveries: of what is written, summed and sent. */
import type { PlantedBug } from './bug.ts';

const LOOP = 'src/ledger/loop.ts';

export const ofTheLedger: readonly PlantedBug[] = [
  {
    id: 'BUG-5',
    what: 'INSERT under a random id',
    planted: 'every sending of a change set gives its entries ids of their own',
    systems: ['coaching', 'goals', 'delivery'],
    edits: [
      {
        file: 'src/ledger/client.ts',
        right: 'journal.commit(set, now)',
        wrong: `journal.commit({
          ...set,
          rows: set.rows.map((row) =>
            row.table === 'entries' ? { ...row, id: row.id + randomHex(2) } : row),
        }, now)`,
      },
    ],
  },
  {
    id: 'BUG-17',
    what: 'catch {} around a write of D1',
    planted: 'the journal takes a write that failed for one that went well',
    systems: ['coaching', 'goals', 'delivery'],
    edits: [
      {
        file: LOOP,
        right: '{ kind: faultOf(reason), reason, after: sealed.after.number }',
        wrong: 'null',
      },
    ],
  },
  {
    id: 'BUG-18',
    what: 'acknowledged before the work',
    planted: 'the journal tells its callers "committed" before D1 has the group',
    systems: ['coaching', 'goals', 'delivery'],
    edits: [
      {
        file: LOOP,
        right: 'await this.#write(sealed)',
        wrong: '(promised.forEach(({ waiting, answer }) => this.#tell(waiting, answer)), RIGHT)',
      },
    ],
  },
];

export const ofGoals: readonly PlantedBug[] = [
  {
    id: 'BUG-6',
    what: 'a timestamp in the idempotency key',
    planted: "the key of a goal's reward holds the time at which it was made",
    systems: ['goals'],
    edits: [
      {
        file: 'src/goals/settlement/step.ts',
        right: 'goalKey({ goalId, period, status: PAID_STATUS, epoch })',
        wrong: 'goalKey({ goalId, period: period + Date.now(), status: PAID_STATUS, epoch })',
      },
    ],
  },
  {
    id: 'BUG-22',
    what: 'sums in floating point',
    planted: 'contributions to a goal are added as doubles',
    systems: ['goals'],
    edits: [
      {
        file: 'src/goals/tracking/change.ts',
        right: '{ n: n + value, d }',
        wrong: '{ n: BigInt(Math.trunc((Number(n) / 1e6 + Number(value) / 1e6) * 1e6)), d }',
      },
    ],
  },
  {
    id: 'BUG-23',
    what: 'a second team pays whoever changed teams within the period',
    planted: 'memberships that begin or end within the period have no keeper',
    systems: ['goals'],
    edits: [
      {
        file: 'src/goals/cohort/store.ts',
        right: 'wanted.has(agentKey) ? sinceIn(stretches, period) : undefined',
        wrong: `(stretches.some(({ from, until }) =>
          (from > period.from && from < period.until) || (until > period.from && until < period.until))
          ? undefined
          : RIGHT)`,
      },
    ],
  },
];

export const ofDelivery: readonly PlantedBug[] = [
  {
    id: 'BUG-4',
    what: 'the outbox is marked done before D1 has it',
    planted: 'a destination takes outcomes for written before the journal has answered',
    systems: ['delivery', 'goals'],
    edits: [
      {
        file: 'src/delivery/object.ts',
        right: 'await writeOutcomes(this.env, this.name, pending, now)',
        wrong: '(pending.reached.forEach((one) => this.#settled.add(reachedName(one))), RIGHT)',
      },
    ],
  },
  {
    id: 'BUG-25',
    what: 'what came while a request was on its way is written over when it is answered',
    planted: 'after a wave a destination goes on from the state in which the wave began',
    systems: ['delivery'],
    edits: [
      {
        file: 'src/delivery/object.ts',
        right: 'apply(state, this.shelf, ended, now)',
        wrong: 'apply(before, this.shelf, ended, now)',
      },
    ],
  },
  {
    id: 'BUG-7',
    what: 'a fresh key for each retry',
    planted: 'the key that is sent counts the tries',
    systems: ['delivery', 'goals'],
    edits: [
      {
        file: 'src/delivery/sending/wave/client.ts',
        right: 'await send(target.live, { request, messageId: item.id, now })',
        within: `await send(target.live, { request, messageId: item.id, now });
  const judged`,
        wrong: `await send(target.live, {
          request: {
            ...request,
            headers: {
              ...request.headers,
              'Idempotency-Key': request.headers['Idempotency-Key'] + '-' + (item.held?.tries ?? 0),
            },
          },
          messageId: item.id,
          now,
        })`,
      },
    ],
  },
  {
    id: 'BUG-8',
    what: 'silence is taken for "it did not happen"',
    planted: 'a delivery that was not answered is rejected and its money goes back',
    systems: ['delivery', 'goals'],
    edits: [
      {
        file: 'src/delivery/sending/verdict.ts',
        right: 'uncertain(heard.why, true)',
        wrong: "{ kind: 'REJECTED', reason: heard.why }",
      },
    ],
  },
  {
    id: 'BUG-21',
    what: 'the breaker drops instead of parking',
    planted: 'what finds the breaker open is given up',
    systems: ['delivery', 'goals'],
    edits: [
      {
        file: 'src/delivery/sending/wave/client.ts',
        right: 'may ? await turnOf(target, item, loaded, now) : BACK',
        wrong: `(may || mood.breaker.openedAt === null ? RIGHT : {
          after: { kind: 'SETTLED', reached: {
            delivery: item.id, outcome: 'ABANDONED', at: now, aside: null,
            content: { reason: 'parked', attempts: [], answer: null, headers: {}, lookedUp: false },
          } },
          sign: null,
        })`,
      },
    ],
  },
];
