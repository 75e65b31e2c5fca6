// The documentation page of the native API, generated from the declarations of its routes.

import { z } from 'zod';
import { type FailureCode, statusOf, titleOf } from '../api/failureCodes.ts';
import { type FrameExample, framesIn, framesOut } from '../api/frameExamples.ts';
import { areas } from './areas.ts';
import { codesOf } from './codes.ts';
import { fieldsOf, table, typeOf } from './docsFields.ts';
import { about, conventions } from './docsTexts.ts';
import { type Html, html, pageOf, prose } from './htmlPage.ts';
import { inputSchema, type JsonSchema, outputSchemas } from './jsonSchema.ts';
import { openApiPath } from './openApi.ts';
import type { Access, Answer, Route } from './route.ts';

const who: Readonly<Record<Access, string>> = {
  public: 'anybody',
  user: 'signed in',
  audit: 'auditors',
  appoint: 'admins',
  suspend: 'admins',
  invite: 'admins',
  rebuild: 'admins',
};

const anchorOf = ({ method, path }: Route): string => `${method}-${path.replace(/[^\w]+/g, '-')}`.toLowerCase();

/** As one line, as long as that can be read without scrolling. */
const shownJson = (value: unknown): string => {
  const line = JSON.stringify(value);
  return line.length <= 80 ? line : JSON.stringify(value, null, 2);
};

const isJson = (body: Route['body']): body is z.ZodType => body !== undefined && body !== 'file';

const curlOf = ({ method, path, access, body, example, query }: Route, address: string): string => {
  const parts = [`curl${method === 'GET' ? '' : ` -X ${method}`} ${address}${openApiPath(path)}`];
  if (body === 'file' && query?.shape.name !== undefined) parts[0] += '?name=cat.png';
  if (access !== 'public') parts.push("-H 'Authorization: Bearer …'");
  if (body === 'file') parts.push("-H 'Content-Type: image/png'", '--data-binary @cat.png');
  if (isJson(body))
    parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example ?? {}).replaceAll("'", "'\\''")}'`);
  return parts.join(' \\\n  ');
};

const answersOf = (route: Route, schemaOf: (schema: z.ZodType) => JsonSchema): Html => {
  const shown = (answer: Answer): Html | readonly (Html | string)[] | string => {
    if (answer === null) return 'no body';
    if (answer instanceof z.ZodType) return typeOf(schemaOf(answer));
    const { description, mediaType, line } = answer;
    return html`${prose(description)} ${line === undefined ? '' : html`Each line: ${typeOf(schemaOf(line))}. `}<code>${mediaType}</code>`;
  };
  const answered = Object.entries(route.answers).map(
    ([status, answer]) => html`<tr><td><code>${status}</code></td><td>${shown(answer)}</td></tr>`,
  );
  const failed = [...Map.groupBy(codesOf(route).toSorted(), (code) => statusOf[code])].toSorted(
    ([one], [other]) => one - other,
  );
  const failures = failed.map(
    ([status, codes]) =>
      html`<tr><td><code>${status}</code></td><td>${codes.map((code, i) => html`${i === 0 ? '' : ', '}<a href="#${code}">${code}</a>`)}</td></tr>`,
  );
  return html`<h4>Answers</h4>${table([...answered, ...failures])}`;
};

const routeOf = (route: Route, schemaOf: (schema: z.ZodType) => JsonSchema, address: string): Html => html`
<details id="${anchorOf(route)}"><summary><b class="method">${route.method}</b><code>${openApiPath(route.path)}</code>
<span>${route.summary}</span><span class="who">${who[route.access]}</span></summary><div>
<p>${prose(route.description ?? `${route.summary}.`)}</p>
${route.params ? fieldsOf('In the path', inputSchema(route.params), 'input') : ''}
${route.query ? fieldsOf('In the query', inputSchema(route.query), 'input') : ''}
${isJson(route.body) ? fieldsOf('In the body', inputSchema(route.body), 'input') : ''}
${answersOf(route, schemaOf)}
<h4>Example</h4><pre>${curlOf(route, address)}</pre></div></details>`;

const errors = (Object.keys(titleOf) as FailureCode[]).map(
  (code) =>
    html`<tr id="${code}"><td><code>${code}</code></td><td>${statusOf[code]}</td><td>${titleOf[code]}</td></tr>`,
);

const frameOf = ([type, { says, example }]: [string, FrameExample]): Html => html`<details><summary><code>${type}</code>
<span>${prose(says)}</span></summary><div><pre>${shownJson(example)}</pre></div></details>`;

/** The HTML page that documents `routes`, for a reader who reaches the server at `address`. */
export const docsPageOf = (routes: readonly Route[], address: string): string => {
  const { of, components } = outputSchemas();
  const named = [...new Set(routes.map(({ area }) => area))];
  const inArea = (area: string) => routes.filter((route) => route.area === area);
  const link = (route: Route) => html`<li><a href="#${anchorOf(route)}">${route.summary}</a></li>`;
  const schema = ([name, value]: [string, JsonSchema]) =>
    html`<details id="${name}"><summary><code>${name}</code><span>${prose(value.description ?? '')}</span></summary>
<div>${value.anyOf ? html`<p>${typeOf(value)}</p>` : fieldsOf('Fields', value, 'output')}</div></details>`;
  // The contents stand after the page: a wide window shows them beside it, and a phone has the page first.
  return pageOf(
    'Verbatim API',
    html`<main id="top"><h1>Verbatim API</h1><p class="narrow"><a href="#contents">Contents</a></p>
<p>${about} The same in machine-readable form:
<a href="/v1/openapi.json">/v1/openapi.json</a>.</p>
${conventions.map(([title, text]) => html`<h4>${title}</h4><p>${prose(text)}</p>`)}
${named.map(
  (area) =>
    html`<h2 id="${area}">${area}</h2><p>${areas[area]}</p>${inArea(area).map((route) => routeOf(route, of, address))}`,
)}
<h2 id="frames">Frames of the socket</h2><p>JSON, one in each text frame of <code>${address.replace(/^http/, 'ws')}/v1/socket</code>.</p>
<h4>You send</h4>${Object.entries(framesIn).map(frameOf)}<h4>The server sends</h4>${Object.entries(framesOut).map(frameOf)}
<h2 id="shapes">Shapes</h2>${Object.entries(components).map(schema)}<h2 id="errors">Errors</h2>${table(errors)}</main>
<nav id="contents"><a href="#top"><b>Verbatim API</b></a>${named.map(
      (area) => html`<p><a href="#${area}">${area}</a></p><ul>${inArea(area).map(link)}</ul>`,
    )}<p><a href="#frames">frames</a> · <a href="#shapes">shapes</a> · <a href="#errors">errors</a></p></nav>`,
  );
};
