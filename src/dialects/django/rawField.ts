// A field of a body as it came, for what no serializer checks.

import type { Body } from './serializer.ts';

/** Of a form, the last value. Undefined: there is none, also where the body is no object. */
export const rawField = (body: Body, name: string): unknown => {
  if (body.kind === 'form') return body.values.get(name)?.at(-1);
  const { data } = body;
  if (typeof data !== 'object' || data === null || Array.isArray(data) || !Object.hasOwn(data, name)) return undefined;
  return (data as Record<string, unknown>)[name];
};
