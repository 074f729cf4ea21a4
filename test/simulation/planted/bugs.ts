/**
 * The planted bugs: classic mistakes of exactly-once systems, each written as the expressions of
 * production code that it replaces. Numbers are those of the list the project was given; number 20,
 * a tenant missing in an index, has no place in an installation of one organisation.
 */

export interface Edit {
  readonly file: string;
  /** The expression as production has it. */
  readonly right: string;
  /** What stands there instead; `RIGHT` is the expression itself. */
  readonly wrong: string;
  /** A longer piece of the file around it, where the expression alone stands more than once. */
  readonly within?: string;
}

export interface PlantedBug {
  readonly id: string;
  readonly what: string;
  /** How it looks in this engine. */
  readonly planted: string;
  /** Only histories in which one of these takes part can meet it. */
  readonly systems: readonly string[];
  readonly edits: readonly Edit[];
}

const SESSION = 'src/points/coaching/object.ts';
const LOOP = 'src/ledger/loop.ts';

const ofIntake: readonly PlantedBug[] = [
  {
    id: 'BUG-1',
    what: 'await between the dedup row and the outbox',
    planted: 'a coaching session keeps the event, waits for D1, and only then notes that it is due',
    systems: ['coaching'],
    edits: [
      {
        file: SESSION,
        right: '{ state: next, value }',
        wrong: '{ state: { ...next, due: state?.due ?? {} }, value }',
      },
      {
        file: SESSION,
        right: 'await this.registerDue()',
        within: 'await this.registerDue();\n    return taken;',
        wrong: `taken.some(({ verdict }) => verdict === 'accepted') && (
          await this.env.DB.prepare('SELECT 1').first(),
          this.step(request.now, (state) => ({
            ...(state && { state: { ...state, due: { settle: request.now + request.lockSeconds * 1000 } } }),
            value: undefined,
          })))`,
      },
    ],
  },
  {
    id: 'BUG-2',
    what: 'dedup only in memory',
    planted:
      'a coaching session knows again what it took since it was last made, and nothing older',
    systems: ['coaching'],
    edits: [
      {
        file: SESSION,
        right: 'accept(before, request, remembered, randomHex(16))',
        wrong: 'accept(before, request, remembered, randomHex(16), (this.seen ??= new Set()))',
      },
      {
        file: 'src/points/coaching/state.ts',
        right: 'state.events.find((event) => event.id === id) ?? remembered.get(id)',
        wrong: '(arguments[4].has(id) ? RIGHT : void arguments[4].add(id))',
      },
    ],
  },
  {
    id: 'BUG-3',
    what: 'SELECT, then INSERT',
    planted: 'a coaching session decides over the state that it read before it waited for D1',
    systems: ['coaching'],
    edits: [
      {
        file: SESSION,
        right: 'await this.#remember(idsToRecall(this.state, request))',
        wrong: `await (async () => {
          request.held = this.state;
          await this.env.DB.prepare('SELECT 1').first();
          return RIGHT;
        })()`,
      },
      {
        file: SESSION,
        right: 'withoutSent(state, this.#sent)',
        wrong: 'withoutSent(request.held, this.#sent)',
      },
    ],
  },
  {
    id: 'BUG-13',
    what: 'no alarm when draining fails',
    planted: 'an object whose work failed does not come back by itself',
    systems: ['coaching', 'goals', 'delivery'],
    edits: [
      {
        file: 'src/durable/object.ts',
        right: 'now + (sandboxOf(this.env) === null ? jittered(delay) : delay)',
        wrong: 'null',
      },
    ],
  },
];

const ofTheLedger: readonly PlantedBug[] = [
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

const ofPoints: readonly PlantedBug[] = [
  {
    id: 'BUG-9',
    what: 'a reversal takes the present points and not those that were awarded',
    planted: 'what is taken back is what the latest version of the rule gives',
    systems: ['coaching'],
    edits: [
      {
        file: 'src/points/coaching/settlement.ts',
        right: 'post(decision, known.decisions, completion, awards, day)',
        wrong: 'post(decision, known.decisions, completion, awards, day, known.rules)',
      },
      {
        file: 'src/points/coaching/posting.ts',
        right: 'differences(desired, posted)',
        within: 'differences(desired, posted);',
        wrong: 'differences(desired, posted, arguments[5])',
      },
      {
        file: 'src/points/coaching/posting.ts',
        right: '(posted.get(key)?.amount ?? 0)',
        within: '(desired.get(key)?.amount ?? 0) - (posted.get(key)?.amount ?? 0)',
        wrong: `(desired.has(key) || !posted.get(key)?.amount
          ? RIGHT
          : 10_000 * arguments[2].findLast(({ name }) => name === posted.get(key).ruleId).content.actions[0].points)`,
      },
    ],
  },
  {
    id: 'BUG-10',
    what: 'one dedup key for award and reversal',
    planted: 'once something was posted for a coaching session nothing more is',
    systems: ['coaching'],
    edits: [
      {
        file: 'src/points/coaching/posting.ts',
        right: 'moves.length === 0',
        wrong: '(RIGHT || posted.size > 0)',
      },
    ],
  },
  {
    id: 'BUG-19',
    what: 'the plan is looked up as of now',
    planted: 'a coaching is judged by the rules in force when it is settled',
    systems: ['coaching'],
    edits: [
      {
        file: 'src/points/coaching/fold.ts',
        right: 'rulesInForce(rules, completion.occurredAt)',
        wrong: 'rulesInForce(rules, Date.now())',
      },
    ],
  },
];

const ofGoals: readonly PlantedBug[] = [
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

const ofDelivery: readonly PlantedBug[] = [
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
    id: 'BUG-7',
    what: 'a fresh key for each retry',
    planted: 'the key that is sent counts the tries',
    systems: ['delivery', 'goals'],
    edits: [
      {
        file: 'src/delivery/sending/wave/client.ts',
        right: 'await send(target.live, { request, messageId: item.id, now })',
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

export const BUGS: readonly PlantedBug[] = [
  ...ofIntake,
  ...ofTheLedger,
  ...ofPoints,
  ...ofGoals,
  ...ofDelivery,
].toSorted((a, b) => numberOf(a) - numberOf(b));

export function numberOf({ id }: Pick<PlantedBug, 'id'>): number {
  return Number(id.slice('BUG-'.length));
}
