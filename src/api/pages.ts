// The shapes of the native API's lists.

import { z } from 'zod';
import { at, count, flag, id, text } from './answerFields.ts';
import {
  Account,
  BotToken,
  Conversation,
  Erasure,
  Member,
  Message,
  OpenSession,
  Presence,
  Profile,
  Quoted,
  Thread,
  Version,
} from './answers.ts';
import { AuditedEvent } from './auditedEvents.ts';

const NEXT = 'Give it back as `after` for the next page; null: there is none.';

/** A page of a list; `next` is a cursor, which clients hand back as it is. */
const pageOf = <T extends z.ZodType>(item: T, of: string) =>
  z
    .strictObject({ items: z.array(item).describe(of), next: text(NEXT, 'NTA').nullable() })
    .describe(`A page of ${of.charAt(0).toLowerCase()}${of.slice(1, -1)}.`);

export const ProfilePage = pageOf(Profile, 'Users.');
export const MemberPage = pageOf(Member, 'Members.');
export const ConversationPage = pageOf(Conversation, 'Conversations.');
export const Everything = z
  .strictObject({
    log: id('Of the log that `position` belongs to.'),
    position: count('Place in the log. All of this is as of here.', 1042),
    account: Account,
    conversations: ConversationPage,
    included: z
      .strictObject({ users: z.array(Profile).describe('Each once.') })
      .describe('Who said the last messages, and the users of direct chats.'),
  })
  .describe('What a client shows when it starts.');
export const PresenceList = z
  .strictObject({ items: z.array(Presence).describe('In no order.') })
  .describe('Who is there.');
export const PresentMembers = PresenceList.extend({
  more: flag('There may be others: the list is cut, or the conversation too large to look at all of it.'),
}).describe('Who of a conversation is there.');
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
export const ReactionPage = pageOf(
  z.strictObject({ user: Profile, at: at('When they reacted.') }).describe('Somebody who reacted.'),
  'People who reacted.',
);
const included = (who: string) =>
  z
    .strictObject({
      users: z.array(Profile).describe('Each once.'),
      messages: z.array(Quoted).describe('The messages that others quote; each once.'),
    })
    .describe(`${who} And the messages that those quote.`);
export const MentionPage = pageOf(Message, 'Messages.')
  .extend({ included: included('The users whom the messages and their threads name.') })
  .describe('A page of messages that call you.');
export const PinPage = pageOf(
  z
    .strictObject({
      message: Message,
      pinnedAt: at('When it was pinned.'),
      pinnedBy: id('Of the user who pinned it.'),
    })
    .describe('A pinned message.'),
  'Pinned messages, the last pin first.',
)
  .extend({ included: included('The users whom the messages name, and those who pinned them.') })
  .describe('A page of pinned messages.');
export const BookmarkPage = pageOf(
  z
    .strictObject({
      conversationId: id('Of the conversation that the message is in.'),
      messageId: id('Of the message.'),
      bookmarkedAt: at('When you set the bookmark.'),
      message: Message.nullable().describe('Null: you may not read it now.'),
    })
    .describe('A message that you bookmarked.'),
  'Bookmarks, the newest first.',
)
  .extend({ included: included('The users whom the messages name.') })
  .describe('A page of bookmarks.');
export const ThreadPage = pageOf(Thread, 'Threads.')
  .extend({ included: included('The users whom the messages and their threads name.') })
  .describe('A page of threads.');
export const MessagePage = z
  .strictObject({
    items: z.array(Message).describe('In the order of `seq`.'),
    next: text(
      'Where the page was cut: give it back as `before`, or as `after` if you asked with `after` or `around`; null: it was not.',
      '7',
    ).nullable(),
    included: included('The users whom the messages name as senders, in threads, or as those who removed them.'),
  })
  .describe('A page of messages.');
export const VersionPage = pageOf(Version, 'Texts, the oldest first.');

const Piece = z
  .strictObject({ text: text('As it was said.', 'tea'), isHit: flag('It is what was looked for.') })
  .describe('A piece of a text.');

const SearchHit = z
  .strictObject({
    message: Message,
    excerpt: z
      .array(Piece)
      .describe('The part of its text around what was found, in order; an ellipsis stands for what is left out.'),
  })
  .describe('A message that was found.');

export const SearchResults = pageOf(SearchHit, 'Messages that were found.')
  .extend({ included: included('The users whom the messages and their threads name.') })
  .describe('A page of what was found.');
