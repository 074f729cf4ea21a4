/** What pulls ask the fake platform for: nothing is there until it is told, and it says so in pages. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { renderRequest } from '../../src/delivery/connectors/connector';
import type { Destination, PresetName } from '../../src/delivery/destination';
import { platformOf } from '../../src/intake/pulls/platform';
import { PULL_KINDS } from '../../src/intake/pulls/pull';
import { newRun } from '../../src/intake/pulls/run';
import { answerOutbound } from '../../src/sandbox/upstreams/client';
import type { ProbeEnv } from './worker/entry';

const bindings = env as unknown as ProbeEnv;
const PRESETS = ['seed', 'genesys-cloud'] as const;

/** The answer of the fake to the first question of a pull, as the pull reads it. */
async function firstPage(preset: PresetName, kind: (typeof PULL_KINDS)[number]) {
  const platform = platformOf(preset, kind);
  if (platform === null) return 'cannot be asked';
  const days = { kind, firstDay: '2023-10-01', lastDay: '2023-10-31' };
  const at = { asOf: 0, from: 1_696_118_400_000, until: 1_698_796_800_000, zone: 'Etc/UTC' };
  const run = newRun('source', days, at);
  const placed = { ...run, place: { ...run.place, users: ['ann', 'ben'] } };
  const pull = { destinationId: 'd', kinds: [kind], scorecardVersionIds: [] };
  const fields = platform.fields(placed, platform.queries(pull, placed)[0] ?? {});
  const destination = { preset, settings: {} } as unknown as Destination;
  const rendered = renderRequest(destination, platform.operation, fields, null);
  if (!rendered.ok) return rendered.failure;
  const { method, path, body } = rendered.value.request;
  const request = new Request(`https://genesys.sandbox.test${path}`, {
    method,
    ...(body !== null && { body }),
  });
  const answer = await answerOutbound(bindings, request);
  return platform.read(await answer.json());
}

describe('the fake platform', () => {
  it('answers every question of a pull with an empty page', async () => {
    for (const preset of PRESETS) {
      for (const kind of PULL_KINDS) {
        const page = await firstPage(preset, kind);
        if (preset === 'seed' && kind === 'coaching') expect(page).toBe('cannot be asked');
        else expect(page, `${preset} ${kind}`).toMatchObject({ items: [] });
      }
    }
  });
});
