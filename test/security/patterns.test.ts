// S44: no pattern of the program takes more than linear time on any text.

import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { analyse } from 'scslre';
import { describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import { z } from 'zod';
import { routes } from '../../src/http/routes/index.ts';
import { Inbound } from '../../src/ws/wire.ts';

const root = resolve(import.meta.dirname, '../..');

/** The trees of a program and of a schema have this in common. */
function* nodesOf(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const inner of Object.values(value)) yield* nodesOf(inner);
}

/** Every regular expression that is written in a file. */
const patternsIn = (file: string): readonly RegExp[] =>
  [...nodesOf(parseAst(readFileSync(join(root, file), 'utf8'), { lang: 'ts' }))].flatMap(({ type, regex }) => {
    if (type !== 'Literal' || regex === undefined) return [];
    const { pattern, flags } = regex as { readonly pattern: string; readonly flags: string };
    return [new RegExp(pattern, flags)];
  });

/** Those that the library behind the schemas adds: of an e-mail address, of an id. */
const patternsOf = (schema: z.ZodType): readonly RegExp[] =>
  [...nodesOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }))].flatMap(({ pattern }) =>
    typeof pattern === 'string' ? [new RegExp(pattern, 'u')] : [],
  );

const slow = (patterns: readonly RegExp[]): readonly string[] =>
  patterns.filter((pattern) => analyse(pattern).reports.length > 0).map(String);

test('the analysis finds what takes quadratic or exponential time', () => {
  expect(slow([/(a+)+$/, /\s+$/, /a*a*b/])).toHaveLength(3);
  expect(slow([/^a+$/, /^\s/, /a{1,9}b/])).toEqual([]);
});

describe('no pattern takes more than linear time', () => {
  const files = globSync('src/**/*.ts', { cwd: root });
  const written = files.map((file) => ({ file, patterns: patternsIn(file) })).filter(({ patterns }) => patterns.length);

  test.each(written)('in $file', ({ patterns }) => {
    expect(slow(patterns)).toEqual([]);
  });

  test('in the files of the program there are as many as a search for them finds', () => {
    expect(written.flatMap(({ patterns }) => patterns).length).toBeGreaterThan(100);
  });

  test('in the schemas of what clients send', () => {
    const schemas = routes.flatMap(({ body, params, query }) => [body, params, query, Inbound]);
    const patterns = schemas.flatMap((schema) => (schema instanceof z.ZodType ? patternsOf(schema) : []));
    expect(patterns.length).toBeGreaterThan(10);
    expect(slow(patterns)).toEqual([]);
  });
});
