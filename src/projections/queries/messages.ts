// Queries about messages. All of them show of a removed message only its place.

import {
  type EditDoc,
  type MessageDoc,
  NOBODY,
  type Removal,
  type SealedMessage,
  voiceOf,
  withoutRemovedContent,
} from '../messages.ts';
import type { Documents, Page, Slice } from './documents.ts';

/** Removals of one conversation, the latest: who takes a message back to say the next one has done so a moment ago. */
const REMOVED = 100;

const shown = (doc: MessageDoc | undefined): MessageDoc | undefined => doc && withoutRemovedContent(doc);

const shownIn = ({ items, more }: Slice<MessageDoc>): Slice<MessageDoc> => ({
  items: items.map(withoutRemovedContent),
  more,
});

export const messageQueries = ({ one, first, find, slice, count, byIds, sealedMessages, openMessages }: Documents) => ({
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
  /** Messages of one account in a conversation by `seq`, without those that were removed or imported. */
  saidBy: (userId: string, conversationId: string, page: Page) =>
    find('messages', { voice: voiceOf(conversationId, userId) }, 'seq', page),
  /** How many of them lie between two places. */
  countSaidBy: (userId: string, conversationId: string, { after, before }: Required<Pick<Page, 'after' | 'before'>>) =>
    count('messages', { where: { voice: voiceOf(conversationId, userId) }, sort: 'seq', after, before }),
  /** ISO time of the last message of an account in a conversation; of those that were removed, the last `REMOVED` are looked at. */
  lastSaidBy: async (conversationId: string, userId: string): Promise<string | undefined> => {
    const last = { sort: 'seq', descending: true, limit: 1 };
    const removed = { sort: 'position', descending: true, limit: REMOVED };
    const [said, removals] = await Promise.all([
      slice('messages', { where: { voice: voiceOf(conversationId, userId) }, ...last }),
      slice('removals', { where: { voice: voiceOf(conversationId, NOBODY) }, ...removed }),
    ]);
    const takenBack = await sealedMessages(removals.items.map(({ id }) => id));
    const own = [...said.items, ...takenBack.filter(({ senderId }) => senderId === userId)];
    return own.map(({ at }) => at).reduce((latest, at) => (at > latest ? at : latest), '') || undefined;
  },
  /** By id: those of the messages that were removed. */
  removalsOf: async (messageIds: Iterable<string>): Promise<ReadonlyMap<string, Removal>> =>
    new Map([...(await byIds('removals', messageIds))].filter(([, { isOver }]) => !isOver)),
  /** By id: what those of the messages say now that were edited. */
  editsOf: (messageIds: Iterable<string>): Promise<ReadonlyMap<string, EditDoc>> => byIds('edits', messageIds),
  receipt: (commandId: string) => one('receipts', commandId),
});
