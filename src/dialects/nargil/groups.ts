// Groups and the lists inside them. Rooms and desks of other APIs are groups here.

import { Listing } from '../../http/listing.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Permitted } from '../../projections/queries.ts';
import type { Services } from '../../services.ts';
import type { UserRequest } from '../django/request.ts';
import { everybody, messagesIn } from '../shared/conversationLists.ts';
import { detailed } from '../shared/find.ts';
import type { Addresses } from '../shared/media.ts';
import { toUuid } from '../shared/uuid.ts';
import { presentMember, presentMessage, presentRanked } from './wire.ts';

const isGroup = (found: ConversationDoc | undefined): boolean => found !== undefined && found.kind !== 'direct';

/**
 * The group with this id, or else with this slug in any letter case; undefined: none that `userId` may read. The id counts first:
 * anybody may give a group the id of another one as its slug.
 */
export const groupNamed = async ({ queries }: Services, slug: string, userId: string) => {
  const id = toUuid(slug);
  const withId = id === undefined ? undefined : await queries.conversation(id);
  const found = isGroup(withId) ? withId : await queries.conversationWithSlug(slug);
  return found && isGroup(found) ? queries.readable(found.id, userId) : undefined;
};

/** The members of a group that still have an account, in the order of joining. */
export const membersOf = (at: UserRequest, groupId: string) => {
  const { queries } = at.services;
  return new Listing(
    { find: (page) => queries.members(groupId, page), placeOf: ({ since }) => since },
    async (members) => {
      const users = await queries.usersById(members.map(({ userId }) => userId));
      return members.map(({ userId }) => {
        const user = users.get(userId);
        return user === undefined || user.deleted ? undefined : presentMember(user, at);
      });
    },
  );
};

/** All accounts outside a group. */
export const outsidersOf = (at: UserRequest, groupId: string) => {
  const { queries } = at.services;
  return new Listing(everybody(queries), async (users) => {
    const ids = users.map(({ id }) => id);
    const memberships = await queries.membershipsAmong(groupId, ids);
    return users.map((user, i) => (memberships[i] === undefined ? presentRanked(user, at) : undefined));
  });
};

/** The messages of a conversation, the oldest first. */
export const messagesOf = (at: Addresses, conversation: Pick<Permitted, 'id' | 'seesAfter'>) => {
  const { queries } = at.services;
  const show = async (messages: readonly MessageDoc[]) =>
    (await detailed(queries, messages)).map((one) => presentMessage(one, at));
  return new Listing(messagesIn(queries, conversation), show, { isMain: true });
};
