// ThanChat: messages to rooms and to people.

import { sendMessage } from '../../commands/sendMessage.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import { Unavailable } from '../../store/ports.ts';
import { nonFieldError, notFound } from '../django/apiErrors.ts';
import { messagesIn } from '../django/conversationLists.ts';
import { invalidPk } from '../django/fields.ts';
import { readableMessageNumbered, userNumbered } from '../django/identities.ts';
import { listed } from '../django/listed.ts';
import { Listing, type Paged } from '../django/listing.ts';
import { int, strip } from '../django/pythonText.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, openRoute, route } from '../django/route.ts';
import type { Checks } from '../django/serializer.ts';
import { roomNumbered } from './rooms.ts';
import { type NewMessageFields, newMessage, presentMessage } from './wire.ts';

type Request<P = unknown> = ApiRequest<P, User>;

/** `room`: where all of them were said; null: they are direct messages. */
const present = async (
  { services: { queries } }: Request,
  messages: readonly MessageDoc[],
  room: ConversationDoc | null,
) => {
  const [people, files] = await Promise.all([
    queries.usersById(messages.flatMap(({ senderId, receiverId }) => [senderId, receiverId])),
    queries.filesById(messages.map(({ fileId }) => fileId)),
  ]);
  const numberOf = (userId: string | null): number | null => people.get(userId ?? '')?.number ?? null;
  return messages.map((message) =>
    presentMessage({
      message,
      fileName: files.get(message.fileId ?? '')?.name,
      sender: numberOf(message.senderId),
      userReceiver: numberOf(message.receiverId),
      roomReceiver: room?.number ?? null,
    }),
  );
};

const ONE_RECEIVER = 'Either user_receiver or chat_room_receiver must be provided, but not both.';

const receiverChecks = (request: Request): Checks<NewMessageFields> => ({
  user_receiver: async (number) => ((await userNumbered(request.services.queries, number)) ? [] : [invalidPk(number)]),
  chat_room_receiver: async (number) => ((await roomNumbered(request, number)) ? [] : [invalidPk(number)]),
});

const post = async (request: Request): Promise<Answer> => {
  const { queries } = request.services;
  const { message_text, user_receiver, chat_room_receiver } = await request.validate(
    newMessage,
    receiverChecks(request),
  );
  if ((user_receiver === null) === (chat_room_receiver === null)) throw nonFieldError(ONE_RECEIVER);
  const room = chat_room_receiver === null ? undefined : await roomNumbered(request, chat_room_receiver);
  const person = user_receiver === null ? undefined : await userNumbered(queries, user_receiver);
  const conversationId =
    room?.id ?? (person && (await request.perform(startDirectChat, { userId: person.id })).conversationId);
  if (conversationId === undefined) throw notFound();
  const { messageId } = await request.perform(sendMessage, { conversationId, text: message_text });
  const sent = await queries.message(messageId);
  if (!sent) throw new Unavailable('views');
  return created((await present(request, [sent], room ?? null))[0]);
};

/** The document writes `?chat_room_id=5/`, as if it were a path. */
const roomAsked = (request: Request): number | null | undefined => {
  const given = strip(request.query('chat_room_id') ?? '').replace(/\/$/, '');
  return given === '' ? undefined : (int(given) ?? null);
};

const list = async (request: Request): Promise<Answer> => {
  const { queries } = request.services;
  const { userId } = request.user;
  const asked = roomAsked(request);
  if (asked === undefined) {
    const received: Paged<MessageDoc> = {
      find: (page) => queries.messagesTo(userId, page),
      placeOf: ({ position }) => position,
    };
    return listed(request, new Listing(received, (messages) => present(request, messages, null)));
  }
  const room = asked === null ? undefined : await roomNumbered(request, asked);
  if (!room) return ok([]);
  return listed(request, new Listing(messagesIn(queries, room.id), (messages) => present(request, messages, room)));
};

const one = async (request: Request<{ readonly pk: string }>): Promise<Answer> => {
  const { services, user, params } = request;
  const message = await readableMessageNumbered(services.queries, int(params.pk) ?? 0, user.userId);
  if (message?.receiverId !== user.userId) throw notFound();
  return ok((await present(request, [message], null))[0]);
};

export const messageRoutes = [
  openRoute('/chatApp/', {
    GET: async ({ absolute }) =>
      ok({ chatRooms: absolute('/chatApp/chatRooms/'), messages: absolute('/chatApp/messages/') }),
  }),
  route('/chatApp/messages/', { GET: list, POST: post }),
  route('/chatApp/messages/<str:pk>/', { GET: one }),
];
