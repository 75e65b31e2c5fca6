// Events of messages, and of those who read them.

import { z } from 'zod';
import { count, id, number, text } from './fields.ts';

export const messageKinds = ['text', 'image', 'audio', 'document'] as const;
export type MessageKind = (typeof messageKinds)[number];

/** Whom a message calls beside the people it names: all members, or those who are present at that moment. */
export const calls = ['everyone', 'here'] as const;

/** Of an event about one message. */
const message = { conversationId: id, messageId: id };

export const messageEvents = {
  // messages-<conversationId>
  MessageSent: z.object({
    messageId: id,
    conversationId: id,
    number,
    /** Null: a visitor of a desk, or the desk itself. */
    senderId: id.nullable(),
    kind: z.enum(messageKinds),
    text,
    fileId: id.nullable(),
    /** In a direct chat: to whom. */
    receiverId: id.nullable(),
    /** Of an imported message: when it was sent. */
    sentAt: z.iso.datetime().optional(),
    /** Of a message that a visitor sent at a desk. */
    visitor: z.object({ name: text, email: text }).optional(),
    /** Of an automatic answer: the message that it answers. */
    answers: id.optional(),
    /** The message of this conversation that it quotes, with its `seq`. */
    replyTo: z.object({ messageId: id, seq: number }).optional(),
    /** The message that began the thread it belongs to. */
    threadId: id.optional(),
    /** The accounts that it calls, each once, as they were found when it was said. */
    mentioned: z.array(id).optional(),
    /** `here`: those who were present are in `mentioned`. */
    call: z.enum(calls).optional(),
  }),
  // message-<conversationId>-<messageId>
  /** Another text of the message, by its sender. */
  MessageEdited: z.object({ ...message, senderId: id, text }),
  /**
   * The event of the message stays in the log: only auditors read it from here on. `threadId`: as of `MessageSent`. `senderId`:
   * the account whose message somebody else removed. `again`: its sender had removed it, and now only `removedBy` can restore it.
   */
  MessageRemoved: z.object({
    ...message,
    senderId: id.optional(),
    threadId: id.optional(),
    removedBy: id,
    again: z.literal(true).optional(),
  }),
  /** It is there again, as it was. `seq`: its place in the conversation. `senderId`, `sentAt`, `threadId`: as of `MessageSent`. */
  MessageRestored: z.object({
    ...message,
    seq: number,
    senderId: id.nullable(),
    sentAt: z.iso.datetime().optional(),
    threadId: id.optional(),
    restoredBy: id,
  }),
  /**
   * `key`: the name of the message's own key, which may be destroyed from here on. `editKeys`: those of its other texts. `senderId`:
   * the account whose message somebody else erased.
   */
  MessageErased: z.object({
    ...message,
    senderId: id.optional(),
    key: text,
    by: id.nullable(),
    editKeys: z.array(text).optional(),
  }),
  /** `count`: of those who react with this emoji from here on. */
  ReactionAdded: z.object({ ...message, userId: id, emoji: text, count }),
  ReactionTakenBack: z.object({ ...message, userId: id, emoji: text, count }),
  MessagePinned: z.object({ ...message, pinnedBy: id }),
  MessageUnpinned: z.object({ ...message, unpinnedBy: id }),
  // thread-<conversationId>-<threadId>-<userId>
  ThreadFollowed: z.object({ conversationId: id, threadId: id, userId: id }),
  ThreadUnfollowed: z.object({ conversationId: id, threadId: id, userId: id }),
  /** `upTo`: a `seq` of the conversation. */
  ThreadRead: z.object({ conversationId: id, threadId: id, userId: id, upTo: count }),
  // bookmarks-<userId>
  MessageBookmarked: z.object({ ...message, userId: id }),
  BookmarkRemoved: z.object({ ...message, userId: id }),
  // reads-<conversationId>-<userId>
  /** `membership`: tells it from earlier ones of the same user; missing: the reader is no member. */
  MessagesRead: z.object({
    conversationId: id,
    userId: id,
    upTo: count,
    membership: count.optional(),
    /** How far the user had read before going back to `upTo`, in the same membership. */
    furthest: count.optional(),
    /** The other members are told. */
    receipt: z.literal(true).optional(),
  }),
} as const;
