// Messages, what they quote, and what people did with them.

import { z } from 'zod';
import { calls, messageKinds } from '../../domain/events.ts';
import { PARTICIPANTS } from '../../projections/threadFields.ts';
import { at, count, flag, id, number, seldom, text, visitor } from '../answerFields.ts';
import { FileRef } from './files.ts';

export const Quoted = z
  .strictObject({
    id: id('Of the message.'),
    seq: count('Its place in the conversation.'),
    senderId: id('Null: the visitor of a desk, or the desk itself.').nullable(),
    kind: z.enum(messageKinds).describe('What the message is.'),
    at: at('When it was sent.'),
    text: text('Its first 200 characters, as they are now; empty if it was removed or erased.', 'Hello'),
    removedAt: seldom(at('Null: it was not removed.')),
    erased: flag('What was said is gone for ever.'),
  })
  .describe('A message that another one quotes, shortened.');

export const ThreadSummary = z
  .strictObject({
    count: count('Its messages that were not removed. It has the message that began it beside.', 3),
    lastAt: at('When its last message was sent.'),
    lastBy: id('Who sent that; null: no account.').nullable(),
    participants: z.array(id('Of a user.')).describe('Those who wrote in it last, five at most; the last one first.'),
    participantCount: count(`How many wrote in it; ${PARTICIPANTS}: so many or more.`, 2),
  })
  .describe('The thread that a message began.');

export const Reaction = z
  .strictObject({
    emoji: text('As the standard spells it.', '👍'),
    count: count('Of the people who react with it.', 2),
    mine: flag('You are one of them.'),
  })
  .describe('What people react with.');

export const Message = z
  .strictObject({
    id: id('Of the message.'),
    number,
    conversationId: id('Of the conversation that it was sent to.'),
    seq: z
      .int()
      .positive()
      .meta({ description: 'Place in its conversation, from 1 without a gap.', examples: [7] }),
    position: count('Place in the log.', 1042),
    senderId: id('Null: the visitor of a desk, or the desk itself.').nullable(),
    kind: z.enum(messageKinds).describe('What the message is.'),
    text: text('Empty if the message was removed or erased.', 'Hello'),
    file: FileRef.nullable().describe('Null: it carries none, or it was removed.'),
    at: at('When it was sent.'),
    editedAt: seldom(at('When its sender last gave it another text. Null: never.')),
    removedAt: seldom(at('The message keeps its place, without its text and file. Null: it was not removed.')),
    removedBy: seldom(id('Of the user who removed it; null: it was not removed.')),
    visitor,
    answers: seldom(id('The message that this one answers by itself; null: none.')),
    mentioned: z
      .array(id('Of an account.'))
      .meta({ description: 'The accounts that it calls, as they were found when it was said.', examples: [[]] }),
    call: seldom(
      z
        .enum(calls)
        .describe('Whom it calls beside them: `everyone`, all members; `here`, those who were present. Null: nobody.'),
    ),
    erased: flag('What was said is gone for ever. The message keeps its place.'),
    replyTo: seldom(
      z
        .strictObject({ id: id('Of the message.'), seq: count('Its place in the conversation.') })
        .describe('The message of the same conversation that it quotes; null: none.'),
    ),
    threadId: seldom(id('Of the message that began the thread it belongs to; null: it belongs to none.')),
    thread: seldom(
      ThreadSummary.describe(
        'The thread that it began; null: none yet. Frames never have it: a client keeps the one it has.',
      ),
    ),
    reactions: z
      .array(Reaction)
      .meta({ examples: [[]] })
      .describe(
        'In the order of first use. Of a message that was removed or erased: none. Frames never have them: a client keeps ' +
          'those it has, and a message that is restored has those that it had.',
      ),
    pinnedAt: seldom(at('When it was pinned. Null: it is not pinned.')),
  })
  .describe('A message.');

export const Thread = z
  .strictObject({
    root: Message.describe('The message that began it; `thread` tells of the thread.'),
    following: flag('You follow it: you wrote in it, somebody answered you there, or you asked for it.'),
    readUpTo: count('The `seq` up to which you have read it, as you marked.'),
    unread: count(
      'Messages of others in it after that, which were not removed; null: you do not follow it.',
      2,
    ).nullable(),
  })
  .describe('A thread, as you see it.');

export const Version = z
  .strictObject({
    text: text('Empty if it was erased.', 'Hello'),
    at: at('When it was sent, or given this text.'),
    by: id('Of its sender; null: the visitor of a desk, or the desk itself.').nullable(),
    position: count('Place of this text in the log.', 1042),
    erased: flag('The text is gone for ever.'),
  })
  .describe('A text that a message had, or has.');
