// The OpenAPI description of the native API, generated from the declarations of its routes.

import { areas } from './areas.ts';
import { about, conventions } from './docsTexts.ts';
import { inputSchema, outputSchemas } from './jsonSchema.ts';
import { parameters, parametersOf } from './parameters.ts';
import { headers, responsesWith } from './responses.ts';
import type { Access, Route } from './route.ts';

export const openApiPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

const bytes = { type: 'string', format: 'binary', description: 'The file, with its name and its type.' };
const form = { type: 'object', required: ['file'], properties: { file: bytes } };
const file = { 'multipart/form-data': { schema: form }, '*/*': { schema: { type: 'string', format: 'binary' } } };

const requestBodyOf = ({ body, example }: Route) =>
  body && {
    required: body === 'file' || !body.safeParse({}).success,
    content: body === 'file' ? file : { 'application/json': { schema: inputSchema(body), example } },
  };

const roles: Partial<Record<Access, string>> = {
  audit: 'For auditors and admins.',
  appoint: 'For admins.',
  suspend: 'For admins.',
  invite: 'For admins.',
};

const operationOf = (route: Route, responses: Readonly<Record<string, object>>) => {
  const { name, area, summary, description, access } = route;
  return {
    operationId: name,
    tags: [area],
    summary,
    description: [description ?? `${summary}.`, roles[access]].filter((text) => text !== undefined).join(' '),
    security: access === 'public' ? [] : [{ credential: [] }],
    parameters: parametersOf(route),
    requestBody: requestBodyOf(route),
    responses,
  };
};

/** In CommonMark, as OpenAPI has it. */
const introduction = [about, ...conventions.flatMap(([title, text]) => [`## ${title}`, text])].join('\n\n');

/**
 * An OpenAPI 3.1 document of `routes`, to be written as JSON: undefined values drop out. `address`: at which the reader
 * reaches this server.
 */
export const openApiOf = (routes: readonly Route[], address: string) => {
  const schemas = outputSchemas();
  const responses = responsesWith(schemas);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, responses.of(route)) };
  }
  const text = JSON.stringify([paths, responses.shared, schemas.components]);
  const isUsed = (schema: string): boolean => text.includes(`"#/components/schemas/${schema}"`);
  const named = new Set(routes.map(({ area }) => area));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Verbatim',
      version: '1',
      description: introduction,
      contact: { name: 'Who runs this server', url: address },
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: address, description: 'This server.' }],
    tags: Object.entries(areas)
      .filter(([name]) => named.has(name as keyof typeof areas))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas.components).filter(([name]) => isUsed(name))),
      parameters,
      headers,
      responses: responses.shared,
      securitySchemes: {
        credential: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token, or a key of 40 hexadecimal digits; the scheme may also be `Token`.',
        },
      },
    },
  };
};
