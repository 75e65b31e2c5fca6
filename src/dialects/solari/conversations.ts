// Solari: groups, personal chats, and the messages in them.

import { sendMessage } from '../../commands/sendMessage.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import type { User } from '../../domain/user.ts';
import { listed } from '../../http/listed.ts';
import { Listing } from '../../http/listing.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { Permitted } from '../../projections/queries.ts';
import { ApiError } from '../django/apiErrors.ts';
import { rawField } from '../django/body.ts';
import type { UserRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import { numberIn } from '../django/text.ts';
import { byNumber, conversationListing, deskKeysOf, keysOf, messagesIn } from '../shared/conversationLists.ts';
import { type Detailed, detailed, groupNumbered, sentMessage, userNumbered } from '../shared/find.ts';
import { mediaPath } from '../shared/media.ts';
import { conversationName, fullName } from '../shared/names.ts';
import { toUuid } from '../shared/uuid.ts';
import { outgoing } from './forms.ts';
import * as wire from './wire.ts';

const message = (status: number, text: string): ApiError => new ApiError(status, { message: text });

const groupsOf = (request: UserRequest) => {
  const { queries } = request.services;
  return conversationListing(
    queries,
    async (reading) => [await keysOf(queries, request.user.userId, 'group', reading)],
    async (groups) => {
      const makers = await queries.usersById(groups.map(({ createdBy }) => createdBy));
      return groups.map((group) => {
        const picture = wire.pictureFor(request, request.user, group, group.picture);
        return wire.presentGroup(group, picture, makers.get(group.createdBy ?? '')?.number ?? null);
      });
    },
    byNumber,
  );
};

/** The other user of a direct chat; the caller in a chat with themselves. */
const otherIn = ({ userIds }: ConversationDoc, { userId }: User): string =>
  userIds.find((id) => id !== userId) ?? userId;

const chatsOf = ({ services: { queries }, user }: UserRequest) =>
  conversationListing(
    queries,
    async (reading) => [
      await keysOf(queries, user.userId, 'direct', reading),
      await deskKeysOf(queries, user, reading),
    ],
    async (chats) => {
      const others = await queries.usersById(chats.map((chat) => otherIn(chat, user)));
      const nameOf = (chat: ConversationDoc): string => {
        if (chat.kind === 'desk') return conversationName(chat);
        const other = others.get(otherIn(chat, user));
        return other ? fullName(other) : '';
      };
      return chats.map((chat) => wire.presentChat(chat.id, nameOf(chat)));
    },
  );

const startChat = async (request: UserRequest, given: unknown): Promise<Answer> => {
  if (given === undefined || given === null || given === '') throw message(400, 'user not specified');
  const number = numberIn(given);
  const other = number === undefined ? undefined : await userNumbered(request.services.queries, number);
  if (!other) throw message(404, 'Unknown user');
  if (other.id === request.user.userId) throw message(400, 'cannot start a chat with yourself');
  const { conversationId } = await request.perform(startDirectChat, { userId: other.id });
  return ok(wire.presentChat(conversationId, fullName(other)));
};

const shownTo =
  (request: UserRequest) =>
  ({ file, ...said }: Detailed): wire.Shown => ({
    ...said,
    readerId: request.user.userId,
    file: file && { url: request.absolute(mediaPath(request, file)), name: file.name },
  });

const messagesOf = (request: UserRequest, chat: Permitted, present: (shown: wire.Shown) => object, options = {}) => {
  const { queries } = request.services;
  return new Listing(
    messagesIn(queries, chat),
    async (messages) => (await detailed(queries, messages)).map(shownTo(request)).map(present),
    options,
  );
};

const send = async (request: UserRequest, { id: conversationId }: ConversationDoc): Promise<wire.Shown> => {
  const { files } = await request.bodyWithFiles('file');
  const { content } = await request.validate(outgoing);
  const fileId = files.at(-1)?.fileId ?? null;
  const sent = await request.perform(sendMessage, { conversationId, text: content ?? '', fileId });
  return shownTo(request)(await sentMessage(request.services, conversationId, sent));
};

const groupIn = async ({ services: { queries }, user, params }: UserRequest<{ readonly id: number }>) => {
  const group = await groupNumbered(queries, params.id, user.userId);
  if (!group) throw message(404, 'Unknown group');
  return group;
};

/** The chat in the query. To a stranger, missing and forbidden are the same. */
const chatIn = async (request: UserRequest) => {
  const given = request.query('chat');
  if (given === undefined || given === '') throw message(400, 'no chat specified');
  const id = toUuid(given);
  if (id === undefined) throw message(400, 'invalid chat');
  const chat = await request.services.queries.readable(id, request.user.userId);
  if (!chat) throw message(403, 'cannot view messages');
  return chat;
};

export const conversationRoutes = [
  route('/api/my-groups/', { GET: async (request) => listed(request, groupsOf(request)) }),
  route('/api/solarigroup/<number:id>/messages/', {
    GET: async (request) =>
      listed(request, messagesOf(request, await groupIn(request), wire.presentGroupMessage, { isNewestFirst: true })),
    POST: async (request) => created(wire.presentGroupMessage(await send(request, await groupIn(request)))),
  }),
  route('/api/chats/', { GET: async (request) => listed(request, chatsOf(request)) }),
  route(
    '/api/chats/start/',
    {
      GET: async (request) => startChat(request, request.query('user') ?? rawField(await request.body(), 'user')),
      POST: async (request) => startChat(request, rawField(await request.body(), 'user') ?? request.query('user')),
    },
    // A HEAD would start a chat too.
    { hasHead: false },
  ),
  route('/api/chats/messages/', {
    GET: async (request) => listed(request, messagesOf(request, await chatIn(request), wire.presentChatMessage)),
    POST: async (request) => created(wire.presentChatMessage(await send(request, await chatIn(request)))),
  }),
];
