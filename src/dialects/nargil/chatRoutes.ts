// Groups and private chats over HTTP.

import { addMember } from '../../commands/addMember.ts';
import { createGroup } from '../../commands/createGroup.ts';
import { join } from '../../commands/join.ts';
import { removeMember } from '../../commands/removeMember.ts';
import { listed } from '../../http/listed.ts';
import { Listing } from '../../http/listing.ts';
import { conversationAsMade } from '../../http/showConversations.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import { noMatch } from '../django/apiErrors.ts';
import type { UserRequest } from '../django/request.ts';
import { created, ok, route } from '../django/route.ts';
import { conversationListing, conversationsOf, deskKeysOf, keysOf, wholeOf } from '../shared/conversationLists.ts';
import { asPerson } from '../shared/find.ts';
import { readMemberChange, readNewGroup, readUuid } from './forms.ts';
import { groupNamed, membersOf, messagesOf, outsidersOf } from './groups.ts';
import { ownDocument, personOf } from './identities.ts';
import { meaningOf, nameOfChat } from './privateChats.ts';
import { errors, messages } from './texts.ts';
import * as wire from './wire.ts';

type GroupRequest = UserRequest<{ readonly slug: string }>;

/** The group in the path. @throws ApiError 404 also for a group that the caller may not read */
const groupIn = async ({ services, params, user }: GroupRequest) => {
  const group = await groupNamed(services, params.slug, user.userId);
  if (group === undefined) throw noMatch('Group');
  return group;
};

const groupsOf = ({ services: { queries }, user }: UserRequest) =>
  conversationListing(
    queries,
    async (reading) => [await keysOf(queries, user.userId, 'group', reading), await deskKeysOf(queries, user, reading)],
    async (groups) => {
      const creators = await queries.usersById(groups.map(({ createdBy }) => createdBy));
      return groups.map((group) =>
        wire.presentGroup(group, group.visitorName ?? wire.fullNameOf(creators.get(group.createdBy ?? ''))),
      );
    },
  );

/** Another API may have started it: here a chat exists from its first message on. */
const hasBegun = ({ messageCount }: ConversationDoc): boolean => messageCount > 0;

const privateChatsOf = ({ services: { queries }, user }: UserRequest) =>
  new Listing(conversationsOf(queries, user.userId, 'direct'), async (joined) => {
    const people = await queries.usersById(joined.flatMap(({ conversation }) => conversation?.userIds ?? []));
    return joined.map(({ conversation: chat }) =>
      chat && hasBegun(chat)
        ? wire.presentPrivateChat(chat, nameOfChat(chat, people, user), people, user.userId)
        : undefined,
    );
  });

const makeGroup = async (request: UserRequest) => {
  const wish = readNewGroup(await request.body());
  const { conversationId } = await request.perform(createGroup, { ...wish, uniqueName: true });
  const { conversation } = await conversationAsMade(request.services, 'GroupCreated', conversationId);
  return created(wire.presentGroup(conversation, wire.fullNameOf(asPerson(request.user), '')));
};

const changeMembers = async (request: GroupRequest) => {
  const { id: conversationId, name } = await groupIn(request);
  const body = await request.body();
  const person = await personOf(request.services.queries, readUuid(body));
  if (person === undefined) throw errors.userUnknown();
  const change = readMemberChange(body);
  const member = { conversationId, userId: person.id };
  const fullName = wire.fullNameOf(person).trim();
  if (change === 'remove') {
    await request.perform(removeMember, member);
    // The document has the national code of the person who was removed. Here it is told to that person alone.
    const nationalCode = person.id === request.user.userId ? person.nationalCode : null;
    const text = nationalCode === null ? messages.removedNamed(fullName, name) : messages.removed(nationalCode, name);
    return ok({ message: text });
  }
  // Users do not add themselves: they join a group that is open to all.
  if (person.id === request.user.userId) await request.perform(join, { conversationId });
  else await request.perform(addMember, member);
  return ok({ message: messages.added(fullName, name), user: wire.presentAdded(person, request) });
};

const showGroup = async (request: GroupRequest) => {
  const group = await groupIn(request);
  return listed(request, {
    group: { ...wire.presentGroupRef(group), members: membersOf(request, group.id) },
    messages: messagesOf(request, group),
    all_users: outsidersOf(request, group.id),
    user_profile: wire.presentProfile(await ownDocument(request), request),
  });
};

const showPrivateChat = async (request: UserRequest<{ readonly name: string }>) => {
  const { services, params, user } = request;
  const { queries } = services;
  const meaning = await meaningOf(services, params.name, user);
  if (meaning === 'of-others') throw errors.notInPrivateChat();
  const chat = meaning === 'free' ? undefined : await queries.conversation(meaning.conversationId);
  if (chat === undefined || !hasBegun(chat)) throw noMatch('PrivateGroup');
  const name = nameOfChat(chat, await queries.usersById(chat.userIds), user);
  const members = [...new Set(chat.userIds)].map((id) => ({ id }));
  return listed(request, {
    private_group: { id: chat.id, name, slug: name, members },
    messages: messagesOf(request, wholeOf(chat.id)),
  });
};

export const chatRoutes = [
  route('/cht/api/groups/create/', { POST: makeGroup }),
  route('/cht/api/group_chat/<slug:slug>/', { POST: changeMembers }),
  route('/cht/api/groups/', {
    GET: async (request) =>
      listed(request, request.query('type') === 'PrivateGroup' ? privateChatsOf(request) : groupsOf(request)),
  }),
  route('/cht/api/groups/<slug:slug>/chat/', { GET: showGroup }, { hasHead: false }),
  route('/cht/api/private-chat/<str:name>/', { GET: showPrivateChat }, { hasHead: false }),
];
