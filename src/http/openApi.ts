// The OpenAPI description of the native API, generated from the declarations of its routes.

import type { z } from 'zod';
import { areas } from './areas.ts';
import { about, conventions } from './docsTexts.ts';
import { inputSchema, outputSchemas } from './jsonSchema.ts';
import { headers, responsesWith } from './responses.ts';
import { type Access, hasPast, type Route, readsViews } from './route.ts';

export const openApiPath = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

const parametersIn = (place: 'path' | 'query', schema: z.ZodObject | undefined) => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = inputSchema(schema);
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    description,
    schema: property,
  }));
};

const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'The same key and request again, at any time, changes nothing and gives the same answer. A key counts for you, on all ' +
      'devices, and for what it is used on: in another conversation it is another key. So make it random, such as a UUID. With ' +
      'other content it is refused, `command-key-reused`.',
    schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[!-~]+$' },
  },
  MinPosition: {
    name: 'X-Min-Position',
    in: 'header',
    description: 'An `X-Position` of an earlier answer: this one reflects at least that, or is 503.',
    schema: { type: 'integer', format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  },
  AsOf: {
    name: 'asOf',
    in: 'query',
    description:
      'A position of the log, or an ISO time: the answer as it was then, `X-Position` says at which position. You see nothing ' +
      'that you may not see now, and of what was removed since only its place; auditors see all of it.',
    schema: {
      oneOf: [
        { type: 'integer', format: 'int64', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string', format: 'date-time' },
      ],
    },
    example: '2026-03-01T09:00:00Z',
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'Your name for this request, in the log of the server. Of another form than `[\\w.:-]{1,100}` it is passed over.',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of what you have: it is not sent again.',
    schema: { type: 'string' },
  },
  Range: {
    name: 'Range',
    in: 'header',
    description: 'The one range of bytes that you want: `bytes=0-99`.',
    schema: { type: 'string', maxLength: 100 },
  },
} as const;

const refer = (name: keyof typeof parameters) => ({ $ref: `#/components/parameters/${name}` });

/** Is it the wish for a command, which remembers its key? */
const takesKey = ({ method, refuses = [] }: Route): boolean =>
  method === 'POST' && refuses.includes('command-key-reused');

const sharedOf = (route: Route): readonly (keyof typeof parameters)[] => [
  ...(takesKey(route) ? (['IdempotencyKey'] as const) : []),
  ...(hasPast(route) ? (['AsOf'] as const) : []),
  ...(readsViews(route) ? (['MinPosition'] as const) : []),
  ...(304 in route.answers ? (['IfNoneMatch'] as const) : []),
  ...(206 in route.answers ? (['Range'] as const) : []),
  'RequestId',
];

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
  const { name, area, summary, description, access, params, query } = route;
  return {
    operationId: name,
    tags: [area],
    summary,
    description: [description ?? `${summary}.`, roles[access]].filter((text) => text !== undefined).join(' '),
    security: access === 'public' ? [] : [{ credential: [] }],
    parameters: [...parametersIn('path', params), ...parametersIn('query', query), ...sharedOf(route).map(refer)],
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
