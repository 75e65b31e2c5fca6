// The documentation page of the native API, generated from the declarations of its routes.

import type { z } from 'zod';
import { type FailureCode, statusOf, titleOf } from '../api/failureCodes.ts';
import { type Html, html, pageOf, prose } from './htmlPage.ts';
import { inputSchema, type JsonSchema, outputSchemas } from './jsonSchema.ts';
import { openApiPath } from './openApi.ts';
import type { Access, Route } from './route.ts';

const who: Readonly<Record<Access, string>> = {
  public: 'anybody',
  user: 'signed in',
  audit: 'auditors',
  appoint: 'admins',
  suspend: 'admins',
  invite: 'admins',
};

const anchorOf = ({ method, path }: Route): string => `${method}-${path.replace(/[^\w]+/g, '-')}`.toLowerCase();

const table = (rows: readonly Html[]): Html => html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;

const typeOf = (schema: JsonSchema): Html => {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return html`<a href="#${name}">${name}</a>`;
  if (schema.anyOf !== undefined)
    return html`${schema.anyOf.map((one, i) => html`${i === 0 ? '' : ' or '}${typeOf(one)}`)}`;
  if (schema.enum !== undefined) return html`${schema.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  if (schema.type === 'array' && schema.items) return html`list of ${typeOf(schema.items)}`;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  const { format, maxLength, minimum, maximum } = schema;
  const limits = [
    format,
    maxLength === undefined ? undefined : `${String(maxLength)} characters at most`,
    minimum === undefined ? undefined : `from ${String(minimum)}`,
    maximum === undefined ? undefined : `to ${String(maximum)}`,
  ].filter((limit) => limit !== undefined);
  return html`${type}${limits.length === 0 ? '' : ` (${limits.join(', ')})`}`;
};

const fieldsOf = (title: string, schema: JsonSchema, known: 'input' | 'output'): Html => {
  const { properties = {}, required = [] } = schema;
  if (Object.keys(properties).length === 0) return html``;
  const isNeeded = (name: string) => (known === 'input' && required.includes(name) ? 'required' : '');
  const standard = (value: unknown) => (value === undefined ? '' : `default ${JSON.stringify(value)}`);
  const row = ([name, property]: [string, JsonSchema]) => html`<tr><td><code>${name}</code></td>
<td>${typeOf(property)}</td><td>${isNeeded(name)}${standard(property.default)}</td>
<td>${prose(property.description ?? '')}</td></tr>`;
  return html`<h4>${title}</h4>${table(Object.entries(properties).map(row))}`;
};

const isJson = (body: Route['body']): body is z.ZodType => body !== undefined && body !== 'file';

const curlOf = ({ method, path, access, body, example, query }: Route): string => {
  const parts = [`curl${method === 'GET' ? '' : ` -X ${method}`} http://127.0.0.1:3000${openApiPath(path)}`];
  if (body === 'file' && query?.shape.name !== undefined) parts[0] += '?name=cat.png';
  if (access !== 'public') parts.push("-H 'Authorization: Bearer …'");
  if (body === 'file') parts.push("-H 'Content-Type: image/png'", '--data-binary @cat.png');
  if (isJson(body))
    parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example ?? {}).replaceAll("'", "'\\''")}'`);
  return parts.join(' \\\n  ');
};

const answersOf = ({ answers }: Route, schemaOf: (schema: z.ZodType) => JsonSchema): Html => {
  const row = ([status, answer]: [string, z.ZodType | string | null]) =>
    html`<tr><td><code>${status}</code></td><td>${
      answer === null ? 'no body' : typeof answer === 'string' ? prose(answer) : typeOf(schemaOf(answer))
    }</td></tr>`;
  return html`<h4>Answers</h4>${table(Object.entries(answers).map(row))}`;
};

const routeOf = (route: Route, schemaOf: (schema: z.ZodType) => JsonSchema): Html => html`
<details id="${anchorOf(route)}"><summary><b class="method">${route.method}</b><code>${openApiPath(route.path)}</code>
<span>${route.summary}</span><span class="who">${who[route.access]}</span></summary><div>
<p>${prose(route.description ?? `${route.summary}.`)}</p>
${route.params ? fieldsOf('In the path', inputSchema(route.params), 'input') : ''}
${route.query ? fieldsOf('In the query', inputSchema(route.query), 'input') : ''}
${isJson(route.body) ? fieldsOf('In the body', inputSchema(route.body), 'input') : ''}
${answersOf(route, schemaOf)}
<h4>Example</h4><pre>${curlOf(route)}</pre></div></details>`;

const CONVENTIONS = [
  [
    'Signing in',
    'Send `Authorization: Bearer <access token>` or `Authorization: Token <key>`; both come from `POST /v1/sessions`.',
  ],
  [
    'Errors',
    'Are problem details (RFC 9457): go by `code`; `errors` names each field at fault. The codes stand below.',
  ],
  [
    'Retries',
    'Any POST takes `Idempotency-Key`: the same key and request again changes nothing and gives the same answer. In another ' +
      'conversation it is another key.',
  ],
  [
    'Seeing what was done',
    'Every answer says in `X-Position` which place in the log it reflects. A read with `X-Min-Position` waits for that ' +
      'place, so what was done through one server is seen through another. 202 in place of 200 or 201: recorded, not ' +
      'visible yet.',
  ],
  [
    'Limits',
    'Every answer tells, in `RateLimit` and `RateLimit-Policy`, of the limit that it came nearest to; 429 says in ' +
      '`Retry-After` how long to wait. `GET /v1/limits` shows yours.',
  ],
  ['Lists', 'Have `items` and `next`: give `next` back as `after` for the next page; null: there is none.'],
  [
    'Live',
    '`GET /v1/socket` is a WebSocket: sign in by header, by a first frame, or with `?ticket=` from ' +
      '`POST /v1/sessions/current/ticket`; then `subscribe` from any position, `send`, `typing` and `read`.',
  ],
] as const;

const errors = (Object.keys(titleOf) as FailureCode[]).map(
  (code) =>
    html`<tr id="${code}"><td><code>${code}</code></td><td>${statusOf[code]}</td><td>${titleOf[code]}</td></tr>`,
);

/** The HTML page that documents `routes`. */
export const docsPageOf = (routes: readonly Route[]): string => {
  const { of, components } = outputSchemas();
  const areas = [...new Set(routes.map(({ area }) => area))];
  const inArea = (area: string) => routes.filter((route) => route.area === area);
  const link = (route: Route) => html`<li><a href="#${anchorOf(route)}">${route.summary}</a></li>`;
  const schema = ([name, value]: [string, JsonSchema]) =>
    html`<details id="${name}"><summary><code>${name}</code><span>${prose(value.description ?? '')}</span></summary>
<div>${value.anyOf ? html`<p>${typeOf(value)}</p>` : fieldsOf('Fields', value, 'output')}</div></details>`;
  return pageOf(
    'Verbatim API',
    html`<nav><a href="#top"><b>Verbatim API</b></a>${areas.map(
      (area) => html`<p><a href="#${area}">${area}</a></p><ul>${inArea(area).map(link)}</ul>`,
    )}<p><a href="#shapes">shapes</a> · <a href="#errors">errors</a></p></nav>
<main id="top"><h1>Verbatim API</h1><p>Chat whose every change is an event. The same in machine-readable form:
<a href="/v1/openapi.json">/v1/openapi.json</a>.</p>
${CONVENTIONS.map(([title, text]) => html`<h4>${title}</h4><p>${prose(text)}</p>`)}
${areas.map((area) => html`<h2 id="${area}">${area}</h2>${inArea(area).map((route) => routeOf(route, of))}`)}
<h2 id="shapes">Shapes</h2>${Object.entries(components).map(schema)}<h2 id="errors">Errors</h2>${table(errors)}</main>`,
  );
};
