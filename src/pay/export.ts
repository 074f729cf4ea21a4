/**
 * Exports that can be checked: the bytes of an answer and their SHA-256 in `Content-Digest`
 * (RFC 9530). Decides the exact text; refuses nothing.
 */

import type { Answer } from '../http/route';
import { hashBytes } from '../kernel/hash';
import { ok, type Result } from '../kernel/result';

export function digested(answer: Result<Answer>): Result<Answer> {
  if (!answer.ok) return answer;
  const { value } = answer;
  const text = value.text ?? {
    mediaType: 'application/json',
    content: JSON.stringify(value.body ?? null),
  };
  const digest = Buffer.from(hashBytes(text.content), 'hex').toString('base64');
  const { body: _, ...rest } = value;
  const headers = { ...value.headers, 'Content-Digest': `sha-256=:${digest}:` };
  return ok({ ...rest, text, headers });
}
