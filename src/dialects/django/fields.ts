// The fields of a request body, with the rules and texts of Django REST framework's serializer fields.
//
// A field is a schema of zod, for `nullable`, `optional` and `default`. Its issues are the framework's texts.

import { z } from 'zod';
import { isEmailAddress } from './emailAddress.ts';
import { int, lengthOf, typeName } from './text.ts';

/** Texts of what is wrong; of a list, by the places of its elements. */
export type Errors = readonly string[] | { readonly [index: string]: readonly string[] };
export type FieldErrors = { readonly [field: string]: Errors };

const BLANK = 'This field may not be blank.';
const NO_EMAIL = 'Enter a valid email address.';

type Taken<T> = { readonly value: T } | { readonly errors: readonly string[] };
const wrong = (...errors: string[]): { errors: readonly string[] } => ({ errors });

const field = <T>(take: (given: unknown) => Taken<T>) =>
  z.unknown().transform((given, context): T => {
    if (given === undefined || given === null) {
      context.addIssue(given === null ? 'This field may not be null.' : 'This field is required.');
      return z.NEVER;
    }
    const taken = take(given);
    if ('value' in taken) return taken.value;
    for (const text of taken.errors) context.addIssue(text);
    return z.NEVER;
  });

interface TextOptions {
  readonly allowBlank?: boolean;
  /** Code points, after trimming. */
  readonly max?: number;
  /** Default true: spaces around are cut off. */
  readonly trim?: boolean;
  /** Says what is wrong with a text that is otherwise fine; undefined: nothing. */
  readonly rule?: (text: string) => string | undefined;
}

const takeText = (given: unknown, invalid: string, { allowBlank, max, trim = true, rule }: TextOptions) => {
  if (typeof given !== 'string' && typeof given !== 'number') return wrong(invalid);
  const value = trim ? String(given).trim() : String(given);
  if (value === '') return allowBlank ? { value } : wrong(BLANK);
  const errors: string[] = [];
  if (max !== undefined && lengthOf(value) > max) errors.push(`Ensure this field has no more than ${max} characters.`);
  if (value.includes('\0')) errors.push('Null characters are not allowed.');
  if (!value.isWellFormed()) errors.push('Surrogate characters are not allowed.');
  const broken = errors.length === 0 ? rule?.(value) : undefined;
  if (broken !== undefined) errors.push(broken);
  return errors.length > 0 ? { errors } : { value };
};

/** Text. Numbers become text, booleans and lists do not. */
export const char = (options: TextOptions = {}) => field((given) => takeText(given, 'Not a valid string.', options));

/** An e-mail address. */
export const email = (options: TextOptions = {}) =>
  field((given) => {
    const taken = takeText(given, NO_EMAIL, options);
    const value = String(given).trim();
    if (value === '' || isEmailAddress(value)) return taken;
    return wrong(...('errors' in taken ? taken.errors : []).filter((error) => error !== NO_EMAIL), NO_EMAIL);
  });

/** A whole number, as such or as text; beyond what is exact it is refused. */
export const integer = () =>
  field((given) => {
    if (typeof given === 'string' && given.length > 1000) return wrong('String value too large.');
    const value = typeof given === 'string' ? int(given.trim().replace(/\.0*$/, '')) : given;
    return typeof value === 'number' && Number.isSafeInteger(value) ? { value } : wrong('A valid integer is required.');
  });

/** Text for a key that nothing has. */
export const invalidPk = (pk: string | number): string => `Invalid pk "${pk}" - object does not exist.`;

/** The integer key of something. Whether that exists, an asynchronous check says: see `Checks`. */
export const primaryKey = () =>
  field((given) => {
    const value = typeof given === 'string' ? int(given) : given;
    if (typeof value !== 'number') return wrong(`Incorrect type. Expected pk value, received ${typeName(given)}.`);
    return Number.isSafeInteger(value) ? { value } : wrong(invalidPk(given as string | number));
  });

/** Null where there is none; an empty text is none. */
export const primaryKeyOrNull = () =>
  z.preprocess((given) => (given === '' ? null : given), primaryKey().nullable()).default(null);

/**
 * At most `max` elements. A text that holds a JSON list, also as the only value of a form, is taken for that list. In a
 * form otherwise: the field, repeated.
 */
export const list = <T>(element: z.ZodType<T>, max: number) =>
  z.unknown().transform((given, context): readonly T[] => {
    const items = listIn(given);
    if (!Array.isArray(items)) context.addIssue(`Expected a list of items but got type "${typeName(items)}".`);
    else if (items.length > max) context.addIssue(`Ensure this field has no more than ${max} elements.`);
    else {
      const taken = items.map((item) => element.safeParse(item));
      for (const [i, { error }] of taken.entries())
        for (const { message } of error?.issues ?? []) context.addIssue({ code: 'custom', message, path: [i] });
      return taken.flatMap(({ success, data }) => (success ? [data] : []));
    }
    return z.NEVER;
  });

const listIn = (given: unknown): unknown => {
  const text: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof text !== 'string' || !text.trim().startsWith('[')) return given;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return given;
  }
};
