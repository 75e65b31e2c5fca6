// Checks a body against its declared fields: all of them, so that everything wrong is told at once.

import type { Body } from './body.ts';
import { type Checked, type Errors, type Field, type FieldErrors, NULL } from './fields.ts';
import { typeName } from './text.ts';

export type Declaration = { readonly [name: string]: Field<unknown> & { readonly optional: boolean } };

type Value<F> = F extends Field<infer T> ? T : never;
type OptionalNames<D extends Declaration> = { [N in keyof D]: D[N]['optional'] extends true ? N : never }[keyof D];

/** What a validated body holds. */
export type Valid<D extends Declaration> = {
  readonly [N in Exclude<keyof D, OptionalNames<D>>]: Value<D[N]>;
} & { readonly [N in OptionalNames<D>]?: Value<D[N]> };

/** What a validated PATCH holds: any of the fields. */
export type Partially<D extends Declaration> = { readonly [N in keyof D]?: Value<D[N]> };

type Check = (value: never) => Promise<readonly string[]>;

/**
 * Questions to the views, asked of fields that are fine by themselves and not null: does that key exist, is that name
 * free? Each resolves to the texts of what is wrong, which are told with those of the other fields.
 */
export type Checks<D extends Declaration> = {
  readonly [N in keyof D]?: (value: NonNullable<Value<D[N]>>) => Promise<readonly string[]>;
};

export type Result<T> = { readonly value: T } | { readonly errors: FieldErrors };

export interface Serializer<D extends Declaration> {
  /** Every declared field, for POST and PUT. */
  validate(body: Body, checks?: Checks<D>): Promise<Result<Valid<D>>>;
  /** The declared fields that were sent, for PATCH. */
  validatePart(body: Body, checks?: Checks<D>): Promise<Result<Partially<D>>>;
}

/** Nothing was given. A symbol, since `undefined` is what a missing property reads as. */
const missing = Symbol('missing');

const valueIn = (body: Body, name: string, field: Field<unknown>): unknown => {
  if (body.kind === 'json')
    return Object.hasOwn(body.data as object, name) ? (body.data as Record<string, unknown>)[name] : missing;
  const given = body.values.get(name);
  if (given === undefined || given.length === 0) return missing;
  if (field.many === true) return given;
  const last = given.at(-1)!;
  if (last !== '' || field.allowBlank) return last;
  if (field.allowNull) return null;
  return field.required ? last : missing;
};

const checked = async (
  field: Field<unknown>,
  found: unknown,
  isPartial: boolean,
  check: Check | undefined,
): Promise<Checked<unknown> | 'left out'> => {
  const given = field.blankIsNull === true && found === '' ? null : found;
  if (given === missing) {
    if (!isPartial && field.required) return { errors: ['This field is required.'] };
    return !isPartial && 'fallback' in field ? { value: field.fallback } : 'left out';
  }
  if (given === null) return field.allowNull ? { value: null } : { errors: [NULL] };
  const taken = field.take(given);
  if (check === undefined || 'errors' in taken || taken.value === null) return taken;
  const errors = await check(taken.value as never);
  return errors.length > 0 ? { errors } : taken;
};

const whole = (error: string): { errors: FieldErrors } => ({ errors: { non_field_errors: [error] } });

const validate = async (
  declaration: Declaration,
  body: Body,
  checks: Readonly<Record<string, Check>>,
  isPartial: boolean,
): Promise<Result<Record<string, unknown>>> => {
  if (body.kind === 'json') {
    const { data } = body;
    if (data === null) return whole('No data provided');
    if (typeof data !== 'object' || Array.isArray(data))
      return whole(`Invalid data. Expected a dictionary, but got ${typeName(data)}.`);
  }
  const errors: Record<string, Errors> = {};
  const value: Record<string, unknown> = {};
  const fields = Object.entries(declaration).map(async ([name, field]) => {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    return [name, await checked(field, valueIn(body, name, field), isPartial, check)] as const;
  });
  for (const [name, outcome] of await Promise.all(fields)) {
    if (outcome === 'left out') continue;
    if ('errors' in outcome) errors[name] = outcome.errors;
    else value[name] = outcome.value;
  }
  return Object.keys(errors).length > 0 ? { errors } : { value };
};

/** Declares a body: its fields in the order in which their errors are told. Other keys of a body are ignored. */
export const serializer = <const D extends Declaration>(declaration: D): Serializer<D> => ({
  validate: (body, checks = {}) => validate(declaration, body, checks as never, false) as Promise<Result<never>>,
  validatePart: (body, checks = {}) => validate(declaration, body, checks as never, true) as Promise<Result<never>>,
});
