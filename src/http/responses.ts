// The answers of a route as OpenAPI describes them: with headers, schemas and examples.

import { z } from 'zod';
import { type FailureCode, PROBLEM, problemOf, statusOf, titleOf } from '../api/failureCodes.ts';
import { codesOf } from './codes.ts';
import { exampleOf } from './examples.ts';
import type { JsonSchema, OutputSchemas } from './jsonSchema.ts';
import type { Answer, Content, Route } from './route.ts';

const told = (description: string, example: number | string) => ({
  description,
  schema: typeof example === 'number' ? { type: 'integer', format: 'int64', minimum: 0 } : { type: 'string' },
  example,
});

export const headers = {
  'X-Request-Id': told('Names this request in the log of the server: the one you sent, or a new one.', '0190b0a0-1'),
  'X-Position': told('The position of the log that the answer reflects, for `X-Min-Position`.', 1042),
  RateLimit: told('What is left of the limit that the request came nearest to.', '"sends";r=5999;t=1'),
  'RateLimit-Policy': told('That limit, its quota and its seconds.', '"sends";q=6000;w=60'),
  'Retry-After': told('Seconds to wait.', 1),
  'WWW-Authenticate': told('The scheme of credentials.', 'Bearer realm="verbatim"'),
  ETag: told('Names the content, for `If-None-Match`.', '"7Rj0cBq3v0y1dS0k9QmN3w"'),
  'Accept-Ranges': told('The server takes `Range`.', 'bytes'),
  'Content-Range': told('Which bytes these are, of how many.', 'bytes 0-99/48213'),
  'Content-Disposition': told(
    'The name of the file, and whether to show it or to save it.',
    'inline; filename="cat.png"',
  ),
} as const;

const EVERYWHERE = ['X-Request-Id', 'X-Position', 'RateLimit', 'RateLimit-Policy'] as const;

const refer = (names: readonly (keyof typeof headers)[]) =>
  Object.fromEntries([...EVERYWHERE, ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const pascal = (code: string): string => code.replace(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());

const isContent = (answer: Answer): answer is Content => answer !== null && !(answer instanceof z.ZodType);

const headersOf = (status: number, answer: Answer): readonly (keyof typeof headers)[] => [
  ...(status === 304 ? (['ETag'] as const) : []),
  ...(isContent(answer) && answer.mediaType === '*/*'
    ? (['ETag', 'Accept-Ranges', 'Content-Disposition'] as const)
    : []),
  ...(status === 206 ? (['Content-Range'] as const) : []),
];

const texts: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Taken, and not done yet.',
  204: 'Done. There is nothing to say.',
  304: 'You have it already.',
};

/** By the names of `components.responses`, filled as routes ask for them. */
type Shared = Record<string, object>;

export const responsesWith = ({ of, components }: OutputSchemas) => {
  const shared: Shared = {};

  const contentOf = (answer: Exclude<Answer, null>) => {
    if (!isContent(answer)) {
      const schema = of(answer);
      return { 'application/json': { schema, example: exampleOf(schema, components) } };
    }
    const { mediaType, line, example } = answer;
    if (line !== undefined) {
      const schema = of(line);
      return { [mediaType]: { schema, example: exampleOf(schema, components) } };
    }
    if (mediaType === '*/*') return { [mediaType]: { schema: { type: 'string', format: 'binary' } } };
    return { [mediaType]: { schema: { type: 'string' }, example } };
  };

  const success = (status: number, answer: Answer) => ({
    description: isContent(answer) ? answer.description : (answer?.description ?? texts[status] ?? 'Done.'),
    headers: refer(headersOf(status, answer)),
    ...(answer !== null && { content: contentOf(answer) }),
  });

  /** The failures of one status. Routes with the same ones share their description. */
  const failure = (status: number, codes: readonly FailureCode[]) => {
    const name = codes.map(pascal).join('Or');
    const isWait = status === 429 || status === 503;
    const example = (code: FailureCode) => ({
      summary: titleOf[code],
      value: { ...problemOf(code), requestId: '0190b0a0-1' },
    });
    const schema: JsonSchema = {
      allOf: [
        { $ref: '#/components/schemas/Problem' },
        {
          type: 'object',
          required: ['code'],
          properties: { code: { type: 'string', enum: codes, description: 'What went wrong.' } },
        },
      ],
    };
    shared[name] ??= {
      description: codes.map((code) => `\`${code}\`: ${titleOf[code]}`).join(' '),
      headers: refer([
        ...(isWait ? (['Retry-After'] as const) : []),
        ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
        ...(status === 416 ? (['Content-Range'] as const) : []),
      ]),
      content: { [PROBLEM]: { schema, examples: Object.fromEntries(codes.map((code) => [code, example(code)])) } },
    };
    return { $ref: `#/components/responses/${name}` };
  };

  return {
    shared,
    of: (route: Route): Readonly<Record<string, object>> => {
      const failing = Map.groupBy(codesOf(route).toSorted(), (code) => statusOf[code]);
      return Object.fromEntries([
        ...Object.entries(route.answers).map(([status, answer]) => [status, success(Number(status), answer)]),
        // A status may be both: a process that is not ready says so in the body of its 503.
        ...[...failing]
          .filter(([status]) => !(status in route.answers))
          .map(([status, codes]) => [status, failure(status, codes)]),
      ]);
    },
  };
};
