// Solari: groups, personal chats, and the messages in them.

import { sendMessage } from '../../commands/sendMessage.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import { Unavailable } from '../../store/ports.ts';
import { ApiError } from '../django/apiErrors.ts';
import { conversationsById, deskKeysOf, keysOf, messagesIn } from '../django/conversationLists.ts';
import { toUuid } from '../django/fields.ts';
import { fullName, readableNumbered, userNumbered } from '../django/identities.ts';
import { listed } from '../django/listed.ts';
import { joinKeys, Listing, sortedListing } from '../django/listing.ts';
import { mediaPath } from '../django/media.ts';
import { int } from '../django/pythonText.ts';
import { rawField } from '../django/rawField.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import {
  deskName,
  outgoing,
  presentChat,
  presentChatMessage,
  presentGroup,
  presentGroupMessage,
  type Shown,
} from './wire.ts';

type Request<P = unknown> = ApiRequest<P, User>;

const message = (status: number, text: string): ApiError => new ApiError(status, { message: text });

const groupsOf = ({ services: { queries }, user }: Request) =>
  sortedListing(
    async (reading) => {
      const keys = await keysOf(queries, user.userId, 'group', reading, ({ id, number }) => ({ id, number }));
      return joinKeys([keys], (one, other) => one.number - other.number);
    },
    async (keys) => {
      const groups = await conversationsById(
        queries,
        keys.map(({ id }) => id),
      );
      const makers = await queries.usersById(groups.map((group) => group?.createdBy ?? null));
      return groups.map((group) => group && presentGroup(group, makers.get(group.createdBy ?? '')?.number ?? null));
    },
  );

/** The other one of the two; oneself in a talk to oneself. */
const otherIn = ({ userIds }: ConversationDoc, { userId }: User): string =>
  userIds.find((id) => id !== userId) ?? userId;

const chatsOf = ({ services: { queries }, user }: Request) =>
  sortedListing(
    async (reading) => {
      const chats = await keysOf(queries, user.userId, 'direct', reading, ({ id }) => id);
      return joinKeys([chats, await deskKeysOf(queries, user, reading, ({ id }) => id)]);
    },
    async (ids) => {
      const chats = await conversationsById(queries, ids);
      const others = await queries.usersById(chats.map((chat) => (chat ? otherIn(chat, user) : null)));
      const nameOf = (chat: ConversationDoc): string => {
        if (chat.kind === 'desk') return deskName(chat);
        const other = others.get(otherIn(chat, user));
        return other ? fullName(other) : '';
      };
      return chats.map((chat) => chat && presentChat(chat.id, nameOf(chat)));
    },
  );

const startChat = async (request: Request, given: unknown): Promise<Answer> => {
  if (given === undefined || given === null || given === '') throw message(400, 'user not specified');
  const number = typeof given === 'string' ? int(given) : given;
  const other = typeof number === 'number' ? await userNumbered(request.services.queries, number) : undefined;
  if (!other) throw message(404, 'Unknown user');
  if (other.id === request.user.userId) throw message(400, 'cannot start a chat with yourself');
  const { conversationId } = await request.perform(startDirectChat, { userId: other.id });
  return ok(presentChat(conversationId, fullName(other)));
};

// ------------------------------------------------------------------------------------------------------- messages

const shownFor = async (request: Request, messages: readonly MessageDoc[]): Promise<readonly Shown[]> => {
  const { core, queries } = request.services;
  const [senders, files] = await Promise.all([
    queries.usersById(messages.map(({ senderId }) => senderId)),
    queries.filesById(messages.map(({ fileId }) => fileId)),
  ]);
  return messages.map((message) => {
    const file = files.get(message.fileId ?? '');
    return {
      message,
      sender: senders.get(message.senderId ?? ''),
      file: file && { url: request.absolute(mediaPath(core.tokens, file)), name: file.name },
    };
  });
};

const messagesOf = (
  request: Request,
  conversationId: string,
  present: (shown: Shown) => object,
  options: { readonly isNewestFirst: boolean },
) =>
  new Listing(
    messagesIn(request.services.queries, conversationId),
    async (messages) => (await shownFor(request, messages)).map(present),
    options,
  );

const send = async (request: Request, conversationId: string): Promise<Shown> => {
  const { body, files } = await request.bodyWithFiles();
  const { content } = await request.validate(outgoing, {}, body);
  const fileId = files.filter(({ field }) => field === 'file').at(-1)?.fileId ?? null;
  const { messageId } = await request.perform(sendMessage, { conversationId, text: content ?? '', fileId });
  const sent = await request.services.queries.message(messageId);
  if (!sent) throw new Unavailable('views');
  return (await shownFor(request, [sent]))[0]!;
};

const groupIn = async ({ services: { queries }, user, params }: Request<{ readonly id: string }>) => {
  const group = await readableNumbered(queries, int(params.id) ?? 0, user.userId);
  if (!group || group.kind === 'direct') throw message(404, 'Unknown group');
  return group;
};

/** Missing and forbidden are the same to who may not know that there is a chat. */
const chatIn = async ({ services: { queries }, user, query }: Request) => {
  const given = query('chat');
  if (given === undefined || given === '') throw message(400, 'no chat specified');
  const id = toUuid(given);
  if (id === undefined) throw message(400, 'invalid chat');
  const chat = await queries.readable(id, user.userId);
  if (!chat) throw message(403, 'cannot view messages');
  return chat;
};

export const conversationRoutes = [
  route('/api/my-groups/', { GET: async (request) => listed(request, groupsOf(request)) }),
  route('/api/solarigroup/<str:id>/messages/', {
    GET: async (request) => {
      const { id } = await groupIn(request);
      return listed(request, messagesOf(request, id, presentGroupMessage, { isNewestFirst: true }));
    },
    POST: async (request) => created(presentGroupMessage(await send(request, (await groupIn(request)).id))),
  }),
  route('/api/chats/', { GET: async (request) => listed(request, chatsOf(request)) }),
  route(
    '/api/chats/start/',
    {
      GET: async (request) => startChat(request, request.query('user') ?? rawField(await request.body(), 'user')),
      POST: async (request) => startChat(request, rawField(await request.body(), 'user') ?? request.query('user')),
    },
    // A HEAD would start a chat as well.
    { hasHead: false },
  ),
  route('/api/chats/messages/', {
    GET: async (request) => {
      const { id } = await chatIn(request);
      return listed(request, messagesOf(request, id, presentChatMessage, { isNewestFirst: false }));
    },
    POST: async (request) => created(presentChatMessage(await send(request, (await chatIn(request)).id))),
  }),
];
