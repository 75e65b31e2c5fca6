// The native socket's protocol: the frames of events.

import { presentMessage, presentProfile } from '../api/presenters.ts';
import type { Event, EventOf } from '../domain/events.ts';
import { conversationIdOf } from '../domain/streams.ts';
import { type MessageDoc, messages } from '../projections/messages.ts';
import { documentAfter } from '../projections/projection.ts';
import type { FrameContext, Protocol } from './protocol.ts';

const message = async (event: EventOf<'MessageSent'>, context: FrameContext) => {
  const doc = documentAfter(messages, undefined, event) as unknown as MessageDoc;
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

/** The properties of a conversation that an event sets or changes. */
const conversationOf = (event: Event): Record<string, unknown> | undefined => {
  switch (event.type) {
    case 'GroupCreated': {
      const { number, name, description, picture, slug, ownerId } = event.data;
      return { kind: 'group', number, public: event.data.public, name, description, picture, slug, createdBy: ownerId };
    }
    case 'RoomOpened': {
      const { number, name, description, picture, capacity, link, openedBy } = event.data;
      return { kind: 'room', number, public: true, name, description, picture, capacity, link, createdBy: openedBy };
    }
    case 'DirectChatStarted': {
      const { number, userIds, startedBy } = event.data;
      return { kind: 'direct', number, public: false, userIds, createdBy: startedBy };
    }
    case 'DeskOpened': {
      const { number, visitorName: name, visitorEmail: email } = event.data;
      return { kind: 'desk', number, public: false, visitor: { name, email } };
    }
    case 'ConversationDescribed': {
      const { name, description, picture, capacity, link } = event.data.changes;
      return { name, description, picture, capacity, link };
    }
    case 'SlugGiven':
      return { slug: event.data.slug };
    default:
      return undefined;
  }
};

const frameOf: Protocol['frame'] = (event, context) => {
  const { position } = event;
  switch (event.type) {
    case 'MessageSent':
      return message(event, context);
    case 'MemberAdded':
    case 'MemberJoined':
      return memberAdded(event, context);
    case 'MemberLeft':
    case 'MemberRemoved': {
      const { conversationId, userId } = event.data;
      return { type: 'member-removed', position, conversationId, userId, by: event.meta.actorId };
    }
    case 'OwnershipPassed': {
      const { conversationId, userId } = event.data;
      return { type: 'member-changed', position, conversationId, userId, role: 'owner' };
    }
    default: {
      const changes = conversationOf(event);
      if (changes === undefined) return undefined;
      return { type: 'conversation', position, conversationId: conversationIdOf(event.stream), changes };
    }
  }
};

export const native: Protocol = { name: 'native', frame: frameOf };
