import { describe, expect, it } from 'vitest';
import { isPlatformFault } from '../../src/durable/fault';
import { checkPreconditions } from '../../src/http/etag';
import { faultAnswer, PROBLEMS, problemAnswer } from '../../src/http/problem';
import type { Failure } from '../../src/kernel/failure';
import { messageOf } from '../../src/runtime/log';

const FAILURES: readonly [Failure, number, Record<string, string>][] = [
  [{ kind: 'malformed', detail: 'd' }, 400, {}],
  [{ kind: 'unauthenticated' }, 401, { 'WWW-Authenticate': 'Bearer realm="guerdon"' }],
  [{ kind: 'forbidden', detail: 'd' }, 403, {}],
  [{ kind: 'not-found', what: 'agent', id: 'a' }, 404, {}],
  [{ kind: 'method-not-allowed', allow: ['GET', 'HEAD'] }, 405, { Allow: 'GET, HEAD' }],
  [{ kind: 'not-acceptable', offers: ['text/csv'] }, 406, {}],
  [{ kind: 'conflict', detail: 'd' }, 409, {}],
  [{ kind: 'key-running' }, 409, { 'Retry-After': '1' }],
  [{ kind: 'stale', header: 'If-Match', expected: '"1"', actual: '"2"' }, 412, {}],
  [{ kind: 'too-large', limitBytes: 9 }, 413, {}],
  [{ kind: 'unsupported-media', detail: 'd' }, 415, {}],
  [{ kind: 'invalid', detail: 'd', errors: [] }, 422, {}],
  [{ kind: 'key-reused' }, 422, {}],
  [{ kind: 'too-many-requests', retryAfterSeconds: 0.2 }, 429, { 'Retry-After': '1' }],
  [{ kind: 'unavailable', detail: 'd', retryAfterSeconds: 3 }, 503, { 'Retry-After': '3' }],
];

describe('problem details', () => {
  it('cover every kind of failure', () => {
    const told = new Set(FAILURES.map(([{ kind }]) => kind));
    expect(
      Object.keys(PROBLEMS).filter(
        (kind) => kind !== 'internal' && !told.has(kind as Failure['kind']),
      ),
    ).toEqual([]);
  });

  for (const [failure, status, headers] of FAILURES) {
    it(`${failure.kind} is ${status} with its constant title and its headers`, () => {
      const answer = problemAnswer(failure, 'abc');
      expect(answer.status).toBe(status);
      expect(answer.headers).toEqual(headers);
      expect(answer.body).toMatchObject({
        type: `/docs#problem-${failure.kind}`,
        title: PROBLEMS[failure.kind].title,
        status,
        code: failure.kind,
        requestId: 'abc',
        instance: 'urn:guerdon:request:abc',
      });
    });
  }

  it('carry pointers where fields are at fault', () => {
    const errors = [{ pointer: '#/a', code: 'custom', detail: 'no' }];
    expect(problemAnswer({ kind: 'invalid', detail: 'd', errors }, 'r').body.errors).toEqual(
      errors,
    );
  });

  it('say nothing of a fault of ours but the id of the request', () => {
    expect(faultAnswer('abc').body).toEqual({
      type: '/docs#problem-internal',
      title: 'A fault of the server',
      status: 500,
      instance: 'urn:guerdon:request:abc',
      code: 'internal',
      requestId: 'abc',
      retryable: false,
    });
  });
});

describe('a precondition that does not hold', () => {
  it.each(['If-Match', 'If-None-Match'] as const)(
    'is told by the name of its header, %s',
    (header) => {
      const checked = checkPreconditions(
        new Headers({ [header]: '"2"' }),
        header === 'If-Match' ? '"3"' : '"2"',
      );
      const { body } = problemAnswer(checked.ok ? { kind: 'key-running' } : checked.failure, 'r');
      expect(body.detail).toContain(`${header} says "2", the present version is`);
    },
  );
});

describe('faults of the platform', () => {
  const wrapped = (cause: Error): Error => new Error('Failed query: params: secret', { cause });

  it('are known through the errors that wrap them', () => {
    expect(isPlatformFault(wrapped(new Error('D1_ERROR: Network connection lost.')))).toBe(true);
    expect(isPlatformFault(Object.assign(new Error('x'), { retryable: true }))).toBe(true);
    expect(isPlatformFault(Object.assign(new Error('x'), { overloaded: true }))).toBe(true);
  });

  it('are not what SQLite refuses, nor what the code throws', () => {
    const constraint = 'D1_ERROR: UNIQUE constraint failed: audit.id: SQLITE_CONSTRAINT';
    expect(isPlatformFault(wrapped(new Error(constraint)))).toBe(false);
    expect(isPlatformFault(new Error('D1_ERROR: no such column: x: SQLITE_ERROR'))).toBe(false);
    expect(isPlatformFault(new TypeError('x is not a function'))).toBe(false);
    expect(isPlatformFault('text')).toBe(false);
  });

  it('are logged by what lies under them, which quotes no parameter', () => {
    const query = `Failed query: ${'select * from entries '.repeat(50)} params: secret`;
    const thrown = new Error(query, { cause: new Error('D1_ERROR: away') });
    expect(messageOf(thrown)).toBe('D1_ERROR: away');
    expect(messageOf(wrapped(new Error('outer', { cause: 'text' })))).toBe('outer');
  });
});
