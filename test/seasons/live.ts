/** Seasons in force that no books hold. */
import { type Season, seasonInForce, seasonSchema } from '../../src/seasons/season';

/** A season of given fields, of the category Mentorship and in UTC where they say nothing else. */
export function season(id: string, fields: Record<string, unknown>) {
  const content: Season = {
    timeZone: 'Etc/UTC',
    ...seasonSchema.parse({ categories: ['Mentorship'], ...fields }),
  } as Season;
  const version = {
    kind: 'season',
    name: id,
    version: 1,
    effectiveFrom: null,
    writtenAt: 0,
    author: '',
    content,
  };
  const found = seasonInForce([version], 0);
  if (found === null) throw new Error(id);
  return found;
}
