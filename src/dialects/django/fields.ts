// The fields of a request body, with the rules and texts of Django REST framework's serializer fields.

import { isEmailAddress } from './emailAddress.ts';
import { int, lengthOf, str, strip, typeName } from './pythonText.ts';

export type Errors = readonly string[] | { readonly [index: string]: readonly string[] };
export type Checked<T> = { readonly value: T } | { readonly errors: Errors };

/** One field: how it is taken from a value that is neither missing nor null. */
export interface Field<T> {
  readonly required: boolean;
  readonly allowNull: boolean;
  readonly allowBlank: boolean;
  /** Taken where the field is missing and not required; without one it is left out of the result. */
  readonly fallback?: unknown;
  /** What a missing field of a form stands for, where that is not "missing". */
  readonly absentInForm?: unknown;
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

// ------------------------------------------------------------------------------------------------------------ texts

interface CharOptions extends Options<string> {
  readonly allowBlank?: boolean;
  /** Code points, after trimming. */
  readonly max?: number;
  readonly min?: number;
  /** Default true: spaces around are cut off. */
  readonly trim?: boolean;
}

const takeText =
  ({ allowBlank = false, max, min, trim = true }: CharOptions, invalid: string) =>
  (given: unknown): Checked<string> => {
    if (given === '' || (trim && typeof given === 'string' && strip(given) === ''))
      return allowBlank ? { value: '' } : wrong(BLANK);
    if (typeof given !== 'string' && typeof given !== 'number') return wrong(invalid);
    const value = trim ? strip(str(given)) : str(given);
    const length = lengthOf(value);
    const errors: string[] = [];
    if (max !== undefined && length > max) errors.push(`Ensure this field has no more than ${max} characters.`);
    if (min !== undefined && length < min) errors.push(`Ensure this field has at least ${min} characters.`);
    if (value.includes('\0')) errors.push('Null characters are not allowed.');
    const surrogate = value.isWellFormed() ? undefined : /\p{Surrogate}/u.exec(value)?.[0];
    if (surrogate !== undefined)
      errors.push(`Surrogate characters are not allowed: U+${surrogate.charCodeAt(0).toString(16).toUpperCase()}.`);
    return errors.length > 0 ? { errors } : { value };
  };

const BLANK = 'This field may not be blank.';
const NO_EMAIL = 'Enter a valid email address.';

/** Text. Numbers become text, booleans and lists do not. */
export const char = <const O extends CharOptions>(options: O = {} as O): Declared<string, O> =>
  declare(options, takeText(options, 'Not a valid string.'), { allowBlank: options.allowBlank ?? false });

/** An e-mail address. */
export const email = <const O extends CharOptions>(options: O = {} as O): Declared<string, O> => {
  const text = takeText(options, NO_EMAIL);
  const take = (given: unknown): Checked<string> => {
    const taken = text(given);
    const value = 'value' in taken ? taken.value : strip(str(given));
    if (value === '' || isEmailAddress(value)) return taken;
    const before = 'errors' in taken && Array.isArray(taken.errors) ? (taken.errors as string[]) : [];
    return wrong(...before.filter((error) => error !== NO_EMAIL), NO_EMAIL);
  };
  return declare(options, take, { allowBlank: options.allowBlank ?? false });
};

// --------------------------------------------------------------------------------------------------- other scalars

interface IntegerOptions extends Options<number> {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number, as such or as text; beyond what is exact it is refused. */
export const integer = <const O extends IntegerOptions>(options: O = {} as O): Declared<number, O> =>
  declare(options, (given) => {
    if (typeof given === 'string' && given.length > 1000) return wrong('String value too large.');
    const value =
      typeof given === 'number' ? given : typeof given === 'string' ? int(withoutFraction(given)) : undefined;
    if (value === undefined || !Number.isSafeInteger(value)) return wrong('A valid integer is required.');
    const { min, max } = options;
    if (max !== undefined && value > max) return wrong(`Ensure this value is less than or equal to ${max}.`);
    if (min !== undefined && value < min) return wrong(`Ensure this value is greater than or equal to ${min}.`);
    return { value };
  });

const withoutFraction = (text: string): string => strip(text).replace(/\.0*$/, '');

const TRUE = new Set<unknown>(['t', 'y', 'yes', 'true', 'on', '1', 1, true]);
const FALSE = new Set<unknown>(['f', 'n', 'no', 'false', 'off', '0', 0, false]);

/** True or false, as such, as 1 and 0 or as a word. Missing in a form it is false: so a browser leaves a box unticked. */
export const boolean = <const O extends Options<boolean>>(options: O = {} as O): Declared<boolean, O> =>
  declare<boolean, O>(
    options,
    (given) => {
      const word = typeof given === 'string' ? given.toLowerCase() : given;
      if (TRUE.has(word)) return { value: true };
      if (FALSE.has(word)) return { value: false };
      if (options.allowNull === true && (word === 'null' || word === '')) return { value: null as unknown as boolean };
      return wrong('Must be a valid boolean.');
    },
    'default' in options ? {} : { absentInForm: options.allowNull === true ? null : false },
  );

/** The UUID in lower case with dashes, however it was written; undefined when it is none. */
export const toUuid = (text: string): string | undefined => {
  const hex = text.replace(/urn:|uuid:|[{}-]/gi, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(hex)) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** A UUID, with or without dashes. */
export const uuid = <const O extends Options<string>>(options: O = {} as O): Declared<string, O> =>
  declare(options, (given) => {
    const value = typeof given === 'string' ? toUuid(given) : undefined;
    return value === undefined ? wrong('Must be a valid UUID.') : { value };
  });

/** One of some words. */
export const choice = <const C extends string, const O extends Options<C>>(
  choices: readonly C[],
  options: O = {} as O,
): Declared<C, O> =>
  declare<C, O>(options, (given) => {
    const value = choices.find((known) => known === str(given));
    return value === undefined ? wrong(`"${str(given)}" is not a valid choice.`) : { value };
  });

// ------------------------------------------------------------------------------------------------ keys and lists

/** Text for a key that nothing has. */
export const invalidPk = (pk: unknown): string => `Invalid pk "${str(pk)}" - object does not exist.`;

/** The integer key of something. Whether that exists, an asynchronous check says: see `Checks`. */
export const primaryKey = <const O extends Options<number>>(options: O = {} as O): Declared<number, O> =>
  declare(
    options,
    (given) => {
      const value = typeof given === 'string' ? int(given) : typeof given === 'number' ? given : undefined;
      if (value === undefined) return wrong(`Incorrect type. Expected pk value, received ${typeName(given)}.`);
      return Number.isSafeInteger(value) ? { value } : wrong(invalidPk(given));
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

export const NULL = 'This field may not be null.';

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
