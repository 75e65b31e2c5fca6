// ThanChat: chat rooms. They are the rooms of the core, which are everybody's; and of the caller, the groups they are in
// and the desks at which they speak, since these are all places that somebody writes to and reads without being asked in.

import { openRoom } from '../../commands/openRoom.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { Queries } from '../../projections/queries.ts';
import { Unavailable } from '../../store/ports.ts';
import { notFound } from '../django/apiErrors.ts';
import { all, readableNumbered } from '../django/identities.ts';
import { int } from '../django/pythonText.ts';
import type { ApiRequest } from '../django/request.ts';
import { type Answer, created, ok, route } from '../django/route.ts';
import { newestOf } from './newestOf.ts';
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

const groupsOf = async ({ services: { queries }, user }: Request): Promise<readonly ConversationDoc[]> => {
  const found = await all(
    (after, limit) =>
      queries.conversationsOf(user.userId, { limit, ...(after === undefined ? {} : { after }) }, 'group'),
    ({ membership }) => membership.since,
  );
  return found.map(({ conversation }) => conversation);
};

/** Desks that are shown, those opened last. */
const DESKS = 1000;

const desksOf = async ({ services: { queries }, user }: Request): Promise<readonly ConversationDoc[]> => {
  const { email } = user.names;
  return email === null ? [] : queries.desksOf(email, { descending: true, limit: DESKS });
};

const list = async (request: Request): Promise<Answer> => {
  const { queries } = request.services;
  const [rooms, groups, desks] = await Promise.all([
    newestOf(
      (page) => queries.conversationsOfKind('room', page),
      ({ number }) => number,
    ),
    groupsOf(request),
    desksOf(request),
  ]);
  const found = [...rooms, ...groups, ...desks].toSorted((one, other) => one.number - other.number);
  return ok(found.map((room) => presentRoom(room)));
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
