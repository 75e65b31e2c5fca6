// Finds what several APIs show: people, conversations and messages by their numbers, and messages with their details.

import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';
import { Unavailable } from '../../store/ports.ts';

const isNumber = (number: number): boolean => Number.isSafeInteger(number) && number > 0;

/** The account of that number, unless it is deleted. */
export const userNumbered = async (queries: Queries, number: number): Promise<UserDoc | undefined> => {
  const user = isNumber(number) ? await queries.userNumbered(number) : undefined;
  return user?.deleted === false ? user : undefined;
};

type Access = 'readable' | 'receivable' | 'writable';

/** The group, room or desk of that number, if `userId` may read it, receives it, or may write to it: missing and forbidden are the same. */
export const groupNumbered = async (queries: Queries, number: number, userId: string, access: Access = 'readable') => {
  const found = isNumber(number) ? await queries.conversationNumbered(number) : undefined;
  return found && found.kind !== 'direct' ? queries[access](found.id, userId) : undefined;
};

/** The message of that number, if it was not removed and `userId` sees it. */
export const readableMessageNumbered = async (queries: Queries, number: number, userId: string) => {
  const found = isNumber(number) ? await queries.messageNumbered(number) : undefined;
  const [isSeen] = found && !found.removed ? await queries.seesEach(userId, [found]) : [];
  return isSeen ? found : undefined;
};

/** A document that was recorded before. @throws Unavailable while the views do not have it */
export const visible = async <T>(found: Promise<T | undefined>): Promise<T> => {
  const document = await found;
  if (document === undefined) throw new Unavailable('views');
  return document;
};

/** Messages with the people and the files that belong to them. */
export const detailed = async (queries: Queries, messages: readonly MessageDoc[]) => {
  const [people, files] = await Promise.all([
    queries.usersById(messages.flatMap(({ senderId, receiverId }) => [senderId, receiverId])),
    queries.filesById(messages.map(({ fileId }) => fileId)),
  ]);
  return messages.map((message) => ({
    message,
    sender: people.get(message.senderId ?? ''),
    receiver: people.get(message.receiverId ?? ''),
    file: files.get(message.fileId ?? ''),
  }));
};

export type Detailed = Awaited<ReturnType<typeof detailed>>[number];

/** The message that was just sent. @throws Unavailable while the views do not have it */
export const sentMessage = async (queries: Queries, messageId: string): Promise<Detailed> =>
  (await detailed(queries, [await visible(queries.message(messageId))]))[0]!;
