/** Bugs of a coaching session: of how it takes events, and of what it makes of them. */
import type { PlantedBug } from './bug.ts';

const SESSION = 'src/points/coaching/object.ts';

export const ofIntake: readonly PlantedBug[] = [
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
        right: 'this.clock(now) + (sandboxOf(this.env) === null ? jittered(delay) : delay)',
        wrong: 'null',
      },
    ],
  },
];

export const ofPoints: readonly PlantedBug[] = [
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
