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
  it.each([
    '{',
    "{'a':1}",
    '{"a":1,}',
    '{"a"}',
    'abc',
    '[1,]',
    '{"a":1} x',
    '01',
    '"abc',
    '{"a":"\n"}',
    '{"a":"\\x"}',
    '{"a":NaN}',
    '-Infinity',
    '\ufeff{}',
    ' ',
  ])('%j is refused with the reason', (text) => {
    expect(textOf(text)).not.toBe('');
  });

  it.each([[[0xff]], [[0x22, 0x80]], [[0x22, 0xc3, 0x22]], [[0x22, 0xc3]]])('the bytes %j are no text', (bytes) => {
    expect(textOf(Uint8Array.from(bytes))).toBe('The text is not UTF-8');
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
