/**
 * From an answer to a response: JSON or text, the request's id, and the headers that keep answers
 * out of caches, frames and scripts. Decides nothing about content.
 */
import { PROBLEM_MEDIA_TYPE, type ProblemAnswer } from './problem';
import type { Answer } from './route';

const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

const BODYLESS = new Set([204, 205, 304]);

/** The response of an answer. Headers of the answer win over the common ones. */
export function respond(answer: Answer, requestId: string): Response {
  const content = BODYLESS.has(answer.status) ? null : contentOf(answer);
  return new Response(content?.text ?? null, {
    status: answer.status,
    headers: {
      ...SAFE_HEADERS,
      ...(content !== null && { 'Content-Type': content.mediaType }),
      'X-Request-Id': requestId,
      ...answer.headers,
    },
  });
}

/** The response of a refusal or fault: `application/problem+json`. */
export function respondProblem(problem: ProblemAnswer): Response {
  return respond(
    {
      status: problem.status,
      text: { mediaType: PROBLEM_MEDIA_TYPE, content: JSON.stringify(problem.body) },
      headers: problem.headers,
    },
    problem.body.requestId,
  );
}

function contentOf(answer: Answer): { readonly mediaType: string; readonly text: string } {
  if (answer.text !== undefined) {
    return { mediaType: answer.text.mediaType, text: answer.text.content };
  }
  return { mediaType: 'application/json', text: JSON.stringify(answer.body ?? null) };
}
