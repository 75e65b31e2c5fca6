// The shapes of the events of the log, as auditors and exports get them.

import { z } from 'zod';
import { streams } from '../domain/streams.ts';
import { at, count, flag, HASH, ID, id, text } from './answerFields.ts';

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
