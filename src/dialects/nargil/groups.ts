// Groups and their lists. Rooms and desks of other APIs are groups here.

import { Listing } from '../../http/listing.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { Queries } from '../../projections/queries.ts';
import { everybody, messagesIn } from '../shared/conversationLists.ts';
import { detailed } from '../shared/find.ts';
import { toUuid } from '../shared/uuid.ts';
import type { Addresses } from './media.ts';
import { presentMember, presentMessage, presentOutsider } from './wire.ts';

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

/** The members of a group that still have an account, in the order of joining. */
export const membersOf = (queries: Queries, conversationId: string, at: Addresses) =>
  new Listing(
    { find: (page) => queries.members(conversationId, page), placeOf: ({ since }) => since },
    async (memberships) => {
      const users = await queries.usersById(memberships.map(({ userId }) => userId));
      return memberships.map(({ userId }) => {
        const user = users.get(userId);
        return user === undefined || user.deleted ? undefined : presentMember(user, at);
      });
    },
  );

/** All accounts outside a group. */
export const outsidersOf = (queries: Queries, conversationId: string) =>
  new Listing(everybody(queries), async (users) => {
    const memberships = await queries.membershipsAmong(
      conversationId,
      users.map(({ id }) => id),
    );
    return users.map((user, i) => (memberships[i] === undefined ? presentOutsider(user) : undefined));
  });

/** The messages of a conversation, the oldest first. */
export const messagesOf = (queries: Queries, conversationId: string, at: Addresses) =>
  new Listing(
    messagesIn(queries, conversationId),
    async (messages) => (await detailed(queries, messages)).map((one) => presentMessage(one, at)),
    { isMain: true },
  );
