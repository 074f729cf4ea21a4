/**
 * Lines and delta report as files: no cell is run by a spreadsheet, each page names its own SHA-256,
 * and one over all rows is asked for by itself.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { hashBytes } from '../../src/kernel/hash';
import { type Reading, type RowsOfPage, wholeDigest } from '../../src/pay/digests/client';
import { send } from '../http/caller';
import { PayStage } from './stage';

let stage: PayStage | undefined;

afterEach(() => stage?.close());

const opened = async (): Promise<PayStage> => {
  stage = await PayStage.open();
  return stage;
};

it('lines and delta report go out as JSON, CSV and NDJSON with the SHA-256 of their bytes', async () => {
  const stage = await opened();
  await stage.hire('=cmd');
  await stage.month('=cmd', { scores: [92.5] });
  const id = await stage.pay();
  await stage.result('=cmd', 63.5);
  await stage.cron();
  const beginnings = {
    lines: /^"'=cmd",CONFIRMED/,
    'delta-report': /^[a-z2-7]{16}\.VAR_PAY_Q4_2023\.2032-10\.0001,"'=cmd",/,
  };
  for (const [list, begins] of Object.entries(beginnings)) {
    for (const accept of ['application/json', 'text/csv', 'application/x-ndjson']) {
      const heard = await send('GET', `/v1/pay-runs/${id}/${list}`, {
        key: stage.keys.get('payroll'),
        headers: { Accept: accept },
      });
      expect([heard.status, heard.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining(accept),
      ]);
      const digest = Buffer.from(hashBytes(heard.text), 'hex').toString('base64');
      expect(heard.headers.get('content-digest')).toBe(`sha-256=:${digest}:`);
      const [first = '', second = ''] = heard.text.split(/\r?\n/);
      if (accept === 'text/csv') {
        expect(second).toMatch(begins);
        if (list === 'delta-report') expect(second).toContain(',-277.50,');
      }
      if (accept !== 'text/csv') expect(JSON.parse(first)).toBeTypeOf('object');
    }
  }
});

const MEDIA = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json' };

/** The rows of all pages of two, as who fetches them joins them. */
async function joined(open: PayStage, path: string, form: keyof typeof MEDIA): Promise<string> {
  let [all, cursor] = ['', ''];
  do {
    const heard = await send('GET', `${path}?limit=2${cursor}`, {
      key: open.keys.get('payroll'),
      headers: { Accept: MEDIA[form] },
    });
    const page = form === 'json' ? (JSON.parse(heard.text) as Page) : null;
    const next = page === null ? heard.headers.get('next-cursor') : page.nextCursor;
    if (form === 'csv') all += heard.text.slice(heard.text.indexOf('\r\n') + 2);
    else all += page?.items.map((item) => `${JSON.stringify(item)}\n`).join('') ?? heard.text;
    cursor = next === null ? '' : `&cursor=${next}`;
  } while (cursor !== '');
  return all;
}

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

it('all pages joined have the one SHA-256 of the run, and another one after a line changed', async () => {
  const open = await opened();
  const agents = ['=cmd', 'b', 'ç', 'd', 'e'];
  for (const agent of agents) {
    await open.hire(agent, agent === 'e' ? { employeeId: null } : {});
    await open.month(agent, { scores: [92.5] });
  }
  const id = await open.begin();
  const dispute = { reason: 'the calls of October', expectedAmount: '500.00' };
  await open.must('payroll', 'POST', `/v1/pay-runs/${id}/lines/d/dispute`, dispute);
  await open.approve(id);
  await open.dispatch(id);
  await open.settle(id);
  for (const agent of ['=cmd', 'b', 'ç']) await open.result(agent, 63.5);
  await open.cron();
  const digestsOf = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const [list, count] of [['lines', 5] as const, ['delta-report', 3] as const]) {
      for (const form of ['csv', 'ndjson', 'json'] as const) {
        const text = await joined(open, `/v1/pay-runs/${id}/${list}`, form);
        const asked = `of=${list}&form=${form === 'json' ? 'ndjson' : form}`;
        const path = `/v1/pay-runs/${id}/export-digest?${asked}`;
        const whole = await open.must('payroll', 'GET', path);
        expect(whole).toMatchObject({
          rows: count,
          bytes: Buffer.byteLength(text),
          sha256: hashBytes(text),
        });
        if (form === 'csv') expect(text).toContain(`"'=cmd"`);
        if (list === 'lines') expect(text).toContain('DISPUTED');
        found.push(String(whole.sha256));
      }
    }
    return found;
  };
  const before = await digestsOf();
  expect(new Set(before).size).toBe(4);
  expect(await digestsOf()).toEqual(before);
  await open.hire('e');
  await open.dispatch(id);
  await open.settle(id);
  const after = await digestsOf();
  const isOther = after.map((digest, index) => digest !== before[index]);
  expect(isOther).toEqual([true, true, true, false, false, false]);
});

describe('one digest over rows that are read page by page', () => {
  /** Two pages; `words` are what the second one says, reading by reading. */
  const listing = (words: readonly string[]) => {
    let reading = -1;
    return async (): Promise<Reading> => {
      reading += 1;
      const pageAfter = async (position: string): Promise<RowsOfPage> =>
        position === ''
          ? { count: 1, text: 'first\n', next: '1' }
          : { count: 1, text: `${words[reading]}\n`, next: null };
      return { asked: 3, askedByPage: 10, rowsOfPage: 1, pageAfter };
    };
  };
  const seals = (...numbers: number[]) => {
    let nth = -1;
    return async (): Promise<number> => {
      nth += 1;
      return numbers[nth] ?? -1;
    };
  };
  const sha256 = hashBytes('first\nx\n');

  it('is of the seal that stood before and after', async () => {
    expect(await wholeDigest(listing(['x']), seals(7, 7))).toEqual({
      ok: true,
      value: { rows: 2, bytes: 8, sha256, seal: 7 },
    });
  });

  it('is of the seal between two readings that agree, when the books went on', async () => {
    expect(await wholeDigest(listing(['w', 'x', 'x']), seals(7, 8, 9, 10))).toMatchObject({
      ok: true,
      value: { sha256, seal: 9 },
    });
  });

  const refusal = (detail: string) => ({
    ok: false,
    failure: { kind: 'conflict', detail: expect.stringContaining(detail) },
  });

  it('is refused for more rows than the queries of one invocation read, and says how many', async () => {
    expect(await wholeDigest(listing(['x']), seals(7, 7), 22)).toMatchObject(
      refusal('at most 1 rows'),
    );
    expect(await wholeDigest(listing(['x']), seals(7, 7), 23)).toMatchObject({ ok: true });
  });

  it('is refused when the queries do not suffice to read again what changed', async () => {
    const twice = () => wholeDigest(listing(['x', 'x']), seals(7, 8, 9), 46);
    expect(await twice()).toMatchObject({ ok: true });
    expect(await wholeDigest(listing(['x', 'x']), seals(7, 8, 9), 45)).toMatchObject(
      refusal('change while they are read'),
    );
  });

  it('is refused when no two readings agree', async () => {
    expect(await wholeDigest(listing(['w', 'x', 'y', 'z']), seals(1, 2, 3, 4, 5))).toMatchObject({
      ok: false,
      failure: { kind: 'conflict' },
    });
  });
});
