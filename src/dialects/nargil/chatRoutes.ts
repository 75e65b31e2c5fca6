// Groups and private chats over HTTP.

import { addMember } from '../../commands/addMember.ts';
import { createGroup } from '../../commands/createGroup.ts';
import { join } from '../../commands/join.ts';
import { removeMember } from '../../commands/removeMember.ts';
import { listed } from '../../http/listed.ts';
import { Listing } from '../../http/listing.ts';
import { noMatch } from '../django/apiErrors.ts';
import type { UserRequest } from '../django/request.ts';
import { created, ok, route } from '../django/route.ts';
import { conversationListing, conversationsOf, deskKeysOf, keysOf } from '../shared/conversationLists.ts';
import { visible } from '../shared/find.ts';
import { readMemberChange, readNewGroup, readUuid } from './forms.ts';
import { groupNamed, membersOf, messagesOf, outsidersOf } from './groups.ts';
import { personOf } from './identities.ts';
import { addressesOf } from './media.ts';
import { nameOfChat, privateChatNamed } from './privateChats.ts';
import { errors, messages } from './texts.ts';
import * as wire from './wire.ts';

const ownDocument = ({ services, user }: UserRequest) => visible(services.queries.user(user.userId));

/** The group in the path. @throws ApiError 404 also for a group that the caller may not read */
const groupIn = async (request: UserRequest<{ readonly slug: string }>) => {
  const group = await groupNamed(request.services.queries, request.params.slug, request.user.userId);
  if (group === undefined) throw noMatch('Group');
  return group;
};

const groupsOf = ({ services: { queries }, user }: UserRequest) =>
  conversationListing(
    queries,
    async (reading) => [await keysOf(queries, user.userId, 'group', reading), await deskKeysOf(queries, user, reading)],
    async (groups) => {
      const creators = await queries.usersById(groups.map(({ createdBy }) => createdBy));
      return groups.map((group) => wire.presentGroup(group, creators.get(group.createdBy ?? '')));
    },
  );

const privateChatsOf = ({ services: { queries }, user }: UserRequest) =>
  new Listing(conversationsOf(queries, user.userId, 'direct'), async (joined) => {
    const people = await queries.usersById(joined.flatMap(({ conversation }) => conversation?.userIds ?? []));
    return joined.map(({ conversation: chat }) => {
      if (chat === undefined) return undefined;
      const both = chat.userIds.map((id) => people.get(id));
      return wire.presentPrivateChat(chat, nameOfChat(chat, both), both, user.userId);
    });
  });

const createGroupRoute = route('/cht/api/groups/create/', {
  POST: async (request) => {
    const wish = readNewGroup(await request.body());
    const { conversationId } = await request.perform(createGroup, { ...wish, uniqueName: true });
    const group = await visible(request.services.queries.conversation(conversationId));
    return created(wire.presentCreated(group, await ownDocument(request)));
  },
});

const groupChat = route('/cht/api/group_chat/<slug:slug>/', {
  POST: async (request) => {
    const { id: conversationId, name } = await groupIn(request);
    const body = await request.body();
    const person = await personOf(request.services.queries, readUuid(body));
    if (person === undefined) throw errors.userUnknown();
    const change = readMemberChange(body);
    if (change === undefined) throw errors.changeMissing();
    const [first, last] = [wire.firstNameOf(person), wire.lastNameOf(person)];
    const member = { conversationId, userId: person.id };
    if (change === 'remove') {
      await request.perform(removeMember, member);
      const { nationalCode } = person;
      return ok({
        message:
          nationalCode === null ? messages.removedNamed(first, last, name) : messages.removed(nationalCode, name),
      });
    }
    // Users do not add themselves: they join a group that is open to all.
    if (person.id === request.user.userId) await request.perform(join, { conversationId });
    else await request.perform(addMember, member);
    return ok({ message: messages.added(first, last, name), user: wire.presentAdded(person) });
  },
});

const groupsRoute = route('/cht/api/groups/', {
  GET: async (request) =>
    listed(request, request.query('type') === 'PrivateGroup' ? privateChatsOf(request) : groupsOf(request)),
});

const enterGroup = route(
  '/cht/api/groups/<slug:slug>/chat/',
  {
    GET: async (request) => {
      const group = await groupIn(request);
      const { queries } = request.services;
      const at = addressesOf(request);
      return listed(request, {
        group: { ...wire.presentGroupRef(group), members: membersOf(queries, group.id, at) },
        messages: messagesOf(queries, group.id, at),
        all_users: outsidersOf(queries, group.id),
        user_profile: wire.presentProfile(await ownDocument(request), at),
      });
    },
  },
  { hasHead: false },
);

const privateChat = route(
  '/cht/api/private-chat/<str:name>/',
  {
    GET: async (request) => {
      const { services, params, user } = request;
      const named = await privateChatNamed(services, params.name, user);
      if (named.kind === 'of-others') throw errors.notInPrivateChat();
      const chat = named.kind === 'chat' ? await services.queries.conversation(named.conversationId) : undefined;
      // Another API may have started it: here a chat exists from its first message on.
      if (chat === undefined || chat.messageCount === 0) throw noMatch('PrivateGroup');
      const people = await services.queries.usersById(chat.userIds);
      const name = nameOfChat(
        chat,
        chat.userIds.map((id) => people.get(id)),
      );
      return listed(request, {
        private_group: {
          id: chat.id,
          name,
          slug: name,
          members: [...new Set(chat.userIds)].map((id) => ({ id })),
        },
        messages: messagesOf(services.queries, chat.id, addressesOf(request)),
      });
    },
  },
  { hasHead: false },
);

export const chatRoutes = [createGroupRoute, groupChat, groupsRoute, enterGroup, privateChat];
