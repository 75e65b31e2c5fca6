// The OpenAPI document and the documentation page.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type FailureCode, statusOf, titleOf } from '../../src/api/failureCodes.ts';
import { framesIn, framesOut } from '../../src/api/frameExamples.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { firstPolicy } from '../../src/domain/policy.ts';
import { refusalCodes } from '../../src/domain/refused.ts';
import { areas } from '../../src/http/areas.ts';
import { about, conventions } from '../../src/http/docsTexts.ts';
import { html, prose } from '../../src/http/htmlPage.ts';
import { openApiPath } from '../../src/http/openApi.ts';
import { routes } from '../../src/http/routes/index.ts';
import { type Program, startProgram } from '../support/program.ts';

let program: Program;
// biome-ignore lint/suspicious/noExplicitAny: the document has any shape
let document: any;
let page: string;
beforeAll(async () => {
  program = await startProgram();
  document = (await program.call('GET', '/v1/openapi.json')).json;
  page = (await program.call('GET', '/docs')).text;
});
afterAll(() => program.close());

/** Every value under every key of that name. */
function* all(value: unknown, key: string): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === key) yield inner;
    yield* all(inner, key);
  }
}

const lookUp = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);

type Described = { readonly [key: string]: unknown } & {
  readonly $ref?: string;
  readonly name?: string;
  readonly description?: string;
  readonly type?: string;
  readonly anyOf?: readonly Described[];
  readonly items?: Described;
  readonly properties?: Readonly<Record<string, Described>>;
};
interface Shown {
  readonly schema: {
    readonly allOf?: readonly { readonly properties?: { readonly code: { readonly enum: FailureCode[] } } }[];
  };
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: { readonly code: string } }>>;
}
interface Response {
  readonly headers: object;
  readonly content?: Readonly<Record<string, Shown | undefined>>;
}
// biome-ignore lint/suspicious/noExplicitAny: as the document
const operations = (): any[] => Object.values<object>(document.paths).flatMap((methods) => Object.values(methods));

const responsesOf = (operation: { responses: Record<string, { $ref?: string }> }) =>
  Object.entries(operation.responses).map(
    ([status, one]) => [status, (one.$ref === undefined ? one : lookUp(one.$ref)) as Response] as const,
  );

/** The codes of failures that an answer may have. */
const codesIn = ({ content }: Response): readonly FailureCode[] =>
  content?.['application/problem+json']?.schema.allOf?.[1]?.properties?.code.enum ?? [];

describe('the OpenAPI document', () => {
  test('is of version 3.1 and has every route, and no other', () => {
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(new Set(described)).toEqual(new Set(routes.map(({ method, path }) => `${method} ${openApiPath(path)}`)));
  });

  test('refers to nothing that is not in it', () => {
    const refs = [...all(document, '$ref')] as string[];
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) expect([ref, lookUp(ref)]).not.toEqual([ref, undefined]);
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  test('names each operation once, and each parameter of its path', () => {
    const ids = [...all(document.paths, 'operationId')];
    expect(new Set(ids).size).toBe(routes.length);
    for (const [path, methods] of Object.entries<object>(document.paths))
      for (const operation of Object.values(methods)) {
        const named = operation.parameters.filter((one: { in?: string }) => one.in === 'path');
        expect(named.map(({ name }: { name: string }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      }
  });

  test('says of every operation who may, and of every answer its headers', () => {
    for (const operation of operations()) {
      expect(operation.summary.length).toBeGreaterThan(3);
      expect(operation.description.length).toBeGreaterThan(3);
      expect(Array.isArray(operation.security)).toBe(true);
      for (const [status, response] of responsesOf(operation)) {
        expect(Object.keys(response.headers)).toEqual(
          expect.arrayContaining(['X-Request-Id', 'X-Position', 'RateLimit', 'RateLimit-Policy']),
        );
        if (['429', '503'].includes(status) && response.content?.['application/problem+json'])
          expect(Object.keys(response.headers)).toContain('Retry-After');
      }
    }
    for (const [name, header] of Object.entries<{ description: string; example: unknown }>(document.components.headers))
      expect([name, header.description, header.example]).not.toContain(undefined);
  });

  test('says of a command with what it is refused, as the command declares it', () => {
    const { post } = document.paths['/v1/conversations/{conversationId}/messages'];
    const codes = responsesOf(post).flatMap(([status, response]) =>
      codesIn(response).map((code) => [Number(status), code] as const),
    );
    expect(codes.map(([, code]) => code)).toEqual(expect.arrayContaining([...sendMessage.refuses]));
    for (const [status, code] of codes) expect(status).toBe(statusOf[code]);
    const names = codes.map(([, code]) => code).filter((code) => (refusalCodes as readonly string[]).includes(code));
    expect(new Set(names)).toEqual(new Set(sendMessage.refuses));
  });

  test('has an example of every answer, and of every code one that bears it', () => {
    for (const operation of operations())
      for (const [status, response] of responsesOf(operation))
        for (const [type, content] of Object.entries(response.content ?? {}) as [string, Shown][]) {
          if (type === '*/*') continue;
          const codes = codesIn(response);
          if (codes.length === 0) expect([operation.operationId, status, content.example]).not.toContain(undefined);
          else
            expect(Object.entries(content.examples!).map(([code, { value }]) => [code, value.code])).toEqual(
              codes.map((code) => [code, code]),
            );
        }
    for (const { answers, name } of routes)
      for (const [status, answer] of Object.entries(answers)) {
        if (!(answer instanceof z.ZodType)) continue;
        const operation = [...operations()].find(({ operationId }) => operationId === name)!;
        answer.parse(operation.responses[status].content['application/json'].example);
      }
  });

  test('describes every parameter and every field, in words', () => {
    const parameters = [...all(document, 'parameters')].flatMap((list) => Object.values(list as object)) as Described[];
    const undescribed = [
      ...parameters.filter((one) => one.$ref === undefined && !one.description).map(({ name }) => name),
      ...[...all(document, 'properties')].flatMap((properties) =>
        Object.entries(properties as Record<string, Described>)
          .filter(([, one]) => one.$ref === undefined && !one.description)
          .map(([name]) => name),
      ),
      ...Object.entries<Described>(document.components.schemas)
        .filter(([, one]) => !one.description)
        .map(([name]) => name),
    ];
    expect(undescribed).toEqual([]);
  });

  test('bounds everything that a client may send', () => {
    const sent: Described[] = [...all(document.paths, 'parameters'), document.components.parameters]
      .flatMap((list) => Object.values(list as object))
      // These may be anything: what they name is there, or it is not.
      .filter(({ $ref, name }) => $ref === undefined && !['X-Request-Id', 'If-None-Match'].includes(name!))
      .map(({ schema }) => schema);
    const bodies = [...all(document.paths, 'requestBody')].map(
      (body) =>
        (body as { content: Record<string, { schema: Described } | undefined> }).content['application/json']?.schema,
    );
    const fields = bodies.flatMap((schema) => Object.values(schema?.properties ?? {}));
    const isBounded = (schema: Described): boolean => {
      if (schema.anyOf) return schema.anyOf.every(isBounded);
      if (schema.type === 'array') return schema.maxItems !== undefined && isBounded(schema.items!);
      if (schema.type === 'integer') return schema.maximum !== undefined && schema.minimum !== undefined;
      return (
        schema.type !== 'string' ||
        schema.enum !== undefined ||
        schema.format === 'uuid' ||
        schema.maxLength !== undefined
      );
    };
    expect([...sent, ...fields].filter((schema) => !isBounded(schema))).toEqual([]);
  });

  test('says of a field what limits it', () => {
    const { schema } =
      document.paths['/v1/conversations/{conversationId}/messages'].post.requestBody.content['application/json'];
    expect(schema.properties.text).toMatchObject({ type: 'string', maxLength: 8000, default: '' });
    expect(schema.additionalProperties).toBe(false);
  });

  test('calls an operation as a person would: a verb and what it is about', () => {
    for (const { operationId } of operations()) expect(operationId).toMatch(/^[a-z]+(?:[A-Z][a-z]+)+$|^sign(In|Out)$/);
  });

  test('tells generators of the licence, of whom to ask, and of each heading', () => {
    expect(document.info.license).toEqual({ name: 'Apache License 2.0', identifier: 'Apache-2.0' });
    expect(document.info.contact.url).toBe(program.url);
    const tags = document.tags.map(({ name, description }: Described) => [name, typeof description]);
    expect(tags).toEqual(Object.keys(areas).map((name) => [name, 'string']));
    for (const {
      tags: [tag],
    } of operations())
      expect(Object.keys(areas)).toContain(tag);
  });

  test('tells at its top what holds for every route, as the page does', () => {
    const { description } = document.info;
    expect(description.startsWith(`${about}\n\n`)).toBe(true);
    expect(page).toContain(about);
    for (const [title, text] of conventions) {
      expect(description).toContain(`## ${title}\n\n${text}`);
      expect(page).toContain(html`<h4>${title}</h4><p>${prose(text)}</p>`.html);
    }
  });

  test('tells of each part of a policy what it is at first, for every kind of conversation', () => {
    const path = '/v1/conversations/{conversationId}/policy';
    const sent = document.paths[path].patch.requestBody.content['application/json'].schema.properties;
    const shown = document.components.schemas.Policy.properties;
    for (const [kind, policy] of Object.entries(firstPolicy))
      for (const [field, value] of Object.entries(policy))
        for (const { description } of [sent[field], shown[field]]) {
          const [, atFirst] = description.split(' At first: ');
          expect(atFirst, `${field} of a ${kind}`).toMatch(
            RegExp(`^\`${value}\`\\.$|\`${value}\` \\([a-z, ]*\\b${kind}\\b[a-z, ]*\\)`),
          );
        }
  });

  test('names for a start only what is read as of a position', () => {
    const { description } = document.paths['/v1/sync'].get;
    const named = [...description.matchAll(/GET ([^?`]+)/g)].map(([, path]) => path);
    expect(named).toHaveLength(6);
    for (const path of named)
      expect(document.paths[path].get.parameters, path).toContainEqual({ $ref: '#/components/parameters/AsOf' });
  });

  test('has the upload as a form with `file`, and the log as lines of its schema', () => {
    const form = document.paths['/v1/files'].post.requestBody.content['multipart/form-data'].schema;
    expect([form.required, form.properties.file.format]).toEqual([['file'], 'binary']);
    const log = document.paths['/v1/audit/events'].get.responses[200].content['application/x-ndjson'];
    expect(log.schema).toEqual({ $ref: '#/components/schemas/AuditedEvent' });
  });

  test('has the address that the reader came by, or the one that the settings name', async () => {
    expect(document.servers.map(({ url }: { url: string }) => url)).toEqual([program.url]);
    expect(page).toContain(`curl ${program.url}/v1/me`);
    const settings = { PUBLIC_URL: 'https://chat.example.org/' };
    const named = await startProgram({ settings });
    const openApi = (await named.call('GET', '/v1/openapi.json')).json;
    expect(openApi.servers[0].url).toBe('https://chat.example.org');
    const docs = (await named.call('GET', '/docs')).text;
    expect(docs).toContain('curl https://chat.example.org/v1/me');
    expect(docs).toContain('wss://chat.example.org/v1/socket');
    expect(docs).not.toContain('127.0.0.1');
    await named.close();
  });
});

test('every example in the documents is one that would be taken', () => {
  for (const { body, example } of routes) if (body !== undefined && body !== 'file') body.parse(example);
});

describe('the page', () => {
  test('shows every route, every code of an error and every shape', () => {
    for (const { path, summary } of routes) {
      expect(page).toContain(`<code>${openApiPath(path)}</code>`);
      expect(page).toContain(summary);
    }
    for (const code of Object.keys(titleOf)) expect(page).toContain(`id="${code}"`);
    for (const name of Object.keys(document.components.schemas)) expect(page).toContain(`id="${name}"`);
  });

  test('shows every frame of the socket, with an example', () => {
    for (const [type, { example }] of Object.entries({ ...framesIn, ...framesOut })) {
      expect(page).toContain(`<code>${type}</code>`);
      expect(page).toContain(`&quot;type&quot;:${JSON.stringify(example).length > 80 ? ' ' : ''}&quot;${type}&quot;`);
    }
  });

  test('comes before its contents, so that a phone does not show these first', () => {
    expect(page.indexOf('<main')).toBeLessThan(page.indexOf('<nav'));
  });

  test('links to nothing that is not there, and loads nothing', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="([^"]+)"/g))
      expect(['/v1/openapi.json', ...ids.map((id) => `#${id}`)]).toContain(target);
    expect(page).not.toMatch(/<script|<link|<img|src=|url\(|@import|https?:\/\/(?!127\.0\.0\.1)/);
  });

  test('may have its own style, and nothing else', async () => {
    const { headers } = await program.call('GET', '/docs');
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toContain(`style-src 'sha256-${hash}'`);
    expect(page).not.toMatch(/ style="/);
    expect(page).toContain('name="viewport"');
  });

  test('is pointed to from the front door', async () => {
    const { status, text } = await program.call('GET', '/');
    expect([status, text]).toEqual([200, expect.stringContaining('href="/docs"')]);
  });
});
