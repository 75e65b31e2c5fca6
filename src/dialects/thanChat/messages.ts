// ThanChat: messages to rooms and to people.

import { checkSaid, sendMessage } from '../../commands/sendMessage.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import { listed } from '../../http/listed.ts';
import { Listing, type Paged } from '../../http/listing.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { Permitted } from '../../projections/queries.ts';
import type { UserDoc } from '../../projections/users.ts';
import { nonFieldError, notFound } from '../django/apiErrors.ts';
import { invalidPk } from '../django/fields.ts';
import type { UserRequest } from '../django/request.ts';
import { type Answer, created, ok, openRoute, route } from '../django/route.ts';
import { int } from '../django/text.ts';
import { messagesIn, messagesTo } from '../shared/conversationLists.ts';
import { detailed, readableMessageNumbered, sentMessage, userNumbered } from '../shared/find.ts';
import { roomNumbered } from './rooms.ts';
import { newMessage, presentMessage } from './wire.ts';

/** `room`: where all of them were sent; null: they are direct messages. */
const listMessages = (request: UserRequest, paged: Paged<MessageDoc>, room: ConversationDoc | null) => {
  const { queries } = request.services;
  return listed(
    request,
    new Listing(paged, async (some) => (await detailed(queries, some)).map((one) => presentMessage(one, room))),
  );
};

const ONE_RECEIVER = 'Either user_receiver or chat_room_receiver must be provided, but not both.';

const post = async (request: UserRequest): Promise<Answer> => {
  const to: { person?: UserDoc | undefined; room?: Permitted | undefined } = {};
  const { message_text } = await request.validate(newMessage, {
    user_receiver: async (number) => {
      to.person = await userNumbered(request.services.queries, number);
      return to.person ? [] : [invalidPk(number)];
    },
    chat_room_receiver: async (number) => {
      to.room = await roomNumbered(request, number);
      return to.room ? [] : [invalidPk(number)];
    },
  });
  const { person, room } = to;
  if (!person === !room) throw nonFieldError(ONE_RECEIVER);
  checkSaid(message_text, false);
  const conversationId = room?.id ?? (await request.perform(startDirectChat, { userId: person!.id })).conversationId;
  const sent = await request.perform(sendMessage, { conversationId, text: message_text });
  return created(presentMessage(await sentMessage(request.services, conversationId, sent), room ?? null));
};

/** The document writes `?chat_room_id=5/`, like a path. */
const roomAsked = (request: UserRequest): number | null | undefined => {
  const given = (request.query('chat_room_id') ?? '').trim().replace(/\/$/, '');
  return given === '' ? undefined : (int(given) ?? null);
};

const list = async (request: UserRequest): Promise<Answer> => {
  const { queries } = request.services;
  const asked = roomAsked(request);
  if (asked === undefined) return listMessages(request, messagesTo(queries, request.user.userId), null);
  const room = asked === null ? undefined : await roomNumbered(request, asked);
  return room ? listMessages(request, messagesIn(queries, room), room) : ok([]);
};

const one = async (request: UserRequest<{ readonly pk: number }>): Promise<Answer> => {
  const { queries } = request.services;
  const { userId } = request.user;
  const message = await readableMessageNumbered(queries, request.params.pk, userId);
  if (message?.receiverId !== userId) throw notFound();
  return ok(presentMessage((await detailed(queries, [message]))[0]!, null));
};

export const messageRoutes = [
  openRoute('/chatApp/', {
    GET: async (request) =>
      ok({
        chatRooms: request.absolute('/chatApp/chatRooms/'),
        messages: request.absolute('/chatApp/messages/'),
      }),
  }),
  route('/chatApp/messages/', { GET: list, POST: post }),
  route('/chatApp/messages/<number:pk>/', { GET: one }),
];
