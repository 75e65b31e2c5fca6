// The shapes of what the native API reports beside the things of a chat: failures, the log, health, limits.

import { z } from 'zod';
import { streams } from '../domain/streams.ts';
import { limitNames } from '../limits/table.ts';
import { at, count, flag, ID, id, text, whole } from './answerFields.ts';
import { type FailureCode, titleOf } from './failureCodes.ts';

const HASH = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

export const Recorded = z
  .strictObject({ position: count('Place in the log.', 1042) })
  .describe('Recorded, but not visible yet: read with `X-Min-Position`.');

const Then = z
  .object({
    userId: id('Of the account.'),
    name: text(
      'How the account chose to be called, else the full name, else the username, else the e-mail address; null: none, or erased.',
      'Ada Lovelace',
    ).nullable(),
    username: text('The username; null: none, or erased.', 'ada').nullable(),
    deleted: flag('The account was deleted by then: these are its last names.').optional(),
    erased: flag('The person was erased since: nobody knows the names any more.').optional(),
  })
  .describe('Somebody in the event, as they were called then.');

export const AuditedEvent = z
  .object({
    id: id('Of the event.'),
    type: text('What happened.', 'MessageSent'),
    stream: text('The stream that has the event.', streams.messages(ID)),
    revision: count('Place in its stream, from 0.', 6),
    position: count('Place in the log.', 1042),
    at: at('When it was recorded.'),
    v: count('The version of its type.', 1),
    hash: text('SHA-256 that chains it to the event before it in its stream.', HASH).optional(),
    meta: z
      .looseObject({
        actorId: id('Of the user who did it; null: a stranger, or the program itself.').nullable(),
        correlationId: text('The request that it comes from: its `X-Request-Id`.', `${ID}-1`),
      })
      .describe('Who did it, and by which request.'),
    data: z.looseObject({}).describe('What `docs/events.md` says of its type, without secrets.'),
    erased: flag('Its private part was erased: fields of `data` stand for it.').optional(),
    people: z.array(Then).describe('The accounts that the event names, as they were called then.'),
  })
  .describe('An event of the log, without secrets.');

export const RelatedEvent = AuditedEvent.extend({
  relation: z
    .enum(['itself', 'same-request', 'cause', 'consequence'])
    .describe('`cause`: of the request that led to it. `consequence`: of a request that it led to.'),
}).describe('An event, and how it is related to the one that was asked for.');

export const AccessExplanation = z
  .strictObject({
    allowed: flag('Whether the account could do it.'),
    refusal: text('The code that it would have got; null: it was allowed.', 'not-a-member').nullable(),
    rule: text('The condition that decided: the first that was not met, else the last.', 'may-write'),
    grounds: z
      .array(text('A reason.', 'member'))
      .describe('Allowed: what met the conditions. Refused: each of these would have been enough.'),
    events: z
      .array(AuditedEvent)
      .describe('What created the conversation, and what gave or took the grounds, in the order of the log.'),
  })
  .describe('Why an account could do something, or could not.');

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
