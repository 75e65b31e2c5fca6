// The shapes of the native API's lists.

import { z } from 'zod';
import { count, flag, text } from './answerFields.ts';
import { BotToken, Conversation, Erasure, Member, Message, OpenSession, Profile } from './answers.ts';
import { AuditedEvent } from './reports.ts';

const NEXT = 'Give it back as `after` for the next page; null: there is none.';

/** A page of a list; `next` is a cursor, which clients hand back as it is. */
const pageOf = <T extends z.ZodType>(item: T, of: string) =>
  z
    .strictObject({ items: z.array(item).describe(of), next: text(NEXT, 'NTA').nullable() })
    .describe(`A page of ${of.charAt(0).toLowerCase()}${of.slice(1, -1)}.`);

export const ProfilePage = pageOf(Profile, 'Users.');
export const MemberPage = pageOf(Member, 'Members.');
export const ConversationPage = pageOf(Conversation, 'Conversations.');
export const OpenSessionPage = pageOf(OpenSession, 'Sessions.')
  .extend({
    hasKey: flag('Somebody can sign in with a key, which has no session.'),
  })
  .describe('A page of sessions.');
export const ErasurePage = pageOf(Erasure, 'Erasures.');
export const BotTokenPage = pageOf(BotToken, 'Tokens of bots.');
export const AuditedEventPage = z
  .strictObject({
    items: z.array(AuditedEvent).describe('In the order of the stream.'),
    next: count('Give it back as `from` for the next page; null: there is none.', 50).nullable(),
  })
  .describe('A page of a stream.');
export const MentionPage = pageOf(Message, 'Messages.')
  .extend({
    included: z
      .strictObject({ users: z.array(Profile).describe('Each once.') })
      .describe('The senders of the messages.'),
  })
  .describe('A page of messages that call you.');
export const MessagePage = z
  .strictObject({
    items: z.array(Message).describe('In the order of `seq`.'),
    next: text(
      'Where the page was cut: give it back as `before`, or as `after` if you asked with `after` or `around`; null: it was not.',
      '7',
    ).nullable(),
    included: z
      .strictObject({ users: z.array(Profile).describe('Each once.') })
      .describe('The users whom the messages name as senders, or as those who removed them.'),
  })
  .describe('A page of messages.');
