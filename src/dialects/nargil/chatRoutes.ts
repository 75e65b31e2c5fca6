// Groups and private chats over HTTP.

import { createGroup } from '../../commands/createGroup.ts';
import { addMember, join, removeMember } from '../../commands/members.ts';
import type { User } from '../../domain/user.ts';
import { noMatch } from '../django/apiErrors.ts';
import type { ApiRequest } from '../django/request.ts';
import { created, ok, route } from '../django/route.ts';
import { type Asked, addressesOf, membershipsOf, own } from './asked.ts';
import { everybody, groupNamed, membersOf, messagesOf } from './groups.ts';
import { personOf } from './identities.ts';
import { nameOfChat, privateChatNamed } from './privateChats.ts';
import { errors, messages } from './texts.ts';
import * as wire from './wire.ts';

/** The group in the path. @throws ApiError 404 also for one that who asks may not read */
const groupIn = async (request: ApiRequest<{ readonly slug: string }, User>) => {
  const group = await groupNamed(request.services.queries, request.params.slug, request.user.userId);
  if (group === undefined) throw noMatch('Group');
  return group;
};

const DESKS_SHOWN = 1000;

const groupsOf = async (request: Asked) => {
  const { email } = request.user.names;
  const groups = (await membershipsOf(request, 'group')).map(({ conversation }) => conversation);
  const desks = email === null ? [] : await request.services.queries.desksOf(email, { limit: DESKS_SHOWN });
  const found = [...groups, ...desks];
  const creators = await request.services.queries.usersById(found.map(({ createdBy }) => createdBy));
  return found.map((group) => wire.presentGroup(group, creators.get(group.createdBy ?? '')));
};

const privateChatsOf = async (request: Asked) => {
  const chats = (await membershipsOf(request, 'direct')).map(({ conversation }) => conversation);
  const people = await request.services.queries.usersById(chats.flatMap(({ userIds }) => userIds));
  return chats.map((chat) => {
    const both = chat.userIds.map((id) => people.get(id));
    return wire.presentPrivateChat(chat, nameOfChat(chat, both), {
      creator: people.get(chat.createdBy ?? ''),
      target: both.find((one) => one?.id !== chat.createdBy) ?? both[0],
      other: both.find((one) => one?.id !== request.user.userId) ?? both[0],
    });
  });
};

const createGroupRoute = route('/cht/api/groups/create/', {
  POST: async (request) => {
    const wish = wire.readNewGroup(await request.body());
    const { conversationId } = await request.perform(createGroup, { ...wish, uniqueName: true });
    const group = await request.services.queries.conversation(conversationId);
    return created(wire.presentCreated(group!, await own(request)));
  },
});

const groupChat = route('/cht/api/group_chat/<slug:slug>/', {
  POST: async (request) => {
    const { id: conversationId, name } = await groupIn(request);
    const body = await request.body();
    const person = await personOf(request.services.queries, wire.readUuid(body));
    if (person === undefined) throw errors.userUnknown();
    const change = wire.readMemberChange(body);
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
    // Nobody adds themselves: they join, where the group is open to all.
    if (person.id === request.user.userId) await request.perform(join, conversationId);
    else await request.perform(addMember, member);
    return ok({ message: messages.added(first, last, name), user: wire.presentAdded(person) });
  },
});

const groupsRoute = route('/cht/api/groups/', {
  GET: async (request) =>
    ok(request.query('type') === 'PrivateGroup' ? await privateChatsOf(request) : await groupsOf(request)),
});

const enterGroup = route(
  '/cht/api/groups/<slug:slug>/chat/',
  {
    GET: async (request) => {
      const group = await groupIn(request);
      const { queries } = request.services;
      const at = addressesOf(request);
      const members = await membersOf(queries, group.id);
      const inside = new Set(members.map(({ id }) => id));
      return ok({
        group: {
          id: group.id,
          name: wire.nameOf(group),
          slug: wire.slugOf(group),
          type: wire.typeOf(group),
          members: members.map((user) => wire.presentMember(user, at)),
        },
        messages: await messagesOf(queries, group.id, at),
        all_users: (await everybody(queries)).filter(({ id }) => !inside.has(id)).map(wire.presentOutsider),
        user_profile: wire.presentProfile(await own(request), at),
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
      // Somebody may have started it elsewhere: here it is there from its first message on.
      if (chat === undefined || chat.messageCount === 0) throw noMatch('PrivateGroup');
      const people = await services.queries.usersById(chat.userIds);
      const name = nameOfChat(
        chat,
        chat.userIds.map((id) => people.get(id)),
      );
      return ok({
        private_group: {
          id: chat.id,
          name,
          slug: name,
          members: [...new Set(chat.userIds)].map((id) => ({ id })),
        },
        messages: await messagesOf(services.queries, chat.id, addressesOf(request)),
      });
    },
  },
  { hasHead: false },
);

export const chatRoutes = [createGroupRoute, groupChat, groupsRoute, enterGroup, privateChat];
