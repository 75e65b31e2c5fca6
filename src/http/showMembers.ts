// Presents the members of a conversation: all, and a new one as it was recorded.

import { presentMember } from '../api/presentConversation.ts';
import type { Done } from '../commands/core.ts';
import type { MemberRole } from '../domain/members.ts';
import { Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import type { MembershipDoc } from '../projections/memberships.ts';
import type { Queries } from '../projections/queries.ts';
import type { Services } from '../services.ts';
import { page } from './cursors.ts';

export const membersOf = async (
  queries: Queries,
  userId: string,
  conversationId: string,
  { role, ...wanted }: { after?: number; limit: number; role?: MemberRole | undefined },
) => {
  const conversation = await queries.readable(conversationId, userId);
  if (!conversation) throw new Refused('conversation-unknown');
  // The two users of a direct chat joined at the same position, so no cursor can point between them.
  const limit = conversation.kind === 'direct' ? 3 : wanted.limit;
  const members = await queries.members(conversationId, { ...wanted, limit }, role);
  const users = await queries.usersById(members.items.map(({ userId }) => userId));
  const present = (member: MembershipDoc) => {
    const user = users.get(member.userId);
    return user && presentMember(member, user);
  };
  return page(members, ({ since }) => since, present);
};

/** As it was recorded: of a retry, since the new member may have left. Undefined: the command found a member. */
const recordedMember = async ({ events, decode }: Services, conversationId: string, { revision, recordedAt }: Done) => {
  if (revision === undefined || recordedAt === undefined) return undefined;
  const [last] = await events.readStream(streams.conversation(conversationId), { from: revision, limit: 1 });
  const event = last && decode(last);
  return { role: event?.type === 'RoleGiven' ? event.data.role : ('member' as const), joinedAt: recordedAt };
};

export const memberOf = async (
  services: Services,
  { conversationId, userId }: { readonly conversationId: string; readonly userId: string },
  done: Done,
) => {
  const { queries } = services;
  const [recorded, membership, user] = await Promise.all([
    recordedMember(services, conversationId, done),
    queries.membership(conversationId, userId),
    queries.user(userId),
  ]);
  const member = recorded ?? membership;
  if (!member || !user) throw new Refused('user-unknown');
  return presentMember(member, user);
};
