// The OpenAPI document and the documentation page.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FailureCode, statusOf, titleOf } from '../../src/api/failureCodes.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
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

  test('says of every operation what comes of it, who may, and how errors look', () => {
    for (const methods of Object.values<object>(document.paths))
      for (const operation of Object.values(methods)) {
        expect(Object.keys(operation.responses)).toContain('default');
        expect(Object.keys((lookUp(operation.responses[429].$ref) as { headers: object }).headers)).toEqual([
          'Retry-After',
          'RateLimit',
          'RateLimit-Policy',
        ]);
        expect(operation.summary.length).toBeGreaterThan(3);
        expect(Array.isArray(operation.security)).toBe(true);
      }
  });

  test('says of a command with what it is refused, as the command declares it', () => {
    const { post } = document.paths['/v1/conversations/{conversationId}/messages'];
    const refusals = Object.entries<{ description: string }>(post.responses).filter(
      ([status]) => Number(status) >= 400 && Number(status) !== 429,
    );
    const codes = refusals.flatMap(([status, { description }]) =>
      [...description.matchAll(/`([\w-]+)`/g)].map(([, code]) => [Number(status), code]),
    );
    expect(new Set(codes.map(([, code]) => code))).toEqual(new Set(sendMessage.refuses));
    for (const [status, code] of codes) expect(status).toBe(statusOf[code as FailureCode]);
  });

  test('says of a field what limits it', () => {
    const { schema } =
      document.paths['/v1/conversations/{conversationId}/messages'].post.requestBody.content['application/json'];
    expect(schema.properties.text).toEqual({ type: 'string', maxLength: 8000, default: '' });
    expect(schema.additionalProperties).toBe(false);
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
