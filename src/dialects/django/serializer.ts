// Checks a body against its declared fields: all of them, so that one answer names everything that is wrong.

import type { z } from 'zod';
import { type Errors, nonFieldError, validationError } from './apiErrors.ts';
import type { Body } from './body.ts';
import { typeName } from './text.ts';

/** The fields of a body, in the order of their errors. Other keys of a body are ignored. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** What a validated body holds. */
export type Valid<F extends Fields> = z.infer<z.ZodObject<F>>;

/**
 * Questions to the views about fields that are valid by themselves and not null: does that key exist, is that name
 * free? Each resolves to the texts of what is wrong.
 */
export type Checks<F extends Fields> = {
  readonly [N in keyof F]?: (value: NonNullable<z.infer<F[N]>>) => Promise<readonly string[]>;
};

const accepts = (field: z.ZodType, value: unknown): boolean => field.safeParse(value).success;

/** Undefined: missing. In a form, an empty text is null or missing where the field takes these and no empty text. */
const valueIn = (body: Body, name: string, field: z.ZodType): unknown => {
  if (body.kind === 'json')
    return Object.hasOwn(body.data as object, name) ? (body.data as Record<string, unknown>)[name] : undefined;
  const values = body.values.get(name);
  if (values === undefined || accepts(field, [])) return values;
  const last = values.at(-1);
  if (last !== '' || accepts(field, '')) return last;
  if (accepts(field, null)) return null;
  return accepts(field, undefined) ? undefined : last;
};

const errorsOf = ({ issues }: z.ZodError): Errors => {
  const texts = issues.map(({ message }) => message);
  if (issues.every(({ path }) => path.length === 0)) return texts;
  const places = Map.groupBy(issues, ({ path }) => String(path[0]));
  return Object.fromEntries([...places].map(([place, here]) => [place, here.map(({ message }) => message)]));
};

const isEmpty = (errors: Errors): boolean => Object.keys(errors).length === 0;

/** What is wrong with the body as a whole. */
const wholeError = (body: Body): string | undefined => {
  if (body.kind === 'form') return undefined;
  const { data } = body;
  if (data === null) return 'No data provided';
  if (typeof data === 'object' && !Array.isArray(data)) return undefined;
  return `Invalid data. Expected a dictionary, but got ${typeName(data)}.`;
};

/** `isPartial`: only fields that the client sent, as for PATCH. @throws ApiError 400 with everything that is wrong */
export const validate = async <F extends Fields>(
  fields: F,
  body: Body,
  checks: Checks<F> = {},
  isPartial = false,
): Promise<Valid<F>> => {
  const whole = wholeError(body);
  if (whole !== undefined) throw nonFieldError(whole);
  const value: Record<string, unknown> = {};
  const validateField = async ([name, field]: readonly [string, z.ZodType]): Promise<Errors> => {
    const sent = valueIn(body, name, field);
    if (sent === undefined && isPartial) return [];
    const { success, data, error } = field.safeParse(sent);
    if (!success) return errorsOf(error);
    if (data !== undefined) value[name] = data;
    const check = data != null && Object.hasOwn(checks, name) ? checks[name] : undefined;
    return (await check?.(data as never)) ?? [];
  };
  const errors = await Promise.all(Object.entries(fields).map(validateField));
  const wrong = Object.keys(fields).flatMap((name, i) => (isEmpty(errors[i]!) ? [] : [[name, errors[i]!] as const]));
  if (wrong.length > 0) throw validationError(Object.fromEntries(wrong));
  return value as Valid<F>;
};
