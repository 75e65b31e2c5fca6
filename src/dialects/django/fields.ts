// The fields of a request body, with the rules and texts of Django REST framework's serializer fields.
//
// A field is a schema of zod, for `nullable`, `optional` and `default`. Its issues are the framework's texts.

import { z } from 'zod';
import { PASSWORD_LENGTH } from '../../commands/fields.ts';
import { isEmail } from '../../domain/email.ts';
import { isBlank, isOneLine } from '../../domain/texts.ts';
import { lengthOf, numberIn, parseAsSent, textIn, typeName } from './text.ts';

/** `read`: undefined for a value that the field does not take; `invalid` words the error. */
const field = <T>(read: (given: unknown) => T | undefined, invalid: (given: unknown) => string) =>
  z.unknown().transform((given, context): T => {
    const value = given == null ? undefined : read(given);
    if (value !== undefined) return value;
    if (given === undefined) context.addIssue('This field is required.');
    else context.addIssue(given === null ? 'This field may not be null.' : invalid(given));
    return z.NEVER;
  });

interface TextOptions {
  readonly allowBlank?: boolean;
  /** Code points, after trimming. */
  readonly max?: number;
  /** Default true: removes spaces around the text. */
  readonly trim?: boolean;
}

const text = (invalid: string, { allowBlank = false, max = Number.POSITIVE_INFINITY, trim = true }: TextOptions) =>
  field(textIn, () => invalid)
    .transform((value) => (trim ? value.trim() : value))
    .refine((value) => allowBlank || !isBlank(value), { error: 'This field may not be blank.', abort: true })
    .refine((value) => lengthOf(value) <= max, `Ensure this field has no more than ${max} characters.`)
    .refine((value) => !value.includes('\0'), 'Null characters are not allowed.')
    .refine((value) => value.isWellFormed(), 'Surrogate characters are not allowed.');

/** Text. Numbers become text, booleans and lists do not. */
export const char = (options: TextOptions = {}) => text('Not a valid string.', options);

export const NOT_ONE_LINE = 'Enter one line, without control characters.';

/** What lists and title bars show: a name. */
export const line = (options: TextOptions = {}) =>
  char(options).refine((value) => value.includes('\0') || isOneLine(value), NOT_ONE_LINE);

const NO_EMAIL = 'Enter a valid email address.';

/** An e-mail address in the form that the core takes. */
export const email = (options: TextOptions = {}) =>
  text(NO_EMAIL, options).refine((value) => value === '' || isEmail(value), NO_EMAIL);

/** A new password, short enough to be compared with what is known of its account. */
export const password = () => char({ max: PASSWORD_LENGTH });

export const NO_USERNAME =
  'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';

/** Django's rule for usernames. */
export const username = () =>
  char({ max: 150 }).pipe(z.string().refine((value) => /^[\p{L}\p{N}_.@+-]+$/u.test(value), NO_USERNAME));

/**
 * A field of a change: undefined for the present value as the client was shown it. Another API may have taken that by a wider
 * rule, or the account may have none.
 */
export const unlessShown = <T>(field: z.ZodType<T>, shown: string | null) =>
  z.unknown().transform((given, context): T | undefined => {
    const text = given === null ? null : textIn(given)?.trim();
    if (text === (shown?.trim() ?? null)) return undefined;
    const { data, error } = field.safeParse(given);
    for (const { message } of error?.issues ?? []) context.addIssue(message);
    return data;
  });

/** A whole number, also as text; undefined if it is too large to be exact. */
const wholeNumber = (given: unknown): number | undefined => {
  const value = numberIn(given);
  return Number.isSafeInteger(value) ? value : undefined;
};

/** Characters of a number that is sent as text. */
const MAX_DIGITS = 1000;

/** A whole number, also as text, with or without `.0`. */
export const integer = () =>
  field(
    (given) => wholeNumber(typeof given === 'string' ? given.trim().replace(/\.0*$/, '') : given),
    (given) =>
      typeof given === 'string' && given.length > MAX_DIGITS
        ? 'String value too large.'
        : 'A valid integer is required.',
  );

/** Text for a key that nothing has. */
export const invalidPk = (pk: string | number): string => `Invalid pk "${pk}" - object does not exist.`;

/** The integer key of something. An asynchronous check says whether that exists: see `Checks`. */
export const primaryKey = () =>
  field(wholeNumber, (given) =>
    numberIn(given) !== undefined
      ? invalidPk(textIn(given)!)
      : `Incorrect type. Expected pk value, received ${typeName(given)}.`,
  );

/** Null without a key; an empty text is no key. */
export const primaryKeyOrNull = () =>
  z.preprocess((given) => (given === '' ? null : given), primaryKey().nullable()).default(null);

/** The list in a JSON text, which may be the only value of a form; a blank text is an empty list. */
const listIn = (given: unknown): unknown => {
  const text: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof text !== 'string') return given;
  // Of a form in which nothing was chosen.
  if (text.trim() === '') return [];
  if (!text.trim().startsWith('[')) return given;
  try {
    return parseAsSent(text);
  } catch {
    return given;
  }
};

/** At most `max` elements, which count once all are good. In a form: a JSON list, or the field repeated. */
export const list = <T>(element: z.ZodType<T>, max: number) =>
  z.preprocess(
    listIn,
    z
      .array(element, { error: ({ input }) => `Expected a list of items but got type "${typeName(input)}".` })
      .refine(({ length }) => length <= max, `Ensure this field has no more than ${max} elements.`),
  );
