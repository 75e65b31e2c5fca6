// ThanChat: chat rooms. They are the rooms of the core, which are everybody's; and of the caller, the groups they are in
// and the desks at which they speak, since these are all places that somebody writes to and reads without being asked in.

import { openRoom } from '../../commands/openRoom.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import { Unavailable } from '../../store/ports.ts';
import { notFound } from '../django/apiErrors.ts';
import { conversationsById, deskKeysOf, keysOf } from '../django/conversationLists.ts';
import { readableNumbered } from '../django/identities.ts';
import { listed } from '../django/listed.ts';
import { joinKeys, keysIn, type Paged, sortedListing } from '../django/listing.ts';
import { int } from '../django/pythonText.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import { newRoom, presentRoom } from './wire.ts';

type Request<P = unknown> = ApiRequest<P, User>;

export const roomNumbered = async (
  { services: { queries }, user }: Pick<Request, 'services' | 'user'>,
  number: number,
): Promise<ConversationDoc | undefined> => {
  const found = await readableNumbered(queries, number, user.userId);
  return found && found.kind !== 'direct' ? queries.writable(found.id, user.userId) : undefined;
};

const roomsOf = ({ services: { queries }, user }: Request) => {
  const keyOf = ({ id, number }: ConversationDoc) => ({ id, number });
  const rooms: Paged<ConversationDoc> = {
    find: (page) => queries.conversationsOfKind('room', page),
    placeOf: ({ number }) => number,
  };
  return sortedListing(
    async (reading) => {
      const keys = [
        await keysIn(reading, rooms, keyOf),
        await keysOf(queries, user.userId, 'group', reading, keyOf),
        await deskKeysOf(queries, user, reading, keyOf),
      ];
      return joinKeys(keys, (one, other) => one.number - other.number);
    },
    async (keys) => {
      const found = await conversationsById(
        queries,
        keys.map(({ id }) => id),
      );
      return found.map((room) => room && presentRoom(room));
    },
  );
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
  route('/chatApp/chatRooms/', { GET: async (request) => listed(request, roomsOf(request)), POST: open }),
  route('/chatApp/chatRooms/<str:pk>/', {
    GET: async (request) => {
      const room = await roomNumbered(request, int(request.params.pk) ?? 0);
      if (!room) throw notFound();
      return ok(presentRoom(room));
    },
  }),
];
