// The kinds of fields in answers: each is given what it says and an example of it, for the documents.

import { z } from 'zod';

export const HASH = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';
export const ID = '0190b0a0-0000-7000-8000-000000000001';

export const id = (description: string) => z.guid().meta({ description, examples: [ID] });
export const at = (description: string) =>
  z.iso.datetime().meta({ description, examples: ['2026-01-31T12:00:00.000Z'] });
export const whole = (description: string, example = 7) => z.int().meta({ description, examples: [example] });
export const count = (description: string, example = 7) =>
  z
    .int()
    .nonnegative()
    .meta({ description, examples: [example] });
export const text = (description: string, example: string) => z.string().meta({ description, examples: [example] });
export const flag = (description: string) => z.boolean().describe(description);

/** A field that is mostly null, so the example is. */
export const seldom = <T extends z.ZodType>(field: T) => field.nullable().meta({ examples: [null] });

export const number = whole('Its number: the APIs that know no UUIDs call it by this.');

export const visitor = seldom(
  z
    .strictObject({
      name: text('As the visitor gave it.', 'Vera'),
      email: text('As the visitor gave it.', 'vera@example.org'),
    })
    .describe(
      'Who asked at a desk, in their own words: nobody has checked them. Null: it is no desk, or no visitor asked.',
    ),
);
