// The native socket's protocol: the frames of events.

import { presentMessage, presentProfile } from '../api/presenters.ts';
import type { DataOf, EventOf, EventType } from '../domain/events.ts';
import { conversationIdOf } from '../domain/streams.ts';
import { messageOf, type Removal, withoutRemovedContent } from '../projections/messages.ts';
import type { FrameContext, Protocol } from './protocol.ts';

const message = async (event: EventOf<'MessageSent'>, context: FrameContext, removed?: Removal) => {
  const sent = messageOf(event);
  const doc = removed === undefined ? sent : withoutRemovedContent({ ...sent, removed });
  const sender = await context.user(doc.senderId);
  return {
    type: 'message',
    position: event.position,
    conversationId: doc.conversationId,
    message: presentMessage(doc, await context.file(doc.fileId)),
    sender: sender === undefined ? null : presentProfile(sender),
  };
};

const memberAdded = async (event: EventOf<'MemberAdded' | 'MemberJoined'>, context: FrameContext) => {
  const { conversationId, userId } = event.data;
  const user = await context.user(userId);
  return {
    type: 'member-added',
    position: event.position,
    conversationId,
    userId,
    role: event.type === 'MemberAdded' ? event.data.role : 'member',
    user: user === undefined ? null : presentProfile(user),
    by: event.meta.actorId,
  };
};

const memberRemoved = async (event: EventOf<'MemberLeft' | 'MemberRemoved'>, context: FrameContext) => {
  const { conversationId, userId } = event.data;
  const user = await context.user(userId);
  return {
    type: 'member-removed',
    position: event.position,
    conversationId,
    userId,
    user: user === undefined ? null : presentProfile(user),
    by: event.meta.actorId,
  };
};

/** How an account looks from now on. */
const user = async (event: EventOf<'ProfileChanged' | 'UsernameChanged' | 'UserDeleted'>, context: FrameContext) => {
  const doc = await context.user(event.data.userId);
  return doc && { type: 'user', position: event.position, user: presentProfile(doc) };
};

type RoleChange = EventOf<'OwnershipPassed' | 'OwnerAppointed' | 'OwnerDismissed' | 'GroupTakenOver'>;

const memberChanged = ({ type, position, data: { conversationId, userId }, meta }: RoleChange) => ({
  type: 'member-changed',
  position,
  conversationId,
  userId,
  role: type === 'OwnerDismissed' ? 'member' : 'owner',
  by: meta.actorId,
});

/** `propertiesOf`: the properties of a conversation that the event sets or changes. */
const conversation =
  <T extends EventType>(propertiesOf: (data: DataOf<T>) => object) =>
  ({ position, stream, data }: EventOf<T>) => ({
    type: 'conversation',
    position,
    conversationId: conversationIdOf(stream),
    changes: propertiesOf(data as DataOf<T>),
  });

export const native: Protocol = {
  name: 'native',
  frames: {
    MessageSent: (event, context) => message(event, context),
    MessageRemoved: ({ position, at: removedAt, data: { conversationId, messageId, removedBy } }) => ({
      type: 'message-removed',
      position,
      conversationId,
      messageId,
      removedAt,
      removedBy,
    }),
    MessageErased: ({ position, data: { conversationId, messageId, by } }) => ({
      type: 'message-erased',
      position,
      conversationId,
      messageId,
      by,
    }),
    VisitorErased: ({ position, data: { conversationId } }) => ({ type: 'visitor-erased', position, conversationId }),
    PersonErased: ({ position, data: { userId } }) => ({ type: 'user-erased', position, userId }),
    FileErased: ({ position, data: { fileId } }) => ({ type: 'file-erased', position, fileId }),
    MessagesRead: ({ position, data: { conversationId, upTo } }) => ({ type: 'read', position, conversationId, upTo }),
    ProfileChanged: user,
    UsernameChanged: user,
    UserDeleted: user,
    MemberAdded: memberAdded,
    MemberJoined: memberAdded,
    MemberLeft: memberRemoved,
    MemberRemoved: memberRemoved,
    OwnershipPassed: memberChanged,
    OwnerAppointed: memberChanged,
    OwnerDismissed: memberChanged,
    GroupTakenOver: memberChanged,
    GroupCreated: conversation<'GroupCreated'>(({ public: isPublic, ...group }) => {
      const { number, name, description, picture, slug, ownerId: createdBy } = group;
      return { kind: 'group', number, public: isPublic, name, description, picture, slug, createdBy };
    }),
    RoomOpened: conversation<'RoomOpened'>((room) => {
      const { number, name, description, picture, capacity, link, openedBy: createdBy } = room;
      return { kind: 'room', number, public: true, name, description, picture, capacity, link, createdBy };
    }),
    DirectChatStarted: conversation<'DirectChatStarted'>(({ number, userIds, startedBy: createdBy }) => ({
      kind: 'direct',
      number,
      public: false,
      userIds,
      createdBy,
    })),
    DeskOpened: conversation<'DeskOpened'>(({ number, visitorName: name, visitorEmail: email }) => ({
      kind: 'desk',
      number,
      public: false,
      visitor: { name, email },
    })),
    ConversationDescribed: conversation<'ConversationDescribed'>(({ changes }) => {
      const { name, description, picture, capacity, link } = changes;
      return { name, description, picture, capacity, link };
    }),
    SlugGiven: conversation<'SlugGiven'>(({ slug }) => ({ slug })),
  },
  removedMessage: message,
  seen: ({ position, data: { conversationId, userId, upTo } }) => ({
    type: 'seen',
    position,
    conversationId,
    userId,
    upTo,
  }),
  alert: ({ position, data: { conversationId, messageId } }, words) => ({
    type: 'alert',
    position,
    conversationId,
    messageId,
    words,
  }),
};
