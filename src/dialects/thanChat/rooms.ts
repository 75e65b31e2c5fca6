// ThanChat: chat rooms. They are the rooms of the core, which are everybody's; and of the caller, the groups they are in
// and the desks at which they speak, since these are all places that somebody writes to and reads without being asked in.

import { openRoom } from '../../commands/openRoom.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { Queries } from '../../projections/queries.ts';
import { notFound } from '../django/apiErrors.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import { int } from '../django/text.ts';
import { byNumber, conversationListing, deskKeysOf, keysOf, roomKeys } from '../shared/conversationLists.ts';
import { listed } from '../shared/listed.ts';
import { joinKeys } from '../shared/listing.ts';
import { readableNumbered } from '../shared/numbered.ts';
import { visible } from '../shared/visible.ts';
import { newRoom, presentRoom } from './wire.ts';

type Request<P = unknown> = ApiRequest<P, User>;

/** Is it a room to them? `found`: something that `userId` may read. */
const isRoomTo = async (queries: Queries, { kind, id }: ConversationDoc, userId: string): Promise<boolean> => {
  switch (kind) {
    case 'room':
    case 'desk':
      return true;
    case 'group':
      return (await queries.membership(id, userId)) !== undefined;
    case 'direct':
      return false;
  }
};

export const roomNumbered = async (
  { services: { queries }, user }: Pick<Request, 'services' | 'user'>,
  number: number,
): Promise<ConversationDoc | undefined> => {
  const found = await readableNumbered(queries, number, user.userId);
  return found && (await isRoomTo(queries, found, user.userId)) ? found : undefined;
};

const roomsOf = ({ services: { queries }, user }: Request) =>
  conversationListing(
    queries,
    async (reading) => {
      const keys = [
        await roomKeys(queries, reading),
        await keysOf(queries, user.userId, 'group', reading),
        await deskKeysOf(queries, user, reading),
      ];
      return joinKeys(keys, byNumber);
    },
    async (rooms) => rooms.map((room) => presentRoom(room)),
  );

const open = async (request: Request): Promise<Answer> => {
  const { name, capacity, link, password } = await request.validate(newRoom);
  // No password and an empty one are the same; it comes back as it was sent.
  const wish = { name, capacity, link, password: password === '' ? null : password };
  const { conversationId } = await request.perform(openRoom, wish);
  return created(presentRoom(await visible(request.services.queries.conversation(conversationId)), password));
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
