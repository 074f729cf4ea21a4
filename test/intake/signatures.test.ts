/** One test for each classic mistake of those who verify signatures. */
import { createHash, createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { faultsOfProblem } from '../http/caller';
import {
  act,
  adminKey,
  countRows,
  created,
  deliver,
  type Heard,
  putSource,
  read,
  SECRET,
  send,
  signed,
  until,
  WHSEC,
} from './sender';

const HEADER = 'X-Webhook-Signature';
const hex = (body: string | Uint8Array, secret = SECRET): string =>
  createHmac('sha256', secret).update(body).digest('hex');

beforeAll(async () => {
  await putSource('plain');
  await putSource('prefixed', { signature: { scheme: 'sha256-hex' } });
  await putSource('timed', { signature: { scheme: 'timestamped' } });
  await putSource('std', { secrets: [WHSEC], signature: { scheme: 'standard' } });
});

/** Everything of a refusal but the name of the request. */
const shapeOf = ({ status, body }: Heard): object => {
  const { requestId: _, instance: __, ...rest } = body;
  return { ...rest, answered: status };
};

describe('what is refused', () => {
  it('is answered alike whether there is no such source, no signature or a wrong one', async () => {
    const body = created('r1');
    const answers = await Promise.all([
      deliver('plain', body, {}),
      deliver('plain', body, { [HEADER]: 'f'.repeat(64) }),
      deliver('plain', body, { [HEADER]: 'no hex' }),
      deliver('no-such-source', body),
      deliver('no-such-source', body, {}),
      deliver('%2e%2e%2fplain', body),
      deliver('a'.repeat(200), body),
      deliver('std', body, signed('standard', body, { secret: WHSEC, time: 1_614_265_330 })),
    ]);
    for (const answer of answers) expect(faultsOfProblem(answer)).toEqual([]);
    for (const answer of answers) expect(shapeOf(answer)).toEqual(shapeOf(answers[0] as Heard));
    expect(answers[0]?.status).toBe(401);
  });

  it('is refused before it is read: a broken body with a wrong signature says 401', async () => {
    expect((await deliver('plain', '{"a":', { [HEADER]: '0'.repeat(64) })).status).toBe(401);
    const broken = '{"a":';
    expect((await deliver('plain', broken)).body.status).toBe('quarantined');
  });

  it('leaves no row behind', async () => {
    const body = JSON.stringify(created('r2'));
    const own = `body_hash = '${createHash('sha256').update(body).digest('hex')}'`;
    await deliver('plain', body, { [HEADER]: '0'.repeat(64) });
    // The same with its signature is the first of its name, and by then a row would be there.
    expect((await deliver('plain', body)).body.status).toBe('accepted');
    await until(async () => (await countRows('events', own)) === 1);
    expect(await countRows('quarantine', own)).toBe(0);
  });
});

describe('the bytes', () => {
  it('are what is signed: odd spacing and escapes pass, the same value written anew does not', async () => {
    const body =
      '{ "n":1.10,"s":"caf\\u00e9", "eventType":"performance.coaching.created",\n"eventId":"b1","coachingSessionId":"s"}';
    const anew = JSON.stringify(JSON.parse(body));
    expect((await deliver('plain', body, { [HEADER]: hex(anew) })).status).toBe(401);
    expect((await deliver('plain', body)).body.status).toBe('accepted');
  });

  it('that differ only in invalid UTF-8 are different bodies', async () => {
    const one = Uint8Array.of(0x22, 0xff, 0x22);
    const other = Uint8Array.of(0x22, 0xfe, 0x22);
    expect((await deliver('plain', other, { [HEADER]: hex(one) })).status).toBe(401);
    expect((await deliver('plain', one, { [HEADER]: hex(one) })).body.status).toBe('quarantined');
  });

  it('with a byte order mark verify and are kept, never read as another body', async () => {
    const body = new TextEncoder().encode(`\uFEFF${JSON.stringify(created('b2'))}`);
    const answer = await deliver('plain', body, { [HEADER]: hex(body) });
    expect([answer.status, answer.body.status]).toEqual([200, 'quarantined']);
  });
});

describe('time and id', () => {
  it('are in the MAC: another time or id beside the same signature is refused', async () => {
    const body = created('t1');
    const headers = signed('standard', body, { secret: WHSEC, id: 'msg_a' });
    const time = Number(headers['webhook-timestamp']) + 1;
    const other = { ...headers, 'webhook-timestamp': String(time) };
    expect((await deliver('std', body, other)).status).toBe(401);
    expect((await deliver('std', body, { ...headers, 'webhook-id': 'msg_b' })).status).toBe(401);
    expect((await deliver('std', body, headers)).status).toBe(200);
  });

  it('are read by strict grammar', async () => {
    const body = created('t2');
    const now = Math.floor(Date.now() / 1000);
    for (const time of [`${now}junk`, `+${now}`, `${now}.9`, `0${now}`, '', '1e9', `-${now}`]) {
      const headers = signed('standard', body, { secret: WHSEC, time: time as unknown as number });
      expect((await deliver('std', body, headers)).status, time).toBe(401);
    }
    for (const id of ['a.b', 'a b', '', 'a'.repeat(129), 'ä'.normalize('NFD')]) {
      const ascii = /^[\x20-\x7e]*$/.test(id) ? id : encodeURIComponent(id);
      const headers = signed('standard', body, { secret: WHSEC, id: ascii });
      expect((await deliver('std', body, headers)).status, id).toBe(401);
    }
  });

  it('a replay after 301 s is refused, within 300 s it is a duplicate', async () => {
    const body = created('t3');
    const now = Math.floor(Date.now() / 1000);
    const at = (time: number) => deliver('timed', body, signed('timestamped', body, { time }));
    expect((await at(now - 302)).status).toBe(401);
    expect((await at(now + 305)).status).toBe(401);
    expect((await at(now - 290)).body.status).toBe('accepted');
    expect((await at(now)).body.status).toBe('duplicate');
  });
});

describe('the algorithm (DEC-22)', () => {
  it('is the source’s and never the request’s', async () => {
    const body = JSON.stringify(created('a1'));
    const mac = hex(body);
    const sha1 = createHmac('sha1', SECRET).update(body).digest('hex');
    const sha512 = createHmac('sha512', SECRET).update(body).digest('hex');
    for (const value of [
      mac,
      `sha1=${sha1}`,
      `sha512=${sha512}`,
      `sha1=${mac}`,
      `none=`,
      'none',
      `SHA256=${mac}`,
      `sha256:${mac}`,
      `sha256=${mac.toUpperCase()}`,
      `sha256=${mac} `.trim().concat('0'),
      `sha256=${Buffer.from(mac, 'hex').toString('base64')}`,
      'eyJhbGciOiJub25lIn0.e30.',
    ]) {
      expect((await deliver('prefixed', body, { [HEADER]: value })).status, value).toBe(401);
    }
    const right = await deliver('prefixed', body, { [HEADER]: `sha256=${mac}` });
    expect(right.status).toBe(200);
  });

  it('is no bare hash: a digest of secret and body is refused', async () => {
    const body = JSON.stringify(created('a2'));
    const digest = createHash('sha256').update(SECRET).update(body).digest('hex');
    const back = createHash('sha256').update(body).update(SECRET).digest('hex');
    for (const value of [digest, back])
      expect((await deliver('plain', body, { [HEADER]: value })).status).toBe(401);
  });
});

describe('the header', () => {
  const body = JSON.stringify(created('h1'));
  const variants = (good: string): string[] => [
    `${good},x`,
    good.replace('v1,', 'v1='),
    good.replace('v1,', 'V1,'),
    `${good}\t${good}`,
    `${good}  ${good}`,
    `${good},${good}`,
    'v1,',
    'v1, ',
    `v1, ${good}`,
    `v1,= ${good}`,
    `v2,${good.slice(3)}`,
    `v1a,${good.slice(3)}`,
    good.slice(0, -1),
    `${good}=`,
    `${good.slice(0, -2)}B=`,
    Array(6).fill(good).join(' '),
    Array(1000).fill(good).join(' '),
  ];

  it('of a list is read by strict grammar', async () => {
    const headers = signed('standard', body, { secret: WHSEC });
    const good = String(headers['webhook-signature']);
    for (const value of variants(good)) {
      const answer = await deliver('std', body, { ...headers, 'webhook-signature': value });
      expect(answer.status, value.slice(0, 80)).toBe(401);
    }
    const five = Array(5).fill(good).join(' ');
    expect((await deliver('std', body, { ...headers, 'webhook-signature': five })).status).toBe(
      200,
    );
  });

  it('given twice is refused, in every scheme', async () => {
    for (const [source, scheme, name] of [
      ['plain', 'hmac-hex', HEADER],
      ['prefixed', 'sha256-hex', HEADER],
      ['timed', 'timestamped', HEADER],
      ['std', 'standard', 'webhook-signature'],
      ['std', 'standard', 'webhook-id'],
      ['std', 'standard', 'webhook-timestamp'],
    ] as const) {
      const secret = source === 'std' ? WHSEC : SECRET;
      const headers = signed(scheme, body, { secret });
      const twice = { ...headers, [name]: `${headers[name]}, ${headers[name]}` };
      expect((await deliver(source, body, twice)).status, `${source} ${name}`).toBe(401);
    }
  });
});

describe('a secret', () => {
  it('that is empty, short or not of its scheme is refused when it is configured', async () => {
    const key = await adminKey();
    const put = (body: object) => send('PUT', '/v1/sources/weak', { key, body });
    for (const secret of ['', 'x', 'fifteen bytes..']) {
      expect((await put({ secrets: [secret] })).status, secret).toBe(422);
    }
    const standard = { scheme: 'standard' };
    for (const secret of ['', 'whsec_', 'whsec_c2hvcnQ=', 'whsec_not base64!', SECRET])
      expect((await put({ signature: standard, secrets: [secret] })).status, secret).toBe(422);
    expect((await put({ secrets: [] })).status).toBe(422);
    expect((await put({})).status).toBe(422);
    expect((await deliver('weak', 'x', { [HEADER]: hex('x', 'x') })).status).toBe(401);
  });

  it('is decoded as its scheme says and in no other way', async () => {
    const body = JSON.stringify(created('s1'));
    const text = createHmac('sha256', WHSEC).update(body).digest('hex');
    await putSource('text', { secrets: [WHSEC], signature: { scheme: 'timestamped' } });
    const time = Math.floor(Date.now() / 1000);
    const over = createHmac('sha256', Buffer.from(WHSEC.slice(6), 'base64'));
    const decoded = over.update(`${time}.${body}`).digest('hex');
    const wrong = { [HEADER]: `t=${time},v1=${decoded}` };
    expect((await deliver('text', body, wrong)).status).toBe(401);
    const right = signed('timestamped', body, { secret: WHSEC });
    expect((await deliver('text', body, right)).status).toBe(200);
    expect((await deliver('plain', body, { [HEADER]: text })).status).toBe(401);
  });

  it('of another source opens nothing here', async () => {
    await putSource('other', { secrets: ['another-secret-of-the-tests-0123'] });
    const body = JSON.stringify(created('s2'));
    expect((await deliver('other', body)).status).toBe(401);
    expect((await deliver('plain', body)).status).toBe(200);
  });

  it('is nowhere in what the API says', async () => {
    const canary = 'canary-7f3a9c-canary-7f3a9c';
    const put = await putSource('canary', { secrets: [canary], bearer: { token: `${canary}-t` } });
    const seen = [
      put.text,
      (await read('/v1/sources/canary')).text,
      (await read('/v1/sources')).text,
      (await act('/v1/sources/canary/test', {})).text,
      (await act('/v1/sources/canary/rotate', { secret: `${canary}-2` })).text,
      (await deliver('canary', 'x', { [HEADER]: hex('x', canary) })).text,
      (await putSource('canary', { secrets: ['short-canary'] })).text,
      (await read('/v1/audit')).text,
    ];
    for (const text of seen) expect(text).not.toContain('canary-7f3a9c');
    expect(seen[6]).not.toContain('short-canary');
  });
});

describe('the body', () => {
  it('is at most 256 KiB, comes in chunks as well, and is taken unencoded only', async () => {
    const large = JSON.stringify({ pad: 'x'.repeat(256 * 1024) });
    expect((await deliver('plain', large)).status).toBe(413);
    const gzip = { ...signed('hmac-hex', 'x'), 'Content-Encoding': 'gzip' };
    expect((await deliver('plain', 'x', gzip)).status).toBe(415);
    const media = { ...signed('hmac-hex', created('m1')), 'Content-Type': 'text/plain' };
    expect((await deliver('plain', created('m1'), media)).status).toBe(200);
  });
});
