// From zod schemas to JSON Schema that suits OpenAPI 3.1 and human readers.

import { z } from 'zod';
import * as answers from '../api/answers.ts';

export type JsonSchema = { readonly [key: string]: unknown } & {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly $ref?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
};

/** Answers with a name of their own: described once, referred to elsewhere. */
const named = (): [string, z.ZodType][] =>
  Object.entries<unknown>(answers).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType);

const names = () => {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of named()) registry.add(schema, { id: name });
  return registry;
};

/** Drops the pattern behind a named format, and bounds that only repeat what a number can hold. */
const tidy = (schema: Record<string, unknown>, description: string | undefined): void => {
  if (schema.format !== undefined || schema.type === 'integer') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (description !== undefined) schema.description = description;
};

const convert = (schema: z.ZodType, io: 'input' | 'output', metadata?: ReturnType<typeof names>): JsonSchema => {
  const made = z.toJSONSchema(schema, {
    io,
    ...(metadata === undefined ? {} : { metadata }),
    override: ({ zodSchema, jsonSchema }) =>
      tidy(jsonSchema as Record<string, unknown>, (zodSchema as unknown as z.ZodType).description),
  });
  const { $schema: _, $defs: __, ...rest } = made as Record<string, unknown>;
  return JSON.parse(JSON.stringify(rest).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
};

/** The schema of an input. */
export const inputSchema = (schema: z.ZodType): JsonSchema => convert(schema, 'input');

/** The schema of an output, and the named parts that it refers to. */
export const outputSchemas = () => {
  const registry = names();
  const bare = (name: string, schema: z.ZodType): JsonSchema => {
    // A registered schema would become a reference to itself.
    const others = z.registry<{ id: string }>();
    for (const [other, type] of named()) if (other !== name) others.add(type, { id: other });
    return convert(schema, 'output', others);
  };
  return {
    of: (schema: z.ZodType): JsonSchema => {
      const id = registry.get(schema)?.id;
      return id === undefined ? convert(schema, 'output', registry) : { $ref: `#/components/schemas/${id}` };
    },
    components: Object.fromEntries(named().map(([name, schema]) => [name, bare(name, schema)])),
  };
};
