// The shapes of what the native API reports beside the things of a chat: failures, health, limits. The log is in
// `auditedEvents.ts`.

import { z } from 'zod';
import { limitNames } from '../limits/table.ts';
import { count, ID, text, whole } from './answerFields.ts';
import { type FailureCode, titleOf } from './failureCodes.ts';

export const Recorded = z
  .strictObject({ position: count('Place in the log.', 1042) })
  .describe('Recorded, but not visible yet: read with `X-Min-Position`.');

export const Health = z
  .strictObject({
    status: z.enum(['ready', 'degraded', 'not-ready']).describe('`degraded`: it serves, but something is missing.'),
    position: count('Place in the log that the views have reached.', 1042),
    head: count('End of the log; null while it cannot be asked.', 1042).nullable(),
    lag: count('Positions that the views are behind; null while the log cannot be asked.', 1).nullable(),
    troubles: z.array(text('One trouble, in words.', 'events: the store is unavailable')).describe('What is missing.'),
  })
  .describe('How well the process can serve.');
/** For everybody, where operators have a port of their own. */
export const Readiness = Health.pick({ status: true }).describe('Whether the process can serve.');

export const Rebuild = z
  .strictObject({
    state: z
      .enum(['none', 'running', 'done', 'failed'])
      .describe('Of the last rebuild since the start; `none`: there was none.'),
    percent: whole('How much of the log it has read.', 42),
    events: count('Events so far.', 84_000),
    rate: count('Events a second.', 100_000),
    secondsLeft: count('Seconds left; null: it does not run, or nobody can tell yet.', 2).nullable(),
    position: count('Place in the log that it has reached.', 84_120),
    compared: count('Documents that have been compared with those of the old views.', 0),
    differing: count(
      'Documents of the old views that differed from the log; null: they were not compared.',
      0,
    ).nullable(),
    error: text('Why it failed.', 'the views are unavailable').nullable(),
  })
  .describe('How far a rebuild of the views is.');

export const Limit = z
  .strictObject({
    name: z.enum(limitNames).describe('What it counts.'),
    by: z.enum(['address', 'account']).describe('Whose it is.'),
    quota: count('How many at once, if the limit is whole.', 6000),
    window: count('Seconds in which an empty limit is whole again; it refills evenly.', 60),
    left: count('How many you may still send.', 5999),
    resets: count('Seconds until the limit is whole again.', 1),
  })
  .describe('One limit.');
export const Limits = z
  .strictObject({ items: z.array(Limit).describe('All that hold for you.') })
  .describe('Your limits.');

export const Problem = z
  .object({
    type: text('Address of what the documentation says of the code.', '/docs#not-found'),
    title: text('One sentence for people: what happened, and what to do next.', titleOf['not-found']),
    status: whole('The status of the answer.', 404),
    code: z
      .enum(Object.keys(titleOf) as [FailureCode, ...FailureCode[]])
      .meta({ description: 'Stable: what a program goes by.', examples: ['not-found'] }),
    errors: z
      .array(
        z.object({
          field: text('Its path, or the name of the header.', 'memberIds.0'),
          code: text('What is wrong with it, or the code of the refusal.', 'invalid-format'),
          message: text('The same for people.', 'Invalid GUID'),
        }),
      )
      .optional()
      .describe('The input at fault, field by field.'),
    requestId: text('Of this request: the log of the server has it too.', `${ID}-1`),
  })
  .describe('What went wrong, as problem details (RFC 9457).');

/** Answers of a command that shows its effect: normally with `status`, with 202 if the views are late. */
export const shown = <Status extends number, T extends z.ZodType>(status: Status, schema: T) => ({
  [status]: schema,
  202: Recorded,
});
