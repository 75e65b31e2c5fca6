// The parameters of routes as OpenAPI describes them: paths, queries and headers.

import type { z } from 'zod';
import { inputSchema } from './jsonSchema.ts';
import { hasPast, type Route, readsViews } from './route.ts';

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

/** Those that several routes take. */
export const parameters = {
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

export const parametersOf = (route: Route) => [
  ...parametersIn('path', route.params),
  ...parametersIn('query', route.query),
  ...sharedOf(route).map(refer),
];
