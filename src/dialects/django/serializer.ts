// Checks a body against its declared fields: all of them, so that everything wrong is told at once.

import type { z } from 'zod';
import type { Body } from './body.ts';
import type { Errors, FieldErrors } from './fields.ts';
import { typeName } from './text.ts';

/** The fields of a body, in the order in which their errors are told. Other keys of a body are ignored. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** What a validated body holds. */
export type Valid<F extends Fields> = z.infer<z.ZodObject<F>>;

/**
 * Questions to the views, asked of fields that are fine by themselves and not null: does that key exist, is that name
 * free? Each resolves to the texts of what is wrong, which are told with those of the other fields.
 */
export type Checks<F extends Fields> = {
  readonly [N in keyof F]?: (value: NonNullable<z.infer<F[N]>>) => Promise<readonly string[]>;
};

export type Result<T> = { readonly value: T } | { readonly errors: FieldErrors };

const accepts = (field: z.ZodType, value: unknown): boolean => field.safeParse(value).success;

/** Undefined: missing. In a form, an empty text is null or missing where the field takes these and no empty text. */
const valueIn = (body: Body, name: string, field: z.ZodType): unknown => {
  if (body.kind === 'json')
    return Object.hasOwn(body.data as object, name) ? (body.data as Record<string, unknown>)[name] : undefined;
  const given = body.values.get(name);
  if (given === undefined || accepts(field, [])) return given;
  const last = given.at(-1);
  if (last !== '' || accepts(field, '')) return last;
  if (accepts(field, null)) return null;
  return accepts(field, undefined) ? undefined : last;
};

const errorsOf = ({ issues }: z.ZodError): Errors => {
  const texts = issues.map(({ message }) => message);
  if (issues.every(({ path }) => path.length === 0)) return texts;
  return Object.fromEntries(
    Map.groupBy(issues, ({ path }) => String(path[0]))
      .entries()
      .map(([place, here]) => [place, here.map(({ message }) => message)]),
  );
};

const whole = (error: string): { errors: FieldErrors } => ({ errors: { non_field_errors: [error] } });

/** `isPartial`: the fields that were sent alone, as for PATCH. */
export const validate = async <F extends Fields>(
  fields: F,
  body: Body,
  checks: Checks<F> = {},
  isPartial = false,
): Promise<Result<Valid<F>>> => {
  if (body.kind === 'json') {
    const { data } = body;
    if (data === null) return whole('No data provided');
    if (typeof data !== 'object' || Array.isArray(data))
      return whole(`Invalid data. Expected a dictionary, but got ${typeName(data)}.`);
  }
  const errors = new Map<string, Errors>();
  const value: Record<string, unknown> = {};
  const validateField = async ([name, field]: readonly [string, z.ZodType]): Promise<void> => {
    const given = valueIn(body, name, field);
    if (given === undefined && isPartial) return;
    const { success, data, error } = field.safeParse(given);
    if (!success) errors.set(name, errorsOf(error));
    else if (data !== undefined) value[name] = data;
    const check = success && data != null && Object.hasOwn(checks, name) ? checks[name] : undefined;
    const found = (await check?.(data as never)) ?? [];
    if (found.length > 0) errors.set(name, found);
  };
  await Promise.all(Object.entries(fields).map(validateField));
  const inOrder = Object.keys(fields).flatMap((name) => (errors.has(name) ? [[name, errors.get(name)!] as const] : []));
  return inOrder.length > 0 ? { errors: Object.fromEntries(inOrder) } : { value: value as Valid<F> };
};
