import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/dialects/django/apiErrors.ts';
import { parseJson } from '../../../src/dialects/django/body.ts';
import { numberIn, textIn } from '../../../src/dialects/django/text.ts';

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
  const PROPERTY = 'Expecting property name enclosed in double quotes';

  it.each([
    ['{', `${PROPERTY}: line 1 column 2 (char 1)`],
    ["{'a':1}", `${PROPERTY}: line 1 column 2 (char 1)`],
    ['{"a":1,}', `${PROPERTY}: line 1 column 8 (char 7)`],
    ['{"a"}', "Expecting ':' delimiter: line 1 column 5 (char 4)"],
    ['{"a":}', 'Expecting value: line 1 column 6 (char 5)'],
    ['abc', 'Expecting value: line 1 column 1 (char 0)'],
    ['[', 'Expecting value: line 1 column 2 (char 1)'],
    ['[1,]', 'Expecting value: line 1 column 4 (char 3)'],
    ['[1', "Expecting ',' delimiter: line 1 column 3 (char 2)"],
    ['{"a":1', "Expecting ',' delimiter: line 1 column 7 (char 6)"],
    ['{"a":1 "b":2}', "Expecting ',' delimiter: line 1 column 8 (char 7)"],
    ['{"a":1} x', 'Extra data: line 1 column 9 (char 8)'],
    ['01', 'Extra data: line 1 column 2 (char 1)'],
    ['-', 'Expecting value: line 1 column 1 (char 0)'],
    ['"abc', 'Unterminated string starting at: line 1 column 1 (char 0)'],
    ['["\\', 'Unterminated string starting at: line 1 column 2 (char 1)'],
    ['{"a":"\n"}', 'Invalid control character at: line 1 column 7 (char 6)'],
    ['{"a":"\\x"}', 'Invalid \\escape: line 1 column 7 (char 6)'],
    ['"\\u12x4"', 'Invalid \\uXXXX escape: line 1 column 3 (char 2)'],
    ['{"a":NaN}', "Out of range float values are not JSON compliant: 'NaN'"],
    ['-Infinity', "Out of range float values are not JSON compliant: '-Infinity'"],
    ['{"😀":\n\n "é" 1}', "Expecting ',' delimiter: line 3 column 6 (char 12)"],
    ['\ufeff{}', 'Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)'],
    [' ', 'Expecting value: line 1 column 2 (char 1)'],
  ])('%j is refused in the words of Python', (text, words) => {
    expect(textOf(text)).toBe(words);
  });

  it.each([
    [[0xff], 'byte 0xff in position 0: invalid start byte'],
    [[0x22, 0x80], 'byte 0x80 in position 1: invalid start byte'],
    [[0x22, 0xc3, 0x22], 'byte 0xc3 in position 1: invalid continuation byte'],
    [[0x22, 0xc3], 'byte 0xc3 in position 1: unexpected end of data'],
    [[0xe2, 0x82, 0x28], 'bytes in position 0-1: invalid continuation byte'],
    [[0xef, 0x22], 'byte 0xef in position 0: invalid continuation byte'],
    [[0xf0, 0x9f, 0x98], 'bytes in position 0-2: unexpected end of data'],
    // The beginning of what stands for bytes that are no text: it begins as these do.
    [[0x22, 0xef, 0xbf], 'bytes in position 1-2: unexpected end of data'],
    [[0xed, 0xa0, 0x80], 'byte 0xed in position 0: invalid continuation byte'],
    [[0xc3, 0xa9, 0xe0, 0x80], 'byte 0xe0 in position 2: invalid continuation byte'],
  ])('the bytes %j are no text', (bytes, words) => {
    expect(textOf(Uint8Array.from(bytes))).toBe(`'utf-8' codec can't decode ${words}`);
  });

  it('no depth of nesting harms', () => {
    expect(textOf('['.repeat(100_000))).toBe('The values are nested too deeply');
    expect(textOf('{"a":'.repeat(100_000))).toBe('The values are nested too deeply');
    expect(parse(JSON.stringify('['.repeat(1000)))).toBe('['.repeat(1000));
    expect(parse(`${'['.repeat(400)}${']'.repeat(400)}`)).toBeInstanceOf(Array);
  });

  it('for all input there is a value or an error of the framework', () => {
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
          expect(textOf(text)).not.toBe('undefined');
          return;
        }
        // A number whose digits say more than its value comes with them.
        expect(JSON.parse(JSON.stringify(parse(text)))).toEqual(expected);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        try {
          parseJson(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
          expect((error as ApiError).body).not.toEqual({ detail: 'JSON parse error - undefined' });
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

describe('a number', () => {
  it.each([
    '12345678901234567890',
    '-12345678901234567890',
    '1.0',
    '1.50',
    '1e3',
    '1E400',
    '-0',
    '0.1',
    '100',
    '9007199254740991',
  ])('%s in a text field is the text that was sent', (digits) => {
    const { text } = parse(`{"text": ${digits}, "other": "1.0"}`) as { text: unknown };
    expect(textIn(text)).toBe(digits);
    expect(JSON.stringify({ text })).toBe(`{"text":${digits}}`);
  });

  it.each([
    ['1.0', 1],
    ['1e1', 10],
    ['7', 7],
  ])('%s in a number field is its value', (digits, value) => {
    expect(numberIn(parse(digits))).toBe(value);
  });

  it('of other digits is another request under an idempotency key', () => {
    const [one, other] = ['12345678901234567890', '12345678901234567891'].map((digits) =>
      JSON.stringify(parse(digits)),
    );
    expect(one).not.toBe(other);
  });
});
