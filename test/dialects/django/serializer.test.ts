import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import { ApiError, type FieldErrors } from '../../../src/dialects/django/apiErrors.ts';
import type { Body } from '../../../src/dialects/django/body.ts';
import { char, email, integer, list, primaryKeyOrNull } from '../../../src/dialects/django/fields.ts';
import { type Checks, type Fields, validate } from '../../../src/dialects/django/serializer.ts';
import { SentNumber } from '../../../src/dialects/django/text.ts';
import { toUuid } from '../../../src/dialects/shared/uuid.ts';

const json = (data: unknown): Body => ({ kind: 'json', data });
const form = (text: string): Body => {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) values.set(name, [...(values.get(name) ?? []), value]);
  return { kind: 'form', values };
};
type AnyField = z.ZodType;

const validated = async <F extends Fields>(fields: F, body: Body, checks?: Checks<F>, isPartial?: boolean) => {
  try {
    return { value: await validate(fields, body, checks, isPartial) };
  } catch (error) {
    if (error instanceof ApiError) return { errors: error.body as FieldErrors };
    throw error;
  }
};

/** What one field makes of one value: the value, or `{ texts }`. */
const take = async (field: AnyField, body: Body): Promise<unknown> => {
  const result = await validated({ f: field }, body);
  return 'errors' in result ? { texts: result.errors.f } : result.value.f;
};
const inJson = (field: AnyField, value: unknown) => take(field, json({ f: value }));
const inForm = (field: AnyField, value: string) => take(field, form(`f=first&f=${encodeURIComponent(value)}`));
const says = (...texts: string[]) => ({ texts });

const REQUIRED = 'This field is required.';
const NULL = 'This field may not be null.';
const BLANK = 'This field may not be blank.';
const NO_STRING = 'Not a valid string.';
const NO_EMAIL = 'Enter a valid email address.';
const NO_INTEGER = 'A valid integer is required.';
const emoji = '😀';

describe('text', () => {
  it.each<[string, AnyField, unknown, unknown]>([
    ['is trimmed', char(), ' \u2003a\n', 'a'],
    ['is left as it is where the field says so', char({ trim: false }), ' a ', ' a '],
    ['may be a number', char(), 5, '5'],
    [
      'keeps all digits of a number',
      char(),
      new SentNumber(12345678901234567000, '12345678901234567890'),
      '12345678901234567890',
    ],
    ['may not be a boolean', char(), true, says(NO_STRING)],
    ['may not be a list', char(), [], says(NO_STRING)],
    ['may not be an object', char(), {}, says(NO_STRING)],
    ['may not be null', char(), null, says(NULL)],
    ['may be null where allowed', char().nullable(), null, null],
    ['may not be blank', char(), '', says(BLANK)],
    ['may not be only spaces', char(), ' \n', says(BLANK)],
    ['may be blank where allowed', char({ allowBlank: true }), ' ', ''],
    ['blank is not null', char().nullable(), '', says(BLANK)],
    ['counts code points after trimming', char({ max: 2 }), ` ${emoji}${emoji} `, emoji + emoji],
    ['too long', char({ max: 2 }), emoji.repeat(3), says('Ensure this field has no more than 2 characters.')],
    ['holds no NUL', char(), 'a\0', says('Null characters are not allowed.')],
    ['holds no half characters', char(), 'a\ud83d', says('Surrogate characters are not allowed.')],
    [
      'everything wrong is told',
      char({ max: 1 }),
      'a\0',
      says('Ensure this field has no more than 1 characters.', 'Null characters are not allowed.'),
    ],
  ])('%s', async (_, field, given, expected) => {
    expect(await inJson(field, given)).toEqual(expected);
  });

  it('blank in a form is null where null is allowed, and blank is not', async () => {
    expect(await inForm(char().nullable(), '')).toBe(null);
    expect(await inForm(char({ allowBlank: true }).nullable(), '')).toBe('');
    expect(await inForm(char(), '')).toEqual(says(BLANK));
    expect(await inForm(char().optional(), '')).toBe(undefined);
  });

  it('of several values in a form the last one counts', async () => {
    expect(await inForm(char(), 'last')).toBe('last');
  });
});

it.each<[unknown, unknown]>([
  [' a@b.co ', 'a@b.co'],
  ['a@b', says(NO_EMAIL)],
  ['a@@b.co', says(NO_EMAIL)],
  ['a@b..co', says(NO_EMAIL)],
  ['.a@b.co', says(NO_EMAIL)],
  ['a b@c.co', says(NO_EMAIL)],
  [true, says(NO_EMAIL)],
  [[], says(NO_EMAIL)],
  [5, says(NO_EMAIL)],
  ['', says(BLANK)],
  [`${'a'.repeat(20)}@b.co`, says('Ensure this field has no more than 20 characters.')],
  [`${'a'.repeat(21)}`, says('Ensure this field has no more than 20 characters.', NO_EMAIL)],
])('the e-mail address %j is taken as %j', async (given, expected) => {
  expect(await inJson(email({ max: 20 }), given)).toEqual(expected);
});

it.each<[unknown, unknown]>([
  [5, 5],
  ['5', 5],
  [' 5 ', 5],
  ['5.0', 5],
  [5.0, 5],
  ['1_000', 1000],
  ['۵', 5],
  ['٥', 5],
  ['-7', -7],
  ['', says(NO_INTEGER)],
  [5.5, says(NO_INTEGER)],
  ['5.5', says(NO_INTEGER)],
  [true, says(NO_INTEGER)],
  ['x', says(NO_INTEGER)],
  ['0x5', says(NO_INTEGER)],
  ['99999999999999999999', says(NO_INTEGER)],
  [1e300, says(NO_INTEGER)],
  ['1'.repeat(1001), says('String value too large.')],
])('the integer %j is taken as %j', async (given, expected) => {
  expect(await inJson(integer(), given)).toEqual(expected);
});

const id = '5c4f39fb-8cc0-4229-813f-0b2b367edcff';
it.each<[string, string | undefined]>([
  [id, id],
  [id.replaceAll('-', ''), id],
  [id.toUpperCase(), id],
  [`{${id}}`, id],
  [`urn:uuid:${id}`, id],
  ['5c4f', undefined],
])('the UUID %j is taken as %j', (given, expected) => {
  expect(toUuid(given)).toBe(expected);
});

it.each<[unknown, unknown]>([
  [5, 5],
  ['5', 5],
  ['', null],
  [null, null],
  ['abc', says('Incorrect type. Expected pk value, received str.')],
  [true, says('Incorrect type. Expected pk value, received bool.')],
  [[], says('Incorrect type. Expected pk value, received list.')],
  [{}, says('Incorrect type. Expected pk value, received dict.')],
  [1e30, says('Invalid pk "1e+30" - object does not exist.')],
])('the key %j is taken as %j', async (given, expected) => {
  expect(await inJson(primaryKeyOrNull(), given)).toEqual(expected);
});

describe('a list', () => {
  const numbers = list(integer(), 3);
  it.each<[unknown, unknown]>([
    [
      [1, '2'],
      [1, 2],
    ],
    [[], []],
    [[1, 'x', null], { texts: { 1: [NO_INTEGER], 2: [NULL] } }],
    ['x', says('Expected a list of items but got type "str".')],
    ['xxxx', says('Expected a list of items but got type "str".')],
    [[1, 2, 3, 'x'], { texts: { 3: [NO_INTEGER] } }],
    [{}, says('Expected a list of items but got type "dict".')],
    [5, says('Expected a list of items but got type "int".')],
    [[1, 2, 3, 4], says('Ensure this field has no more than 3 elements.')],
  ])('%j is taken as %j', async (given, expected) => {
    expect(await inJson(numbers, given)).toEqual(expected);
  });

  it('is a repeated field in a form', async () => {
    expect(await take(numbers, form('f=1&f=2'))).toEqual([1, 2]);
  });

  it('may be written in a text where the field says so', async () => {
    const lenient = list(integer(), 3);
    expect(await inJson(lenient, '[1, 2]')).toEqual([1, 2]);
    expect(await take(lenient, form('f=[1,2]'))).toEqual([1, 2]);
    expect(await inJson(lenient, ' ')).toEqual([]);
    expect(await take(lenient, form('f='))).toEqual([]);
    expect(await inJson(lenient, '[1')).toEqual(says('Expected a list of items but got type "str".'));
  });
});

describe('a body', () => {
  const person = {
    name: char({ max: 3 }),
    age: integer().optional(),
    mail: email().nullable().default(null),
  };

  const validatePart = (body: Body) => validated(person, body, {}, true);

  it('is checked whole, and its errors come in the order of its fields', async () => {
    const result = await validated(person, json({ mail: 'x', age: 'x', name: 'long' }));
    expect(JSON.stringify(result)).toBe(
      `{"errors":{"name":["Ensure this field has no more than 3 characters."],"age":["${NO_INTEGER}"],"mail":["${NO_EMAIL}"]}}`,
    );
  });

  it('may leave out what is not required', async () => {
    expect(await validated(person, json({ name: 'a', other: 1 }))).toEqual({ value: { name: 'a', mail: null } });
  });

  it('gives what was sent alone, where only a part is wanted', async () => {
    expect(await validatePart(json({}))).toEqual({ value: {} });
    expect(await validatePart(form('age=5'))).toEqual({ value: { age: 5 } });
    expect(await validatePart(json({ name: '' }))).toEqual({ errors: { name: [BLANK] } });
  });

  it.each<[unknown, string]>([
    [[], 'Invalid data. Expected a dictionary, but got list.'],
    ['x', 'Invalid data. Expected a dictionary, but got str.'],
    [5, 'Invalid data. Expected a dictionary, but got int.'],
    [5.5, 'Invalid data. Expected a dictionary, but got float.'],
    [true, 'Invalid data. Expected a dictionary, but got bool.'],
    [null, 'No data provided'],
  ])('%j is no object', async (data, text) => {
    expect(await validated(person, json(data))).toEqual({ errors: { non_field_errors: [text] } });
  });

  it('is asked of the outside where it is fine by itself, and all answers are told together', async () => {
    const asked: unknown[] = [];
    const checks = {
      name: async (name: string) => [`${name} is taken.`],
      mail: async (mail: string) => {
        asked.push(mail);
        return [];
      },
    };
    expect(await validated(person, json({ name: 'a', age: 'x' }), checks)).toEqual({
      errors: { name: ['a is taken.'], age: [NO_INTEGER] },
    });
    expect(asked).toEqual([]);
  });

  it('is not harmed by keys that objects have anyway', async () => {
    const odd = { constructor: char().optional(), toString: char() };
    expect(await validated(odd, json(JSON.parse('{"__proto__":{"toString":"x"}}')))).toEqual({
      errors: { toString: [REQUIRED] },
    });
  });

  it('has the type of its declaration', async () => {
    const result = await validated(person, json({ name: 'a' }));
    if ('errors' in result) return expect.fail();
    expectTypeOf(result.value.name).toEqualTypeOf<string>();
    expectTypeOf(result.value.age).toEqualTypeOf<number | undefined>();
    expectTypeOf(result.value.mail).toEqualTypeOf<string | null>();
  });
});
