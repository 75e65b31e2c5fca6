// S43: no reader of JSON parses what would hold up the process, and each reads what JSON is.

import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fieldErrorsOf } from '../../src/api/failures.ts';
import { parseJson } from '../../src/api/json.ts';
import { char, list } from '../../src/dialects/django/fields.ts';
import { readFrame as readNargilFrame } from '../../src/dialects/nargil/frames.ts';
import { messageIn } from '../../src/dialects/silicornya/wire.ts';
import { readFrame } from '../../src/ws/wire.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

test('JSON within its bounds is read as JSON is, whatever its strings hold', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      expect(parseJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  for (const text of ['"[[["', '"\\""', '"\\\\"', '{"a\\"[":"]\\\\"}', `"${'['.repeat(1000)}"`])
    expect(parseJson(text)).toEqual(JSON.parse(text));
});

describe('JSON beyond its bounds is refused before it is parsed', () => {
  test('500 levels and 10,000 values are taken, one more is not', () => {
    expect(parseJson(nested(500))).toBeInstanceOf(Array);
    expect(() => parseJson(nested(501))).toThrow('nested too deeply');
    expect(() => parseJson('{"a":'.repeat(1_000_000))).toThrow('nested too deeply');
    expect(parseJson(`[${'1,'.repeat(9999)}1]`)).toHaveLength(10_000);
    expect(() => parseJson(`[${'1,'.repeat(10_000)}1]`)).toThrow('too many values');
    expect(() => parseJson('{}'.repeat(60_000))).toThrow('too many values');
  });

  test('what hides in strings does not count, and what follows them does', () => {
    expect(parseJson(`["${'[,'.repeat(60_000)}"]`)).toHaveLength(1);
    for (const before of ['""', '"\\""', '"\\\\"', '"\\\\\\""'])
      expect(() => parseJson(`[${before},${nested(501)}]`)).toThrow('nested too deeply');
  });

  const deep = (frame: string) => frame.replace('…', nested(501));
  test('by each of the sockets', () => {
    expect(readFrame(deep('{"type":"ping","more":…}'))).toMatchObject({ refusal: { code: 'malformed-json' } });
    expect(readFrame(`[${'1,'.repeat(1000)}1]`)).toMatchObject({ refusal: { code: 'malformed-json' } });
    expect(() => readNargilFrame(Buffer.from(deep('{"message":"x","more":…}')), false, true)).toThrow();
    expect(() => readNargilFrame(Buffer.from(`{"message":"x","more":[${'1,'.repeat(1000)}1]}`), false, true)).toThrow();
    const enquiry = deep('{"message":"x","more":…}');
    expect(messageIn(enquiry)).toBe(enquiry);
  });

  test('in a field of a form', () => {
    expect(list(char(), 10).safeParse(nested(501)).success).toBe(false);
  });
});

test('an answer names the first hundred of the fields at fault', () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, 1]));
  expect(fieldErrorsOf(z.strictObject({}).safeParse(many).error!)).toHaveLength(100);
  expect(fieldErrorsOf(z.array(z.string()).safeParse(Object.values(many)).error!)).toHaveLength(100);
});

test('nothing that answers clients parses JSON in another way, but cursors and what the program itself wrote', () => {
  const cwd = resolve(import.meta.dirname, '../../src');
  const files = globSync('{api,http,ws,dialects}/**/*.ts', { cwd });
  const parsing = files.filter((file) => readFileSync(resolve(cwd, file), 'utf8').includes('JSON.parse('));
  expect(parsing.sort()).toEqual(['api/json.ts', 'http/cursors.ts', 'http/jsonSchema.ts', 'ws/elsewhere.ts']);
});
