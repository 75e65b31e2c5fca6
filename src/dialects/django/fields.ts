// The fields of a request body, with the rules and texts of Django REST framework's serializer fields.

import { isEmailAddress } from './emailAddress.ts';
import { int, lengthOf, typeName } from './text.ts';

export type Errors = readonly string[] | { readonly [index: string]: readonly string[] };
export type FieldErrors = { readonly [field: string]: Errors };
export type Checked<T> = { readonly value: T } | { readonly errors: Errors };

/** One field: how it is taken from a value that is neither missing nor null. */
export interface Field<T> {
  readonly required: boolean;
  readonly allowNull: boolean;
  readonly allowBlank: boolean;
  /** Taken where the field is missing and not required; without one it is left out of the result. */
  readonly fallback?: unknown;
  /** Takes all values of that name in a form, not the last alone. */
  readonly many?: boolean;
  /** An empty text is null. */
  readonly blankIsNull?: boolean;
  readonly take: (given: unknown) => Checked<T>;
}

/** Says what is wrong with a value that is otherwise fine; undefined: nothing. */
export type Rule<T> = (value: T) => string | undefined;

interface Options<T> {
  /** Default true; a field with a `default` is not required. */
  readonly required?: boolean;
  readonly allowNull?: boolean;
  readonly default?: T | null;
  readonly rules?: readonly Rule<T>[];
}

/** What the validated body holds of a field declared with options `O`. */
export type Taken<T, O> = T | (O extends { readonly allowNull: true } ? null : never);
/** The field, with its being optional in the result. */
export type Declared<T, O> = Field<Taken<T, O>> & {
  readonly optional: O extends { readonly default: unknown }
    ? false
    : O extends { readonly required: false }
      ? true
      : false;
};

const declare = <T, O extends Options<T>>(
  options: O,
  take: (given: unknown) => Checked<T>,
  more: Partial<Field<T>> = {},
): Declared<T, O> => {
  const { required = !('default' in options), allowNull = false, rules = [] } = options;
  return {
    required,
    allowNull,
    allowBlank: false,
    ...('default' in options ? { fallback: options.default } : {}),
    ...more,
    take: (given: unknown) => {
      const taken = take(given);
      if ('errors' in taken) return taken;
      const errors = rules.map((rule) => rule(taken.value)).filter((text) => text !== undefined);
      return errors.length > 0 ? { errors } : taken;
    },
  } as unknown as Declared<T, O>;
};

const wrong = (...errors: string[]): { errors: Errors } => ({ errors });

export const NULL = 'This field may not be null.';
const BLANK = 'This field may not be blank.';
const NO_EMAIL = 'Enter a valid email address.';

interface CharOptions extends Options<string> {
  readonly allowBlank?: boolean;
  /** Code points, after trimming. */
  readonly max?: number;
  /** Default true: spaces around are cut off. */
  readonly trim?: boolean;
}

const takeText =
  ({ allowBlank = false, max, trim = true }: CharOptions, invalid: string) =>
  (given: unknown): Checked<string> => {
    if (typeof given !== 'string' && typeof given !== 'number') return wrong(invalid);
    const value = trim ? String(given).trim() : String(given);
    if (value === '') return allowBlank ? { value } : wrong(BLANK);
    const errors: string[] = [];
    if (max !== undefined && lengthOf(value) > max)
      errors.push(`Ensure this field has no more than ${max} characters.`);
    if (value.includes('\0')) errors.push('Null characters are not allowed.');
    if (!value.isWellFormed()) errors.push('Surrogate characters are not allowed.');
    return errors.length > 0 ? { errors } : { value };
  };

/** Text. Numbers become text, booleans and lists do not. */
export const char = <const O extends CharOptions>(options: O = {} as O): Declared<string, O> =>
  declare(options, takeText(options, 'Not a valid string.'), { allowBlank: options.allowBlank ?? false });

/** An e-mail address. */
export const email = <const O extends CharOptions>(options: O = {} as O): Declared<string, O> => {
  const text = takeText(options, NO_EMAIL);
  const take = (given: unknown): Checked<string> => {
    const taken = text(given);
    const value = String(given).trim();
    if (value === '' || isEmailAddress(value)) return taken;
    const before = 'errors' in taken ? (taken.errors as readonly string[]) : [];
    return wrong(...before.filter((error) => error !== NO_EMAIL), NO_EMAIL);
  };
  return declare(options, take, { allowBlank: options.allowBlank ?? false });
};

/** A whole number, as such or as text; beyond what is exact it is refused. */
export const integer = <const O extends Options<number>>(options: O = {} as O): Declared<number, O> =>
  declare(options, (given) => {
    if (typeof given === 'string' && given.length > 1000) return wrong('String value too large.');
    const value = typeof given === 'string' ? int(given.trim().replace(/\.0*$/, '')) : given;
    return typeof value === 'number' && Number.isSafeInteger(value) ? { value } : wrong('A valid integer is required.');
  });

/** Text for a key that nothing has. */
export const invalidPk = (pk: string | number): string => `Invalid pk "${pk}" - object does not exist.`;

/** The integer key of something. Whether that exists, an asynchronous check says: see `Checks`. */
export const primaryKey = <const O extends Options<number>>(options: O = {} as O): Declared<number, O> =>
  declare(
    options,
    (given) => {
      const value = typeof given === 'string' ? int(given) : given;
      if (typeof value !== 'number') return wrong(`Incorrect type. Expected pk value, received ${typeName(given)}.`);
      return Number.isSafeInteger(value) ? { value } : wrong(invalidPk(given as string | number));
    },
    { blankIsNull: true },
  );

interface ListOptions<T> extends Options<readonly T[]> {
  /** Elements at most. */
  readonly max?: number;
  /** A text that holds a JSON list is taken for that list. */
  readonly allowText?: boolean;
}

/** A list; what is wrong with its elements is told by their places. In a form: the field, repeated. */
export const list = <T, const O extends ListOptions<T>>(
  element: Field<T>,
  options: O = {} as O,
): Declared<readonly T[], O> =>
  declare<readonly T[], O>(
    options,
    (given) => {
      const items = options.allowText === true ? listIn(given) : given;
      if (!Array.isArray(items)) return wrong(`Expected a list of items but got type "${typeName(items)}".`);
      if (options.max !== undefined && items.length > options.max)
        return wrong(`Ensure this field has no more than ${options.max} elements.`);
      const taken = items.map((item) => (item === null ? wrong(NULL) : element.take(item)));
      const errors = taken.flatMap((one, i) => ('errors' in one ? [[String(i), one.errors as string[]] as const] : []));
      if (errors.length > 0) return { errors: Object.fromEntries(errors) };
      return { value: taken.flatMap((one) => ('value' in one ? [one.value as T] : [])) };
    },
    { many: true },
  );

/** `"[1, 2]"`, also as the only value of a form, stands for the list in it. */
const listIn = (given: unknown): unknown => {
  const text: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof text !== 'string' || !text.trim().startsWith('[')) return given;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return given;
  }
};
