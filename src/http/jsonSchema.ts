// From zod schemas to JSON Schema that suits OpenAPI 3.1 and human readers.

import { z } from 'zod';
import * as answers from '../api/answers.ts';
import * as auditedEvents from '../api/auditedEvents.ts';
import * as pages from '../api/pages.ts';
import * as reports from '../api/reports.ts';

export type JsonSchema = { readonly [key: string]: unknown } & {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly format?: string;
  readonly $ref?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
};

const INT32 = 2 ** 31 - 1;

/** A pattern that other languages read otherwise or not at all. */
const isOurs = (pattern: string | undefined): boolean => pattern?.includes('\\p{') === true;

/**
 * Drops patterns behind a named format and those that other languages cannot read, names the width of a number for typed languages, and lets a field that may be
 * null say what its value says.
 */
const tidy = (schema: z.core.JSONSchema.BaseSchema, about: z.core.GlobalMeta | undefined): void => {
  if (schema.format !== undefined || schema.type === 'integer' || isOurs(schema.pattern)) delete schema.pattern;
  if (schema.type === 'integer' && Number(schema.maximum ?? Infinity) > INT32) schema.format = 'int64';
  const { description, examples } = { ...schema.anyOf?.[0], ...about } as z.core.GlobalMeta;
  if (description !== undefined) schema.description = description;
  if (examples !== undefined) schema.examples = examples as unknown[];
};

const convert = (schema: z.ZodType, options: z.core.ToJSONSchemaParams): JsonSchema => {
  const made = z.toJSONSchema(schema, {
    ...options,
    override: ({ zodSchema, jsonSchema }) => tidy(jsonSchema, (zodSchema as unknown as z.ZodType).meta()),
  });
  delete made.$schema;
  return JSON.parse(JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
};

/** The schema of an input. */
export const inputSchema = (schema: z.ZodType): JsonSchema => convert(schema, { io: 'input' });

export type OutputSchemas = ReturnType<typeof outputSchemas>;

/** Schemas of outputs. Those in `api/` have names: `components` describes them, the others refer to them. */
export const outputSchemas = () => {
  const named = Object.fromEntries(
    Object.entries<unknown>({ ...answers, ...pages, ...auditedEvents, ...reports }).filter(
      (entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType,
    ),
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
