import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/dialects/django/apiErrors.ts';
import { parseJson } from '../../../src/dialects/django/json.ts';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

const textOf = (bytes: Uint8Array | string): string => {
  try {
    parseJson(Buffer.from(bytes as string));
  } catch (error) {
    return ((error as ApiError).body as { detail: string }).detail.replace('JSON parse error - ', '');
  }
  return expect.fail(`${bytes} was taken`);
};

describe('JSON that is none', () => {
  it.each([
    ['{', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
    ["{'a':1}", 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)'],
    ['{"a":1,}', 'Expecting property name enclosed in double quotes: line 1 column 8 (char 7)'],
    ['{"a"}', "Expecting ':' delimiter: line 1 column 5 (char 4)"],
    ['{"a":}', 'Expecting value: line 1 column 6 (char 5)'],
    ['abc', 'Expecting value: line 1 column 1 (char 0)'],
    ['[1,]', 'Expecting value: line 1 column 4 (char 3)'],
    ['{"a":1 "b":2}', "Expecting ',' delimiter: line 1 column 8 (char 7)"],
    ['{"a":1} x', 'Extra data: line 1 column 9 (char 8)'],
    ['01', 'Extra data: line 1 column 2 (char 1)'],
    ['1.', 'Extra data: line 1 column 2 (char 1)'],
    ['-', 'Expecting value: line 1 column 1 (char 0)'],
    ['"abc', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['"abc\\', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['{"a":"\n"}', 'Invalid control character at: line 1 column 7 (char 6)'],
    ['{"a":"\\x"}', 'Invalid \\escape: line 1 column 7 (char 6)'],
    ['["\\u00g0"]', 'Invalid \\uXXXX escape: line 1 column 4 (char 3)'],
    ['["\\u00', 'Invalid \\uXXXX escape: line 1 column 4 (char 3)'],
    ['{"a":NaN}', "Out of range float values are not JSON compliant: 'NaN'"],
    ['[Infinity]', "Out of range float values are not JSON compliant: 'Infinity'"],
    ['-Infinity', "Out of range float values are not JSON compliant: '-Infinity'"],
    ['\ufeff{}', 'Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)'],
    [' ', 'Expecting value: line 1 column 2 (char 1)'],
    ['[1', "Expecting ',' delimiter: line 1 column 3 (char 2)"],
    ['{"a":1', "Expecting ',' delimiter: line 1 column 7 (char 6)"],
    ['{\n "a": 1,\n "b"\n}', "Expecting ':' delimiter: line 4 column 1 (char 16)"],
    ['["😀" 1]', "Expecting ',' delimiter: line 1 column 6 (char 5)"],
  ])('%j is refused as Python does', (text, message) => {
    expect(textOf(text)).toBe(message);
  });

  it.each([
    [[0xff], "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"],
    [[0x22, 0x80], "'utf-8' codec can't decode byte 0x80 in position 1: invalid start byte"],
    [[0x22, 0xc3, 0x22], "'utf-8' codec can't decode byte 0xc3 in position 1: invalid start byte"],
    [[0x22, 0xc3], 'Unterminated string starting at: line 1 column 1 (char 0)'],
  ])('the bytes %j are refused as Python does', (bytes, message) => {
    expect(textOf(Uint8Array.from(bytes))).toBe(message);
  });

  it('no depth of nesting harms', () => {
    expect(textOf('['.repeat(100_000))).toBe('maximum recursion depth exceeded');
    expect(textOf('{"a":'.repeat(100_000))).toBe('maximum recursion depth exceeded');
    expect(parse(JSON.stringify('['.repeat(1000)))).toBe('['.repeat(1000));
    expect(parse(`${'['.repeat(400)}${']'.repeat(400)}`)).toBeInstanceOf(Array);
  });

  it('whatever comes, there is a value or an error of the framework', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'u',
      '0',
      '-',
      '.',
      'e',
      'NaN',
      ' ',
      '\n',
      'é',
      '😀',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parse(text)).toThrow(ApiError);
          return;
        }
        expect(parse(text)).toEqual(expected);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        try {
          parseJson(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
  });
});

it('a key given twice counts as given last, and prototype keys are only keys', () => {
  expect(parse('{"a":1,"a":2}')).toEqual({ a: 2 });
  const value = parse('{"__proto__":{"admin":true}}') as object;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect('admin' in value).toBe(false);
});
