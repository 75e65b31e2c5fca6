// Values of a zod schema, the same at each call: one that has everything, then one for each other choice at each place.

import type { z } from 'zod';

/** Longer than any text that is cut, and with letters that names are folded by. */
const TEXT = 'Ärger um 5, Straße 7. '.repeat(20);

const plainOf = (def: z.core.$ZodTypeDef & { readonly format?: string }): readonly unknown[] => {
  if (def.type === 'string') return def.format === 'datetime' ? ['2026-01-05T12:00:00.000Z'] : [TEXT];
  if (def.type === 'number') return [7];
  if (def.type === 'boolean') return [true, false];
  throw new Error(`no sample of ${def.type}`);
};

/** All of the first choices, then for each place its other choices. */
const eachIn = (places: readonly (readonly unknown[])[]): readonly unknown[][] => {
  const first = places.map(([plain]) => plain);
  return [first, ...places.flatMap((choices, at) => choices.slice(1).map((other) => first.with(at, other)))];
};

export const samplesOf = (schema: z.core.$ZodType): readonly unknown[] => {
  // biome-ignore lint/suspicious/noExplicitAny: what each kind of schema holds
  const def = schema._zod.def as any;
  switch (def.type) {
    case 'object': {
      const names = Object.keys(def.shape);
      const chosen = eachIn(names.map((name) => samplesOf(def.shape[name])));
      return chosen.map((values) =>
        Object.fromEntries(
          names.map((name, at) => [name, values[at]] as const).filter(([, value]) => value !== undefined),
        ),
      );
    }
    case 'tuple':
      return eachIn(def.items.map(samplesOf));
    case 'array':
      return [[...samplesOf(def.element)], []];
    case 'nullable':
      return [...samplesOf(def.innerType), null];
    case 'optional':
      return [...samplesOf(def.innerType), undefined];
    case 'literal':
      return def.values;
    case 'union':
      return def.options.flatMap((option: z.ZodType) => [...samplesOf(option)]);
    case 'enum':
      return Object.values(def.entries);
    default:
      return plainOf(def);
  }
};
