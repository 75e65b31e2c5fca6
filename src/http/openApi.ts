// The OpenAPI description of the native API, generated from the declarations of its routes.

import type { z } from 'zod';
import { PROBLEM, statusOf, titleOf } from '../api/failureCodes.ts';
import { inputSchema, type JsonSchema, outputSchemas } from './jsonSchema.ts';
import type { Access, Route } from './route.ts';

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

const header = (name: string) => ({ $ref: `#/components/parameters/${name}` });

const bytes = { schema: {} };
const file = { 'application/octet-stream': bytes, '*/*': bytes, 'multipart/form-data': bytes };

const requestBodyOf = ({ body, example }: Route) =>
  body && {
    required: body === 'file' || !body.safeParse({}).success,
    content: body === 'file' ? file : { 'application/json': { schema: inputSchema(body), example } },
  };

const answerOf = (answer: z.ZodType | string | null, schemaOf: (schema: z.ZodType) => JsonSchema) => {
  if (answer === null) return { description: 'Done.' };
  if (typeof answer === 'string') return { description: answer };
  return { description: 'Done.', content: { 'application/json': { schema: schemaOf(answer) } } };
};

const problem = { [PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } };

/** The refusals of a route by their status, each with its code. A key is sent with a POST alone. */
const refusalsOf = ({ method, refuses = [] }: Route) => {
  const codes = refuses.filter((code) => method === 'POST' || code !== 'command-key-reused');
  return [...Map.groupBy(codes, (code) => statusOf[code])].map(([status, codes]) => [
    status,
    { description: codes.map((code) => `\`${code}\`: ${titleOf[code]}`).join(' '), content: problem },
  ]);
};

const roles: Partial<Record<Access, string>> = {
  audit: 'For auditors and admins.',
  appoint: 'For admins.',
  suspend: 'For admins.',
  invite: 'For admins.',
};

const operationOf = (route: Route, schemaOf: (schema: z.ZodType) => JsonSchema) => {
  const { method, path, area, summary, description, access, params, query, answers } = route;
  const responses = Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, schemaOf)]);
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+(\w)?/g, (_, next = '') => next.toUpperCase())}`,
    tags: [area],
    summary,
    description: [description, roles[access]].filter((text) => text !== undefined).join(' ') || undefined,
    security: access === 'public' ? [] : [{ credential: [] }],
    parameters: [
      ...parametersIn('path', params),
      ...parametersIn('query', query),
      ...(method === 'POST' ? [header('IdempotencyKey')] : []),
      ...(method === 'GET' ? [header('MinPosition')] : []),
    ],
    requestBody: requestBodyOf(route),
    responses: {
      ...Object.fromEntries([...responses, ...refusalsOf(route)]),
      429: { $ref: '#/components/responses/TooMany' },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
};

const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'The same key and request again, at any time, changes nothing and gives the same answer. A key counts for you and for ' +
      'what it is used on: in another conversation it is another key. With other content it is refused, `command-key-reused`.',
    schema: { type: 'string', minLength: 1, maxLength: 200 },
  },
  MinPosition: {
    name: 'X-Min-Position',
    in: 'header',
    description: 'An `X-Position` of an earlier answer: this one reflects at least that, or is 503.',
    schema: { type: 'integer', minimum: 0 },
  },
};

const told = (description: string, type: 'integer' | 'string') => ({ description, schema: { type } });

/** Every route counts: for the account, or else for the address. */
const tooMany = {
  description: `\`too-many-requests\`: ${titleOf['too-many-requests']}`,
  headers: {
    'Retry-After': told('Seconds to wait.', 'integer'),
    RateLimit: told('What is left of the limit: `"sends";r=0;t=1`.', 'string'),
    'RateLimit-Policy': told('The limit, its quota and its seconds: `"sends";q=6000;w=60`.', 'string'),
  },
  content: problem,
};

/** An OpenAPI 3.1 document of `routes`, to be written as JSON: undefined values drop out. */
export const openApiOf = (routes: readonly Route[]) => {
  const { of, components } = outputSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, of) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Verbatim',
      version: '1',
      description: `Chat whose every change is an event. Codes of errors: ${Object.keys(titleOf).join(', ')}.`,
    },
    paths,
    components: {
      schemas: components,
      parameters,
      responses: { Problem: { description: 'It went wrong.', content: problem }, TooMany: tooMany },
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
