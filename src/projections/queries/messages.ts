// Queries about messages and files.

import { may } from '../../domain/access.ts';
import { factsOfFile, readerOf } from '../../domain/accessFacts.ts';
import type { FileDoc } from '../files.ts';
import { accountOf } from '../users.ts';
import type { conversationQueries } from './conversations.ts';
import type { Documents, Page } from './documents.ts';

export const messageQueries = (
  { one, first, find, slice, byIds }: Documents,
  { readable }: Pick<ReturnType<typeof conversationQueries>, 'readable'>,
) => ({
  message: (messageId: string) => one('messages', messageId),
  messagesById: (ids: Iterable<string>) => byIds('messages', ids),
  messageNumbered: (number: number) => first('messages', { number }, 'id'),
  /** Messages of one conversation by `seq`. */
  messagesIn: (conversationId: string, page: Page) => find('messages', { conversationId }, 'seq', page),
  /** Direct messages to `receiverId`, in the order of the log. */
  messagesTo: (receiverId: string, page: Page) => find('messages', { receiverId }, 'position', page),
  receipt: (commandId: string) => one('receipts', commandId),

  fileNumbered: (number: number) => first('files', { number }, 'id'),
  /** Files that nobody uses, the oldest first, stored between two ISO times. */
  filesUnused: (after: string, before: string, limit: number) =>
    slice('unused', { where: { isUsed: false }, sort: 'at', after, before, limit }),
  /** Is this the content of a file? */
  isContent: async (hash: string): Promise<boolean> => (await first('files', { hash }, 'id')) !== undefined,
  /** Bytes by which the files of an account count. */
  spaceOf: async (userId: string): Promise<number> => (await one('space', userId))?.bytes ?? 0,
  filesById: (ids: Iterable<string | null>) => byIds('files', ids),
  /** The file, if `userId` may read it. Missing and forbidden are the same. */
  readableFile: async (fileId: string, userId: string): Promise<FileDoc | undefined> => {
    const [file, user] = await Promise.all([one('files', fileId), one('users', userId)]);
    if (!file || !user) return undefined;
    const mayReadFile = (isSent: boolean) => may(readerOf(accountOf(user)), 'readFile', factsOfFile(file, isSent));
    if (mayReadFile(false)) return file;
    const { items } = await find('shares', { fileId }, 'since', { limit: 100 });
    for (const { conversationId } of items)
      if (mayReadFile((await readable(conversationId, userId)) !== undefined)) return file;
    return undefined;
  },
});
