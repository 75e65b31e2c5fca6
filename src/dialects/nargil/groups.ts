// Groups by what stands in a path; and what other APIs have beside groups: rooms, and desks.

import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Queries } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';
import { toUuid } from '../django/fields.ts';
import { ALL, all } from '../django/identities.ts';
import { type Addresses, presentMessage } from './wire.ts';

const isGroup = (found: ConversationDoc | undefined): boolean => found !== undefined && found.kind !== 'direct';

/** The group that goes by `slug`, in any letter case, or has it as its id; if `userId` may read it. */
export const groupNamed = async (
  queries: Queries,
  slug: string,
  userId: string,
): Promise<ConversationDoc | undefined> => {
  const bySlug = await queries.conversationWithSlug(slug);
  const id = toUuid(slug);
  const found = isGroup(bySlug) ? bySlug : id && (await queries.conversation(id));
  return found && isGroup(found) ? queries.readable(found.id, userId) : undefined;
};

/** Everybody in a group who still has an account, in the order of joining. */
export const membersOf = async (queries: Queries, conversationId: string): Promise<readonly UserDoc[]> => {
  const memberships = await all(
    (after, limit) => queries.members(conversationId, { limit, ...(after === undefined ? {} : { after }) }),
    ({ since }) => since,
  );
  const users = await queries.usersById(memberships.map(({ userId }) => userId));
  return memberships.flatMap(({ userId }) => {
    const user = users.get(userId);
    return user === undefined || user.deleted ? [] : [user];
  });
};

export const everybody = (queries: Queries): Promise<readonly UserDoc[]> =>
  all(
    (after, limit) => queries.users({ limit, ...(after === undefined ? {} : { after }) }),
    ({ number }) => number,
  );

/** What was said in a conversation, oldest first: the last of it where it is longer than any answer. */
export const messagesOf = async (queries: Queries, conversationId: string, at: Addresses) => {
  const found: readonly MessageDoc[] = await all(
    (before, limit) =>
      queries.messagesIn(conversationId, { limit, descending: true, ...(before === undefined ? {} : { before }) }),
    ({ seq }) => seq,
    ALL,
  );
  const [senders, files] = await Promise.all([
    queries.usersById(found.map(({ senderId }) => senderId)),
    queries.filesById(found.map(({ fileId }) => fileId)),
  ]);
  return found
    .toReversed()
    .map((message) =>
      presentMessage(message, senders.get(message.senderId ?? ''), files.get(message.fileId ?? ''), at),
    );
};
