/**
 * The reference page: the OpenAPI document as HTML, without a script, a font or a server of anyone
 * else. Everything printed is escaped. Decides nothing; what it shows is what validates.
 */
import { hashBytes } from '../../kernel/hash';
import { ok } from '../../kernel/result';
import { PROBLEMS } from '../problem';
import { type Route, route } from '../route';
import { type OpenApiDocument, type Operation, openApiDocument, type Parameter } from './openapi';

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;
margin:0 auto;padding:1rem}code,pre{font:14px/1.45 ui-monospace,monospace}pre{overflow:auto;
padding:.6rem;border:1px solid #8886;border-radius:.3rem}h2{margin-top:2.5rem;border-bottom:1px solid
#8886}h3{margin-top:2rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;
vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #8883}
summary{cursor:pointer}nav li{display:inline-block;margin-right:1rem}nav ul{padding:0}`;

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${Buffer.from(hashBytes(STYLE), 'hex').toString('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Text as HTML. */
const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

/** Escaped text in which `…` is code. */
const prose = (text: string): string =>
  escapeHtml(text).replace(/`([^`]+)`/g, (_, code: string) => `<code>${code}</code>`);

const json = (value: unknown): string =>
  `<pre>${escapeHtml(JSON.stringify(value, null, 2) ?? '')}</pre>`;

/** The two routes outside `/v1` that explain all the others and themselves. */
export function documentationRoutes<E>(routes: readonly Route<E>[]): readonly Route<E>[] {
  let made: OpenApiDocument | null = null;
  const all: Route<E>[] = [...routes];
  /** Made when first asked for: a Worker's start-up is paid by every new isolate. */
  const document = (): OpenApiDocument => {
    made ??= openApiDocument(all);
    return made;
  };
  const own: Route<E>[] = [
    route({
      method: 'GET',
      path: '/openapi.json',
      tag: 'Documentation',
      summary: 'The OpenAPI document',
      permission: 'public',
      answers: { 200: { description: 'OpenAPI 3.1.' } },
      handle: async () => ok({ status: 200, body: document() }),
    }),
    route({
      method: 'GET',
      path: '/docs',
      tag: 'Documentation',
      summary: 'This page',
      permission: 'public',
      answers: { 200: { description: 'HTML.' } },
      handle: async () =>
        ok({
          status: 200,
          text: { mediaType: 'text/html; charset=utf-8', content: docsPage(document()) },
          headers: { 'Content-Security-Policy': CONTENT_SECURITY_POLICY },
        }),
    }),
  ];
  all.push(...own);
  return own;
}

/** The whole page. */
function docsPage(document: OpenApiDocument): string {
  const title = escapeHtml(String(document.info.title));
  const tags = document.tags.map(({ name }) => name);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title}: API</title>
<style>${STYLE}</style></head><body><h1>${title}</h1>
<p>${prose(String(document.info.summary))} Machines read <a href="/openapi.json">/openapi.json</a>.</p>
<p>${prose(String(document.info.description))}</p>
<nav><ul>${[...tags, 'Problems'].map((tag) => `<li><a href="#${anchor(tag)}">${escapeHtml(tag)}</a></li>`).join('')}</ul></nav>
${tags.map((tag) => section(document, tag)).join('\n')}
${problems()}
${schemas(document)}</body></html>`;
}

const anchor = (text: string): string =>
  escapeHtml(text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));

function section(document: OpenApiDocument, tag: string): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => operationHtml(method, path, operation)),
  );
  return `<h2 id="${anchor(tag)}">${escapeHtml(tag)}</h2>${operations.join('\n')}`;
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const { requestBody, responses } = operation;
  return `<section id="${escapeHtml(operation.operationId)}">
<h3><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h3>
<p>${prose(operation.summary)}. ${prose(operation.description)}</p>
${parameterTable(operation.parameters)}
${requestBody === undefined ? '' : `<details><summary>Request body</summary>${json(requestBody.content)}</details>`}
<details><summary>Answers ${Object.keys(responses).map(escapeHtml).join(', ')}</summary>${json(responses)}</details>
</section>`;
}

function parameterTable(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: place, required, description = '', schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${place}${required ? ', required' : ''}</td>` +
      `<td>${prose(description)} <code>${escapeHtml(JSON.stringify(schema))}</code></td></tr>`,
  );
  return `<table><tbody>${rows.join('')}</tbody></table>`;
}

function problems(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([kind, { status, title }]) =>
      `<tr id="problem-${kind}"><td><code>${kind}</code></td><td>${status}</td><td>${escapeHtml(title)}</td></tr>`,
  );
  return `<h2 id="problems">Problems</h2><p>Every refusal is problem details (RFC 9457) with
<code>code</code>, <code>requestId</code> and a pointer to each field at fault.</p>
<table><tbody>${rows.join('')}</tbody></table>`;
}

function schemas({ components }: OpenApiDocument): string {
  const parts = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${anchor(name)}"><summary>${escapeHtml(name)}</summary>${json(schema)}</details>`,
  );
  return `<h2 id="schemas">Schemas</h2>${parts.join('\n')}`;
}
