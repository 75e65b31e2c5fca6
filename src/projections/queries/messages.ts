// Queries about messages. All of them show of a removed message only its place.

import {
  type EditDoc,
  type MessageDoc,
  type Removal,
  type SealedMessage,
  voiceOf,
  withoutRemovedContent,
} from '../messages.ts';
import type { Documents, Page, Slice } from './documents.ts';

const shown = (doc: MessageDoc | undefined): MessageDoc | undefined => doc && withoutRemovedContent(doc);

const shownIn = ({ items, more }: Slice<MessageDoc>): Slice<MessageDoc> => ({
  items: items.map(withoutRemovedContent),
  more,
});

export const messageQueries = ({ one, first, find, slice, byIds, sealedMessages, openMessages }: Documents) => ({
  sealedMessages,
  openedMessages: async (sealed: readonly SealedMessage[]): Promise<readonly MessageDoc[]> =>
    (await openMessages(sealed)).map(withoutRemovedContent),
  message: async (messageId: string) => shown(await one('messages', messageId)),
  messagesById: async (ids: Iterable<string>): Promise<ReadonlyMap<string, MessageDoc>> =>
    new Map([...(await byIds('messages', ids))].map(([id, doc]) => [id, withoutRemovedContent(doc)])),
  messageNumbered: async (number: number) => shown(await first('messages', { number }, 'id')),
  /** Messages of one conversation by `seq`. */
  messagesIn: async (conversationId: string, page: Page) =>
    shownIn(await find('messages', { conversationId }, 'seq', page)),
  /** Direct messages to `receiverId`, in the order of the log. */
  messagesTo: async (receiverId: string, page: Page) =>
    shownIn(await find('messages', { receiverId }, 'position', page)),
  /** ISO time of the last message of an account in a conversation, if it was not removed. */
  lastSaidBy: async (conversationId: string, userId: string): Promise<string | undefined> => {
    const where = { voice: voiceOf(conversationId, userId) };
    return (await slice('messages', { where, sort: 'seq', descending: true, limit: 1 })).items[0]?.at;
  },
  /** By id: those of the messages that were removed. */
  removalsOf: async (messageIds: Iterable<string>): Promise<ReadonlyMap<string, Removal>> =>
    new Map([...(await byIds('removals', messageIds))].filter(([, { isOver }]) => !isOver)),
  /** By id: what those of the messages say now that were edited. */
  editsOf: (messageIds: Iterable<string>): Promise<ReadonlyMap<string, EditDoc>> => byIds('edits', messageIds),
  receipt: (commandId: string) => one('receipts', commandId),
});
