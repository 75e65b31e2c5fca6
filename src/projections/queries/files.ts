// Queries about files.

import { may } from '../../domain/access.ts';
import { factsOfFile, readerOf } from '../../domain/accessFacts.ts';
import { pictureFile } from '../../domain/picture.ts';
import type { Find } from '../../store/ports.ts';
import { endOf, type FileDoc, placeIn } from '../files.ts';
import { accountOf } from '../users.ts';
import type { conversationQueries } from './conversations.ts';
import { type Documents, type InTurn, unattended } from './documents.ts';

export const fileQueries = (
  { one, first, slice, byIds }: Documents,
  { readable }: Pick<ReturnType<typeof conversationQueries>, 'readable'>,
) => {
  /** The messages that show a file: not the removed ones. */
  const sharesOf = (fileId: string, range: Pick<Find, 'after' | 'before' | 'limit'>) =>
    slice('shares', { where: { fileId, isShown: true }, sort: 'place', ...range });

  /** Each conversation in which a message has the file, once. */
  async function* conversationsWith(fileId: string, inTurn = unattended): AsyncGenerator<string, void> {
    for (let after = ''; ; ) {
      const find = () => sharesOf(fileId, { after, limit: 100 });
      const { items, more } = await (after === '' ? find() : inTurn(find));
      yield* new Set(items.map(({ conversationId }) => conversationId));
      const last = items.at(-1);
      if (!more || last === undefined) return;
      // Many messages of one conversation may have the file: the rest of them is skipped.
      after = endOf(last.conversationId);
    }
  }

  /** Has a message of the conversation after that `seq` the file? */
  const isSharedAfter = async (fileId: string, conversationId: string, seq: number): Promise<boolean> => {
    const range = { after: placeIn(conversationId, seq), before: endOf(conversationId), limit: 1 };
    return (await sharesOf(fileId, range)).items.length > 0;
  };

  const readerBy = async (userId: string) => {
    const user = await one('users', userId);
    return user && readerOf(accountOf(user));
  };

  return {
    /** Files that nobody uses, the oldest first, stored between two ISO times. */
    filesUnused: (after: string, before: string, limit: number) =>
      slice('unused', { where: { isUsed: false }, sort: 'at', after, before, limit }),
    /** Is this the content of a file? */
    isContent: async (hash: string): Promise<boolean> => (await first('files', { hash }, 'id')) !== undefined,
    /** Bytes by which the files of an account count. */
    spaceOf: async (userId: string): Promise<number> => (await one('space', userId))?.bytes ?? 0,
    conversationsWith,
    filesById: (ids: Iterable<string | null>) => byIds('files', ids),
    /** Does some message carry the file? */
    isSent: async (fileId: string): Promise<boolean> => (await sharesOf(fileId, { limit: 1 })).items.length > 0,
    /** The file, if `userId` may read it. Missing and forbidden are the same. */
    readableFile: async (fileId: string, userId: string, inTurn?: InTurn): Promise<FileDoc | undefined> => {
      const [file, reader] = await Promise.all([one('files', fileId), readerBy(userId)]);
      if (!file || !reader) return undefined;
      const mayReadFile = (isSent: boolean) => may(reader, 'readFile', factsOfFile(file, { isSent }));
      if (mayReadFile(false)) return file;
      for await (const conversationId of conversationsWith(fileId, inTurn)) {
        const found = await readable(conversationId, userId);
        const isSent =
          found && (found.seesAfter === 0 || (await isSharedAfter(fileId, conversationId, found.seesAfter)));
        if (isSent && mayReadFile(true)) return file;
      }
      return undefined;
    },
    /**
     * The stored file that is the picture of something that `userId` sees. `by`: the account that made it the picture. Logs of
     * earlier versions name files of others as pictures; nobody gets those by it.
     */
    readablePicture: async (
      { address, by }: { readonly address: string | null; readonly by: string | null },
      userId: string,
    ): Promise<FileDoc | undefined> => {
      const fileId = pictureFile(address);
      if (fileId === undefined) return undefined;
      const [file, reader] = await Promise.all([one('files', fileId), readerBy(userId)]);
      if (!file || !reader) return undefined;
      const isPicture = by !== null && file.ownerId === by;
      return may(reader, 'readFile', factsOfFile(file, { isPicture })) ? file : undefined;
    },
  };
};
