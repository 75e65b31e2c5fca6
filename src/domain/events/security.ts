// Events about security: sign-ins that failed, what was refused, what auditors read.

import { z } from 'zod';
import { count, id, number, optionalText, text } from './fields.ts';

/** By the names of the query. */
const asked = z
  .object({
    category: text,
    actor: id,
    subject: id,
    correlation: text,
    upTo: count,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    follow: z.boolean(),
    /** What the event at this position came from, and what came of it. */
    related: count,
    /** Whether the account of `stream` may do this, there. */
    action: text,
    conversation: id,
    asOf: z.union([count, z.iso.datetime()]),
  })
  .partial();
export const securityEvents = {
  // security-<userId>
  /** `count`: from `since` until it was recorded. */
  SignInsFailed: z.object({ userId: id, count: number, since: z.iso.datetime() }),
  /** `code`: of the refusal, as clients get it. */
  RequestsRefused: z.object({ userId: id, code: text, count: number, since: z.iso.datetime() }),
  /** An operator made a link that sets a new password. */
  ResetLinkMade: z.object({ userId: id }),
  // audit-<readerId>
  /** `stream`, `type`: null: all. The reader may have gone on with the question until `until`. `asked`: what narrowed it further. */
  LogRead: z.object({
    readerId: id,
    stream: optionalText,
    type: optionalText,
    after: count,
    until: z.iso.datetime(),
    asked: asked.optional(),
  }),
} as const;
