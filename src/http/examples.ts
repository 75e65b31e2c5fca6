// An example of a JSON Schema, made of the examples of its fields.

import type { JsonSchema } from './jsonSchema.ts';

const ofFormat: Readonly<Record<string, unknown>> = {
  uuid: '0190b0a0-0000-7000-8000-000000000001',
  'date-time': '2026-01-31T12:00:00.000Z',
  email: 'ann@example.org',
};

const ofType: Readonly<Record<string, unknown>> = { boolean: false, integer: 1, number: 1, string: 'text', object: {} };

/** `components`: what references in the schema point to. */
export const exampleOf = (schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): unknown => {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return exampleOf(components[name]!, components);
  if (schema.const !== undefined) return schema.const;
  if (schema.examples) return schema.examples[0];
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return exampleOf(schema.anyOf[0]!, components);
  if (schema.items) return [exampleOf(schema.items, components)];
  if (schema.properties) {
    const fields = Object.entries(schema.properties);
    return Object.fromEntries(fields.map(([field, inside]) => [field, exampleOf(inside, components)]));
  }
  return ofFormat[schema.format ?? ''] ?? ofType[String(schema.type)] ?? null;
};
