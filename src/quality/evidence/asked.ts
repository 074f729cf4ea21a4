/**
 * How facts of one agent are asked for: some days, both included, in the organisation's zone.
 * Refuses spans that end before they begin and those of more than a hundred days.
 */
import * as z from 'zod';
import { agentIdText } from '../../agents/agent';
import { pageFields } from '../../http/paging';
import { isDay } from '../../kernel/instant';
import { dayNumber } from '../../kernel/period';

const MAX_DAYS = 100;

const day = z.string().refine(isDay, 'a day that exists, YYYY-MM-DD');

export const factsQuery = z
  .strictObject({
    agentId: agentIdText.meta({ description: "The agent's id." }),
    from: day.meta({ description: 'First day, in the zone of the organisation.' }),
    until: day.meta({ description: `Last day; at most ${MAX_DAYS} days.` }),
    ...pageFields,
  })
  .superRefine(({ from, until }, context) => {
    if (!isDay(from) || !isDay(until)) return;
    const days = dayNumber(until) - dayNumber(from) + 1;
    if (days >= 1 && days <= MAX_DAYS) return;
    context.addIssue({
      code: 'custom',
      path: ['until'],
      message: days < 1 ? 'not before `from`' : `at most ${MAX_DAYS} days`,
    });
  });

export type FactsQuery = z.output<typeof factsQuery>;
