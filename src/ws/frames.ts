// The native socket's protocol: the frames of events.

import { presentMessage, presentProfile, presentQuoted } from '../api/presenters.ts';
import type { DataOf, EventOf, EventType } from '../domain/events.ts';
import type { MemberRole } from '../domain/members.ts';
import { shownPicture } from '../domain/picture.ts';
import { conversationIdOf } from '../domain/streams.ts';
import {
  editedMessage,
  type MessageDoc,
  messageOf,
  type Removal,
  withoutRemovedContent,
} from '../projections/messages.ts';
import type { Edited, FrameContext, Protocol } from './protocol.ts';

const quotedIn = async (said: MessageDoc, context: FrameContext) => {
  const quoted = await context.quotedBy(said);
  if (quoted === undefined) return undefined;
  const sender = await context.user(quoted.senderId);
  return { message: presentQuoted(quoted), sender: sender === undefined ? null : presentProfile(sender) };
};

const presentSaid = async (doc: MessageDoc, context: FrameContext) => {
  const sender = await context.user(doc.senderId);
  return {
    conversationId: doc.conversationId,
    message: presentMessage(doc, await context.file(doc.fileId)),
    sender: sender === undefined ? null : presentProfile(sender),
    ...(doc.replyTo ? { quoted: await quotedIn(doc, context) } : {}),
  };
};

const message = async (event: EventOf<'MessageSent'> & Edited, context: FrameContext, removed?: Removal) => {
  const sent = editedMessage(messageOf(event), event.edit);
  const doc = removed === undefined ? sent : withoutRemovedContent({ ...sent, removed });
  return { type: 'message', position: event.position, ...(await presentSaid(doc, context)) };
};

/** The message whole: a client that came when it was removed does not have its text. */
const messageRestored = async (event: EventOf<'MessageRestored'> & Edited, context: FrameContext) => {
  const then = await context.restored(event);
  if (then === undefined) return undefined;
  const said = await presentSaid(editedMessage(then, event.edit), context);
  return { type: 'message-restored', position: event.position, ...said, by: event.data.restoredBy };
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

type Looks = 'ProfileChanged' | 'UsernameChanged' | 'DisplayNameChanged' | 'TimeZoneChanged' | 'UserDeleted';

/** How an account looks from now on. */
const user = async (event: EventOf<Looks>, context: FrameContext) => {
  const doc = await context.user(event.data.userId);
  return doc && { type: 'user', position: event.position, user: presentProfile(doc) };
};

type RoleChange = EventOf<'OwnershipPassed' | 'OwnerAppointed' | 'OwnerDismissed' | 'GroupTakenOver' | 'RoleGiven'>;

const roleAfter = (event: RoleChange): MemberRole => {
  if (event.type === 'RoleGiven') return event.data.role;
  return event.type === 'OwnerDismissed' ? 'member' : 'owner';
};

const memberChanged = (event: RoleChange) => ({
  type: 'member-changed',
  position: event.position,
  conversationId: event.data.conversationId,
  userId: event.data.userId,
  role: roleAfter(event),
  by: event.meta.actorId,
});

/** `propertiesOf`: the properties of a conversation that the event sets or changes. */
const conversation =
  <T extends EventType>(propertiesOf: (data: DataOf<T>) => object & { readonly picture?: string | null | undefined }) =>
  ({ position, stream, data }: EventOf<T>) => {
    const conversationId = conversationIdOf(stream)!;
    const { picture, ...changes } = propertiesOf(data as DataOf<T>);
    const shown = picture === undefined ? {} : { picture: shownPicture('conversations', conversationId, picture) };
    return { type: 'conversation', position, conversationId, changes: { ...changes, ...shown } };
  };

const reaction =
  (type: string) =>
  ({ position, data }: EventOf<'ReactionAdded' | 'ReactionTakenBack'>) => {
    const { conversationId, messageId, emoji, userId, count } = data;
    return { type, position, conversationId, messageId, emoji, userId, count };
  };

export const native: Protocol = {
  name: 'native',
  frames: {
    MessageSent: (event, context) => message(event, context),
    MessageEdited: ({ position, at: editedAt, data: { conversationId, messageId, senderId: by, text } }) => ({
      type: 'message-edited',
      position,
      conversationId,
      messageId,
      text,
      editedAt,
      by,
    }),
    MessageRestored: messageRestored,
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
    ReactionAdded: reaction('reaction-added'),
    ReactionTakenBack: reaction('reaction-taken-back'),
    MessagePinned: ({ position, at: pinnedAt, data: { conversationId, messageId, pinnedBy } }) => ({
      type: 'message-pinned',
      ...{ position, conversationId, messageId, pinnedAt, pinnedBy },
    }),
    MessageUnpinned: ({ position, data: { conversationId, messageId, unpinnedBy } }) => ({
      type: 'message-unpinned',
      ...{ position, conversationId, messageId, unpinnedBy },
    }),
    MessageBookmarked: ({ position, data: { conversationId, messageId } }) => ({
      type: 'bookmark-added',
      ...{ position, conversationId, messageId },
    }),
    BookmarkRemoved: ({ position, data: { conversationId, messageId } }) => ({
      type: 'bookmark-removed',
      ...{ position, conversationId, messageId },
    }),
    VisitorErased: ({ position, data: { conversationId } }) => ({ type: 'visitor-erased', position, conversationId }),
    PersonErased: ({ position, data: { userId } }) => ({ type: 'user-erased', position, userId }),
    FileErased: ({ position, data: { fileId } }) => ({ type: 'file-erased', position, fileId }),
    MessagesRead: ({ position, data: { conversationId, upTo } }) => ({ type: 'read', position, conversationId, upTo }),
    ThreadRead: ({ position, data: { conversationId, threadId, upTo } }) => ({
      type: 'thread-read',
      position,
      conversationId,
      threadId,
      upTo,
    }),
    ThreadFollowed: ({ position, data: { conversationId, threadId } }) => ({
      type: 'thread-followed',
      position,
      conversationId,
      threadId,
    }),
    ThreadUnfollowed: ({ position, data: { conversationId, threadId } }) => ({
      type: 'thread-unfollowed',
      position,
      conversationId,
      threadId,
    }),
    ProfileChanged: user,
    UsernameChanged: user,
    DisplayNameChanged: user,
    TimeZoneChanged: user,
    UserDeleted: user,
    MemberAdded: memberAdded,
    MemberJoined: memberAdded,
    MemberLeft: memberRemoved,
    MemberRemoved: memberRemoved,
    OwnershipPassed: memberChanged,
    OwnerAppointed: memberChanged,
    OwnerDismissed: memberChanged,
    GroupTakenOver: memberChanged,
    RoleGiven: memberChanged,
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
    PolicySet: conversation<'PolicySet'>(({ policy }) => ({ policy })),
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
