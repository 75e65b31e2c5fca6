// Conversations and their members.

import { z } from 'zod';
import { policyFields } from '../../commands/policyFields.ts';
import { conversationKinds } from '../../domain/accessFacts.ts';
import { messageKinds } from '../../domain/events.ts';
import { memberRoles } from '../../domain/members.ts';
import { at, count, flag, id, number, text, visitor, whole } from '../answerFields.ts';
import { Profile } from './people.ts';

export const LastMessage = z
  .strictObject({
    id: id('Of the message.'),
    senderId: id('Null: the visitor of a desk, or the desk itself.').nullable(),
    kind: z.enum(messageKinds).describe('What the message is.'),
    text: text('Its first 200 characters; empty if it was removed.', 'Hello'),
    at: at('When it was sent.'),
  })
  .describe('The last message of a conversation, shortened.');

export const Policy = z.strictObject(policyFields).describe('What its members may do, as its owners set it.');

export const Conversation = z
  .strictObject({
    id: id('Of the conversation.'),
    number,
    kind: z.enum(conversationKinds).describe('What the conversation is.'),
    public: flag('Anybody may find and read it.'),
    name: text('Empty for a direct chat: show the other user.', 'Tea'),
    slug: text('A unique name in addresses; null: there is none.', 'tea').nullable(),
    description: text('Empty if there is none.', 'At five.'),
    picture: text(
      'Address of a picture: of a stored file the one of `getConversationPicture`, with `file`. Null: there is none.',
      'https://example.org/tea.png',
    ).nullable(),
    capacity: whole('Of a room. Only shown, not enforced.', 20).nullable(),
    link: text('Of a room: an address to show; null: there is none.', 'https://example.org').nullable(),
    hasPassword: flag('Of a room: somebody gave it a password. Nobody needs it.'),
    userIds: z.array(id('Of a user.')).describe('Of a direct chat: its two users.'),
    visitor,
    createdBy: id('Of the user who made it; null: no account did.').nullable(),
    createdAt: at('When it was made.'),
    policy: Policy,
    memberCount: count('Its members. A room has none.', 2),
    messageCount: count('Its messages; the `seq` of the last one.'),
    lastMessage: LastMessage.nullable().describe('Null: nobody has said anything yet.'),
    role: z.enum(memberRoles).nullable().describe('Yours; null: you are no member.'),
    muted: flag('Of a desk: you muted it.'),
    readUpTo: count('The `seq` up to which you have read: what you marked, or all there was when you became a member.'),
    unread: count(
      'Messages of others after it that were not removed, of the last 10,000. History that was imported is never unread. 0: ' +
        'you are up to date, or no member.',
      2,
    ),
    mentions: count(
      'The unread messages that call you: by name, with `@here` while you were present, or with `@everyone`. 100: so many or more.',
      1,
    ),
  })
  .describe('A conversation, as you see it.');

export const Member = z
  .strictObject({
    user: Profile,
    role: z.enum(memberRoles).describe('What they may do here.'),
    joinedAt: at('When they joined.'),
  })
  .describe('A member of a conversation.');
