// What an example file holds: what was before, one request, and the answer to it.

import { z } from 'zod';
import { roles } from '../../src/domain/events.ts';

const request = z.strictObject({
  method: z.string(),
  /** As in the document; behind the prefix of the dialect where it is played there. `/v1/…` is the native API. */
  path: z.string().startsWith('/'),
  headers: z.record(z.string(), z.string()).default({}),
  /** Somebody of `given`: sends their access token. */
  as: z.string().optional(),
  /** Sent as JSON, or as a form, or as multipart with files `{name, type, content}`, or as the very text. */
  body: z.unknown().optional(),
  form: z.record(z.string(), z.string()).optional(),
  multipart: z
    .record(
      z.string(),
      z.union([z.string(), z.strictObject({ name: z.string(), type: z.string(), content: z.string() })]),
    )
    .optional(),
  text: z.string().optional(),
});
export type Request = z.infer<typeof request>;

const response = z.strictObject({
  status: z.int(),
  /** Of each header the value, or null: there is none. */
  headers: z.record(z.string(), z.unknown()).default({}),
  /** JSON; see `expected.ts`. Left out: not looked at. */
  body: z.unknown().optional(),
  /** A part of a body that is no JSON. */
  text: z.string().optional(),
});
export type Response = z.infer<typeof response>;

const step = z.union([
  /** An account that signs in natively. Kept: `ann.token`, `ann.id`, `ann.number`. `with`: as the native API has it. */
  z.strictObject({ person: z.string(), with: z.record(z.string(), z.unknown()).default({}) }),
  z.strictObject({ grant: z.enum(roles), to: z.string() }),
  /** The e-mail address belongs to the account that has it. */
  z.strictObject({ verify: z.string() }),
  /** What is said over a socket, and the frames that come back for it. */
  z.strictObject({ socket: z.string().startsWith('/'), send: z.string(), receive: z.array(z.unknown()).min(1) }),
  /** An earlier request; without a response, it must succeed. */
  z.strictObject({ request, response: response.optional() }),
]);
export type Step = z.infer<typeof step>;

export const Example = z.strictObject({
  title: z.string().min(1),
  given: z.array(step).default([]),
  request,
  response,
  /** Where it is played: default both. */
  at: z.array(z.enum(['root', 'prefix'])).default(['root', 'prefix']),
});
export type Example = z.infer<typeof Example>;
