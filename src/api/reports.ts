// The shapes of what the native API reports beside the things of a chat: failures, the log, health, limits.

import { z } from 'zod';
import { streams } from '../domain/streams.ts';
import { limitNames } from '../limits/table.ts';
import { at, count, ID, id, text, whole } from './answerFields.ts';
import { type FailureCode, titleOf } from './failureCodes.ts';

export const Recorded = z
  .strictObject({ position: count('Place in the log.', 1042) })
  .describe('Recorded, but not visible yet: read with `X-Min-Position`.');

export const AuditedEvent = z
  .object({
    id: id('Of the event.'),
    type: text('What happened.', 'MessageSent'),
    stream: text('The stream that has the event.', streams.messages(ID)),
    revision: count('Place in its stream, from 0.', 6),
    position: count('Place in the log.', 1042),
    at: at('When it was recorded.'),
    meta: z
      .looseObject({
        actorId: id('Of the user who did it; null: a stranger, or the program itself.').nullable(),
        correlationId: text('The request that it comes from: its `X-Request-Id`.', `${ID}-1`),
      })
      .describe('Who did it, and by which request.'),
    data: z.looseObject({}).describe('What `docs/events.md` says of its type, without secrets.'),
  })
  .describe('An event of the log, without secrets.');

export const ExportedEvent = z
  .object({
    specversion: text('The version of CloudEvents.', '1.0'),
    id: id('Of the event.'),
    source: text('The log that it comes from.', `urn:uuid:${ID}`),
    type: text('What happened.', 'MessageSent'),
    subject: text('The stream that has the event.', streams.messages(ID)),
    time: at('When it was recorded.'),
    datacontenttype: text('Of `data`.', 'application/json'),
    sequence: text('Place of the line in this answer, from 1.', '0000000000000001'),
    data: z
      .object({
        position: count('Place in the log: goes as `after`.', 1042),
        revision: count('Place in its stream, from 0.', 6),
        data: z
          .looseObject({})
          .describe('What `docs/events.md` says of its type, as it lies: private parts are encrypted.'),
        meta: z.looseObject({}).describe('Who did it, by which request, and the hash that chains the event.'),
        opened: z.looseObject({}).optional().describe('The private part of `data`, readable.'),
        redacted: z.literal(true).optional().describe('A secret was taken out of `data`, so its hash differs.'),
      })
      .describe('The event.'),
    link: text(
      'Hash over the line and the link before it: see `docs/auditors.md`.',
      'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    ),
  })
  .describe('An event as a CloudEvent 1.0.');

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
