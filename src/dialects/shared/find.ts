// Finds what several APIs show: people, conversations and messages by their numbers, and messages with their details.

import { type User, users } from '../../domain/user.ts';
import { messageAsSent, type Sent } from '../../http/showMessages.ts';
import type { FileDoc } from '../../projections/files.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';
import type { Services } from '../../services.ts';
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

/** What answers show of an account. */
export type Person = Pick<
  UserDoc,
  'id' | 'number' | 'username' | 'email' | 'firstName' | 'lastName' | 'displayName' | 'avatar'
>;

/** An account that the views may not have yet. */
export const asPerson = ({ userId: id, number, names, profile, displayName }: User): Person => ({
  id,
  number,
  ...names,
  ...profile,
  displayName,
});

/** A message with the people and the file that belong to it. */
export interface Detailed {
  readonly message: MessageDoc;
  readonly sender: Person | undefined;
  readonly receiver: Person | undefined;
  readonly file: FileDoc | undefined;
}

/** Messages with the people and the files that belong to them. */
export const detailed = async (queries: Queries, messages: readonly MessageDoc[]): Promise<readonly Detailed[]> => {
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

/**
 * The message that was just sent, from the log. The views may be late, and a client that is told to try again later sends a
 * second message. A retry gets the first answer.
 */
export const sentMessage = async (services: Services, conversationId: string, sent: Sent): Promise<Detailed> => {
  const { message, file } = await messageAsSent(services, conversationId, sent);
  const [sender, receiver] = await Promise.all(
    [message.senderId, message.receiverId].map(async (id) =>
      id === null ? undefined : asPerson(await services.core.ledger.load(users, id)),
    ),
  );
  return { message, sender, receiver, file };
};
