// Only the fields that a schema names leave in an answer.

import type { z } from 'zod';

type Copy = (value: unknown) => unknown;

const same: Copy = (value) => value;

const copierOf = (schema: z.core.$ZodType): Copy => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'nullable') return copierOf(def.innerType);
  if (def.type !== 'object') return same;
  const fields = Object.entries(def.shape).map(([name, field]) => [name, copierOf(field)] as const);
  // To begin with all fields is quicker than to add one after the other.
  const empty: Record<string, unknown> = Object.fromEntries(fields.map(([name]) => [name, undefined]));
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    const shown = { ...empty };
    for (const [name, copy] of fields) shown[name] = copy((value as typeof shown)[name]);
    return shown;
  };
};

/** Made once for each schema: to look through a schema takes longer than to copy. */
const copiers = new WeakMap<z.ZodObject, Copy>();

/** Copies the fields that the schema names, and those of the objects in it: nothing else of a document leaves in a reply. */
export const present = <S extends z.ZodObject>(schema: S, values: z.output<S>) => {
  let copy = copiers.get(schema);
  if (copy === undefined) {
    copy = copierOf(schema);
    copiers.set(schema, copy);
  }
  return copy(values) as z.output<S>;
};
