/** What the view, health and subscribers say that a run waits for. Reads; decides nothing. */
import { env } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import { DESTINATION_KIND, type Destination } from '../../src/delivery/destination';
import { readDestination } from '../../src/delivery/store';
import { resetHealth } from '../../src/seasons/reset/client';
import { at, put } from './stage';
import { currentOf, type Play, type Quarter } from './theatre';

export async function turned(id: string, enabled: boolean, now: string): Promise<void> {
  const known = await readDestination(env.DB, id);
  await put(DESTINATION_KIND, id, { ...(known?.content as Destination), enabled }, at(now));
}

export type Line = Pick<Quarter, 'id'> & { readonly play: Play };

/** `<destination> <reason>` as health has it. */
export async function healthOf({ id, play }: Line): Promise<string[]> {
  const { detail } = await resetHealth.check(env, play.now);
  const { waits } = detail as { waits: string[] };
  return waits.flatMap((line) => {
    const [of, , destination, reason] = line.split(' ');
    return of === id ? [`${destination} ${reason}`] : [];
  });
}

/** `<kind> <destination> <reason> <since>` as subscribers hear it. */
export const toldOf = async ({ id }: Line): Promise<string[]> =>
  (
    await env.DB.prepare(
      "SELECT kind, content FROM notices WHERE kind LIKE 'season.%.waits' AND subject = ?1 ORDER BY at, id",
    )
      .bind(`season:${id}`)
      .all<{ kind: string; content: string }>()
  ).results.map(({ kind, content }) => {
    const { destination, reason, since } = JSON.parse(content) as Record<string, string>;
    return `${kind} ${destination} ${reason} ${since}`;
  });

/** `<destination> <reason> <since>` as the view has it at the time that is played. */
export async function shownOf(line: Line): Promise<string[]> {
  vi.setSystemTime(line.play.now);
  const { waits } = await currentOf(line);
  vi.useRealTimers();
  return (waits as Record<string, string>[]).map(
    ({ destination, reason, since }) => `${destination} ${reason} ${since}`,
  );
}

/** The view, health and the notices of a reset say the same, each cause once. */
export async function asOne(line: Line, expected: readonly string[]): Promise<void> {
  const shown = await shownOf(line);
  expect(shown.map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual(expected);
  expect(await healthOf(line)).toEqual(expected);
  expect(await toldOf(line)).toEqual(shown.map((one) => `season.reset.waits ${one}`));
}
