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
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
};

/** Drops the pattern behind a named format, and bounds that only repeat what a number can hold. */
const tidy = (schema: z.core.JSONSchema.BaseSchema, description: string | undefined): void => {
  if (schema.format !== undefined || schema.type === 'integer') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (description !== undefined) schema.description = description;
};

const convert = (schema: z.ZodType, options: z.core.ToJSONSchemaParams): JsonSchema => {
  const made = z.toJSONSchema(schema, {
    ...options,
    override: ({ zodSchema, jsonSchema }) => tidy(jsonSchema, (zodSchema as unknown as z.ZodType).description),
  });
  delete made.$schema;
  return JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
};

/** The schema of an input. */
export const inputSchema = (schema: z.ZodType): JsonSchema => convert(schema, { io: 'input' });

/** Schemas of outputs. Those in `api/answers.ts` have names: `components` describes them, the others refer to them. */
export const outputSchemas = () => {
  const named = Object.fromEntries(
    Object.entries<unknown>(answers).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType),
  );
  const metadata = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) metadata.add(schema, { id });
  // Inside an object, because a named schema becomes a reference there.
  const inside = (shape: z.ZodRawShape) => convert(z.object(shape), { io: 'output', metadata });
  const { $defs = {} } = inside(named);
  return {
    of: (schema: z.ZodType): JsonSchema => inside({ schema }).properties!.schema!,
    components: Object.fromEntries(Object.keys(named).map((name) => [name, $defs[name]!])),
  };
};
