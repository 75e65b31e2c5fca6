// ThanChat: chat rooms. They are all rooms of the core, the groups of the caller, and the caller's desks: a user reads and
// writes in all of these without an invitation.

import { openRoom } from '../../commands/openRoom.ts';
import { listed } from '../../http/listed.ts';
import { conversationAsMade } from '../../http/showConversations.ts';
import { notFound } from '../django/apiErrors.ts';
import type { UserRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import { byNumber, conversationListing, deskKeysOf, keysOf, roomKeys } from '../shared/conversationLists.ts';
import { groupNumbered } from '../shared/find.ts';
import { newRoom, presentRoom } from './wire.ts';

export const roomNumbered = ({ services, user }: UserRequest, number: number) =>
  groupNumbered(services.queries, number, user.userId, 'receivable');

const roomsOf = ({ services: { queries }, user }: UserRequest) =>
  conversationListing(
    queries,
    async (reading) => [
      await roomKeys(queries, reading),
      await keysOf(queries, user.userId, 'group', reading),
      await deskKeysOf(queries, user, reading),
    ],
    async (rooms) => rooms.map((room) => presentRoom(room)),
    byNumber,
  );

const open = async (request: UserRequest): Promise<Answer> => {
  const { name, capacity, link, password } = await request.validate(newRoom);
  // No password and an empty one are the same; the answer shows it as the client sent it.
  const wish = { name, capacity, link, password: password === '' ? null : password };
  const { conversationId } = await request.perform(openRoom, wish);
  const { conversation } = await conversationAsMade(request.services, 'RoomOpened', conversationId);
  return created(presentRoom(conversation, password));
};

const one = async (request: UserRequest<{ readonly pk: number }>): Promise<Answer> => {
  const room = await roomNumbered(request, request.params.pk);
  if (!room) throw notFound();
  return ok(presentRoom(room));
};

export const roomRoutes = [
  route('/chatApp/chatRooms/', { GET: async (request) => listed(request, roomsOf(request)), POST: open }),
  route('/chatApp/chatRooms/<number:pk>/', { GET: one }),
];
