// ThanChat: chat rooms.

import { openRoom } from '../../commands/openRoom.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import { Unavailable } from '../../store/ports.ts';
import { notFound } from '../django/apiErrors.ts';
import { readableNumbered } from '../django/identities.ts';
import { int } from '../django/pythonText.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import { newestOf } from './newestOf.ts';
import { newRoom, presentRoom } from './wire.ts';

type Request<P = unknown> = ApiRequest<P, User>;

export const roomNumbered = async (
  { services: { queries }, user }: Pick<Request, 'services' | 'user'>,
  number: number,
): Promise<ConversationDoc | undefined> => {
  const found = await readableNumbered(queries, number, user.userId);
  return found?.kind === 'room' ? found : undefined;
};

const list = async ({ services: { queries } }: Request): Promise<Answer> => {
  const rooms = await newestOf(
    (page) => queries.conversationsOfKind('room', page),
    ({ number }) => number,
  );
  return ok(rooms.map((room) => presentRoom(room)));
};

const open = async (request: Request): Promise<Answer> => {
  const { name, capacity, link, password } = await request.validate(newRoom);
  // No password and an empty one are the same; it comes back as it was sent.
  const wish = { name, capacity, link, password: password === '' ? null : password };
  const { conversationId } = await request.perform(openRoom, wish);
  const room = await request.services.queries.conversation(conversationId);
  if (!room) throw new Unavailable('views');
  return created(presentRoom(room, password));
};

export const roomRoutes = [
  route('/chatApp/chatRooms/', { GET: list, POST: open }),
  route('/chatApp/chatRooms/<str:pk>/', {
    GET: async (request) => {
      const room = await roomNumbered(request, int(request.params.pk) ?? 0);
      if (!room) throw notFound();
      return ok(presentRoom(room));
    },
  }),
];
