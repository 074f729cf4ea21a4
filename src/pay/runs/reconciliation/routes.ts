/**
 * `GET /v1/pay-runs/{id}/reconciliation`: sent, confirmed, rejected, uncertain; missing there,
 * unknown here, amount differs, paid twice, on another employee. Refuses while the HRIS cannot be
 * asked.
 */
import * as z from 'zod';
import { type Route, route } from '../../../http/route';
import { fail, ok } from '../../../kernel/result';
import { loadRun } from '../calculate/client';
import type { PayEnv } from '../client';
import { runParams } from '../view';
import { reconcile } from './client';
import { DIFFERENCES } from './reconciliation';

const shown = z
  .object({
    runId: z.string(),
    sent: z.int(),
    confirmed: z.int(),
    rejected: z.int(),
    uncertain: z.int(),
    blocked: z.int(),
    held: z.int(),
    disputed: z.int(),
    nothingToPay: z.int(),
    forgotten: z.int().meta({ description: 'Not sent: the person was forgotten.' }),
    missingThere: z.int(),
    unknownHere: z.int().meta({
      description: 'Lines of this period and pay code there that no run which was sent out has.',
    }),
    amountDiffers: z.int(),
    paidTwice: z.int().meta({ description: 'Keys under which there is more than one line.' }),
    employeeDiffers: z.int().meta({ description: 'Keys that stand on another employee there.' }),
    complete: z.boolean().meta({ description: 'False where the list there was too long to read.' }),
    differences: z.array(
      z.object({
        kind: z.enum(DIFFERENCES),
        key: z.string().nullable().meta({ description: 'Null: the line there has none.' }),
        agentId: z.string().nullable(),
        employeeId: z.string().nullable().meta({ description: 'Whom the HRIS names.' }),
        ours: z.string().nullable().meta({
          description: 'What was sent: an amount, of EMPLOYEE_DIFFERS the number in HR.',
        }),
        theirs: z.string().nullable().meta({
          description: 'What is there; of PAID_TWICE each amount, joined by ` + `.',
        }),
        lines: z.int().meta({ description: 'How many lines there it is about.' }),
      }),
    ),
  })
  .meta({ id: 'PayReconciliation' });

export const reconcileRun = <E extends PayEnv>(): Route<E> =>
  route({
    method: 'GET',
    path: '/v1/pay-runs/{id}/reconciliation',
    tag: 'Pay',
    summary: 'Compare what was sent with what the HRIS holds',
    description:
      'Asks the HRIS for its list of the period and matches by key. `PAID_TWICE`: more than one ' +
      'line under one key, with every amount. `EMPLOYEE_DIFFERS`: the key is right and the employee ' +
      'is not whom it was sent for; amounts are compared all the same. `UNKNOWN_HERE`: a line of ' +
      'this period and pay code without a key, or with one that no run ordered; lines of other runs ' +
      'that were sent out are named by their own reconciliation. A plan without an `earning_code` ' +
      'lays claim to every code. A list that moves while its pages are read may show a line twice: ' +
      'ask again before anybody is called. 409: the run has more lines than one request may read, ' +
      'which the answer says: 104,000 of a first version, 70,000 where one earlier version was sent ' +
      'out. P9.',
    permission: 'read',
    params: runParams,
    answers: { 200: { description: 'Both sides, and every difference.', schema: shown } },
    async handle({ env, now, params: { id } }) {
      const setting = await loadRun(env.DB, id);
      if (setting === null) return fail({ kind: 'not-found', what: 'pay run', id });
      const found = await reconcile(env, setting, now);
      if (!found.ok) return found;
      const { counts, differences, complete } = found.value;
      const of = (name: string): number => counts[name] ?? 0;
      const body = {
        runId: id,
        sent: of('CONFIRMED') + of('REJECTED') + of('UNCERTAIN'),
        confirmed: of('CONFIRMED'),
        rejected: of('REJECTED'),
        uncertain: of('UNCERTAIN'),
        blocked: of('BLOCKED'),
        held: of('HELD'),
        disputed: of('DISPUTED'),
        nothingToPay: of('NOTHING_TO_PAY'),
        forgotten: of('FORGOTTEN'),
        missingThere: of('MISSING_THERE'),
        unknownHere: of('UNKNOWN_HERE'),
        amountDiffers: of('AMOUNT_DIFFERS'),
        paidTwice: of('PAID_TWICE'),
        employeeDiffers: of('EMPLOYEE_DIFFERS'),
        complete,
        differences,
      };
      return ok({ status: 200, body });
    },
  });
