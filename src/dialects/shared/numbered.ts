// Finds accounts, conversations and messages by the integers that clients of some dialects see.

import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';

const isNumber = (number: number): boolean => Number.isSafeInteger(number) && number > 0;

/** The account of that number, unless it is deleted. */
export const userNumbered = async (queries: Queries, number: number): Promise<UserDoc | undefined> => {
  const user = isNumber(number) ? await queries.userNumbered(number) : undefined;
  return user?.deleted === false ? user : undefined;
};

/** The conversation of that number, if `userId` may read it: missing and forbidden are the same. */
export const readableNumbered = async (
  queries: Queries,
  number: number,
  userId: string,
): Promise<ConversationDoc | undefined> => {
  const found = isNumber(number) ? await queries.conversationNumbered(number) : undefined;
  return found && queries.readable(found.id, userId);
};

/** The message of that number, if `userId` may read its conversation. */
export const readableMessageNumbered = async (
  queries: Queries,
  number: number,
  userId: string,
): Promise<MessageDoc | undefined> => {
  const found = isNumber(number) ? await queries.messageNumbered(number) : undefined;
  return found && (await queries.readable(found.conversationId, userId)) ? found : undefined;
};
