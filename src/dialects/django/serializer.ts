// A request body against its declared fields: all of them are checked, and what is wrong is told together.

import type { Checked, Errors, Field } from './fields.ts';
import { NULL } from './fields.ts';
import { typeName } from './pythonText.ts';

/** A body that was read: JSON, or the fields of a form with all their values. */
export type Body =
  | { readonly kind: 'json'; readonly data: unknown }
  | { readonly kind: 'form'; readonly values: ReadonlyMap<string, readonly string[]> };

export type Declaration = { readonly [name: string]: Field<unknown> & { readonly optional: boolean } };

type Value<F> = F extends Field<infer T> ? T : never;
type OptionalNames<D extends Declaration> = { [N in keyof D]: D[N]['optional'] extends true ? N : never }[keyof D];

/** What a validated body holds. */
export type Valid<D extends Declaration> = {
  readonly [N in Exclude<keyof D, OptionalNames<D>>]: Value<D[N]>;
} & { readonly [N in OptionalNames<D>]?: Value<D[N]> };

/** What a validated PATCH holds: any of the fields. */
export type Partially<D extends Declaration> = { readonly [N in keyof D]?: Value<D[N]> };

/**
 * Questions to the outside, asked of fields that are fine by themselves and not null: does that key exist, is that name
 * free? They answer the texts of what is wrong, which are told with those of the other fields.
 */
export type Checks<D extends Declaration> = {
  readonly [N in keyof D]?: (value: NonNullable<Value<D[N]>>) => Promise<readonly string[]>;
};

export type FieldErrors = { readonly [field: string]: Errors };
export type Result<T> = { readonly value: T } | { readonly errors: FieldErrors };

const REQUIRED = 'This field is required.';

/** Nothing was given. A symbol, since `undefined` is what a missing property reads as. */
const missing = Symbol('missing');

const jsonField = (data: object, name: string): unknown =>
  Object.hasOwn(data, name) ? (data as Record<string, unknown>)[name] : missing;

const formField = (values: ReadonlyMap<string, readonly string[]>, name: string, field: Field<unknown>): unknown => {
  const given = values.get(name);
  if (given === undefined || given.length === 0) return 'absentInForm' in field ? field.absentInForm : missing;
  if (field.many === true) return given;
  const last = given.at(-1)!;
  if (last !== '' || field.allowBlank) return last;
  if (field.allowNull) return null;
  return field.required ? last : missing;
};

type Outcome = Checked<unknown> | 'left out';

const outcomeOf = (field: Field<unknown>, found: unknown, isPartial: boolean): Outcome => {
  const given = field.blankIsNull === true && found === '' ? null : found;
  if (given === missing) {
    if (isPartial) return 'left out';
    if (field.required) return { errors: [REQUIRED] };
    return 'fallback' in field ? { value: field.fallback } : 'left out';
  }
  if (given === null) return field.allowNull ? { value: null } : { errors: [NULL] };
  return field.take(given);
};

const checkOutside = async (
  outcome: Outcome,
  check: ((value: never) => Promise<readonly string[]>) | undefined,
): Promise<Outcome> => {
  if (check === undefined || outcome === 'left out' || 'errors' in outcome || outcome.value === null) return outcome;
  const errors = await check(outcome.value as never);
  return errors.length > 0 ? { errors } : outcome;
};

const whole = (error: string): { errors: FieldErrors } => ({ errors: { non_field_errors: [error] } });

const validate = async (
  declaration: Declaration,
  body: Body,
  isPartial: boolean,
  checks: Record<string, (value: never) => Promise<readonly string[]>>,
): Promise<Result<Record<string, unknown>>> => {
  if (body.kind === 'json') {
    const { data } = body;
    if (data === null) return whole('No data provided');
    if (typeof data !== 'object' || Array.isArray(data))
      return whole(`Invalid data. Expected a dictionary, but got ${typeName(data)}.`);
  }
  const found = (name: string, field: Field<unknown>): unknown => {
    if (body.kind === 'json') return jsonField(body.data as object, name);
    return isPartial && !body.values.has(name) ? missing : formField(body.values, name, field);
  };
  const outcomes = await Promise.all(
    Object.entries(declaration).map(async ([name, field]) => {
      const outcome = outcomeOf(field, found(name, field), isPartial);
      return [name, await checkOutside(outcome, Object.hasOwn(checks, name) ? checks[name] : undefined)] as const;
    }),
  );
  const errors = outcomes.flatMap(([name, outcome]) =>
    outcome !== 'left out' && 'errors' in outcome ? [[name, outcome.errors] as const] : [],
  );
  if (errors.length > 0) return { errors: Object.fromEntries(errors) };
  return {
    value: Object.fromEntries(
      outcomes.flatMap(([name, outcome]) =>
        outcome !== 'left out' && 'value' in outcome ? [[name, outcome.value] as const] : [],
      ),
    ),
  };
};

export interface Serializer<D extends Declaration> {
  /** Every declared field, for POST and PUT. */
  validate(body: Body, checks?: Checks<D>): Promise<Result<Valid<D>>>;
  /** The declared fields that were sent, for PATCH. */
  validatePart(body: Body, checks?: Checks<D>): Promise<Result<Partially<D>>>;
}

/** Declares a body: its fields in the order in which their errors are told. Other keys of a body are ignored. */
export const serializer = <const D extends Declaration>(declaration: D): Serializer<D> => ({
  validate: (body, checks = {}) =>
    validate(declaration, body, false, checks as never) as Promise<Result<never>> as Promise<Result<Valid<D>>>,
  validatePart: (body, checks = {}) =>
    validate(declaration, body, true, checks as never) as Promise<Result<never>> as Promise<Result<Partially<D>>>,
});
