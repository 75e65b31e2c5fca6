// Conversations, with the last message of each.

import { type ConversationFacts, factsOf } from '../domain/accessFacts.ts';
import type { DataOf, EventOf } from '../domain/events.ts';
import { canonical } from '../domain/names.ts';
import type { MessageDoc } from './messages.ts';
import { changesOf, type Projection } from './projection.ts';

/** What was said in it lies with the message alone. */
export type LastMessage = Pick<MessageDoc, 'id' | 'senderId' | 'kind' | 'at'>;

type Described = Omit<DataOf<'RoomOpened'>, 'conversationId' | 'passwordHash' | 'openedBy'>;

export interface ConversationDoc extends ConversationFacts, Readonly<Described> {
  readonly id: string;
  readonly slug: string | null;
  readonly slugKey: string | null;
  readonly hasPassword: boolean;
  readonly createdAt: string;
  /** The two users of a direct chat. A user's chat with itself has the same id twice. */
  readonly userIds: readonly string[];
  readonly room: string | null;
  readonly visitorName: string | null;
  readonly visitorEmailKey: string | null;
  /** The account that opened the desk as its visitor. */
  readonly visitorId: string | null;
  /** Anybody may find it: it is a room or a public group. */
  readonly listed: boolean;
  readonly memberCount: number;
  /** The number of messages, and the `seq` of the last one. */
  readonly messageCount: number;
  /** How many of these were removed. They keep their places. */
  readonly removedCount: number;
  /** The account that gave it its picture. */
  readonly pictureBy: string | null;
  readonly lastMessage: LastMessage | null;
}

const { put, patch, add } = changesOf('conversations');

type Creation = EventOf<'GroupCreated' | 'RoomOpened' | 'DirectChatStarted' | 'DeskOpened'>;

const undescribed = {
  name: '',
  description: '',
  picture: null,
  pictureBy: null,
  capacity: null,
  link: null,
  hasPassword: false,
};
const noVisitor = { room: null, visitorName: null, visitorEmailKey: null, visitorId: null };
const empty = { memberCount: 0, messageCount: 0, removedCount: 0, lastMessage: null };
const blank = { ...undescribed, ...noVisitor, ...empty, slug: null, slugKey: null, userIds: [] };

/** `more`: the fields that only this kind of conversation has. */
const created = (event: Creation, more: Partial<ConversationDoc>) => {
  const { conversationId: id, number } = event.data;
  const facts = factsOf(event)!;
  return [put({ ...blank, ...more, ...facts, id, number, createdAt: event.at, listed: facts.public })];
};

const slugKey = (slug: string | null) => (slug === null ? null : canonical('slug', slug));

export const conversations: Projection = {
  collection: {
    name: 'conversations',
    indexes: [
      { fields: ['number'], sort: 'id' },
      { fields: ['listed'], sort: 'number' },
      { fields: ['kind'], sort: 'number' },
      { fields: ['slugKey'], sort: 'number' },
      { fields: ['visitorEmailKey'], sort: 'number' },
      { fields: ['visitorId'], sort: 'number' },
    ],
  },
  on: {
    GroupCreated: (event) => {
      const { name, description, picture, slug, ownerId } = event.data;
      const described = { name, description, picture, pictureBy: ownerId };
      return created(event, { ...described, slug, slugKey: slugKey(slug), memberCount: 1 });
    },
    RoomOpened: (event) => {
      const { name, description, picture, capacity, link, passwordHash, openedBy: pictureBy } = event.data;
      const described = { name, description, picture, pictureBy, capacity, link };
      return created(event, { ...described, hasPassword: passwordHash !== null });
    },
    DirectChatStarted: (event) => {
      const { userIds } = event.data;
      return created(event, { userIds, memberCount: new Set(userIds).size });
    },
    DeskOpened: (event) => {
      const { room, visitorName, visitorEmail, openedBy: visitorId = null } = event.data;
      const visitorEmailKey = canonical('email', visitorEmail);
      return created(event, { name: visitorName, room, visitorName, visitorEmailKey, visitorId });
    },
    VisitorErased: ({ data: { conversationId } }) => [
      patch(conversationId, { name: '', visitorName: '', visitorEmail: '', visitorEmailKey: canonical('email', '') }),
    ],
    SlugGiven: ({ data: { conversationId, slug } }) => [patch(conversationId, { slug, slugKey: slugKey(slug) })],
    ConversationDescribed: ({ data: { conversationId, changes }, meta: { actorId: pictureBy } }) => [
      patch(conversationId, changes.picture === undefined ? changes : { ...changes, pictureBy }),
    ],
    PolicySet: ({ data: { conversationId, policy } }) => [patch(conversationId, { policy })],
    MemberAdded: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', 1)],
    MemberJoined: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', 1)],
    MemberLeft: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', -1)],
    MemberRemoved: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', -1)],
    MessageSent: ({ data: { conversationId, messageId: id, senderId, kind, sentAt }, revision, at }) => {
      const lastMessage = { id, senderId, kind, at: sentAt ?? at };
      return [patch(conversationId, { messageCount: revision + 1, lastMessage })];
    },
    MessageRemoved: ({ data: { conversationId, again } }) => (again ? [] : [add(conversationId, 'removedCount', 1)]),
    MessageRestored: ({ data: { conversationId } }) => [add(conversationId, 'removedCount', -1)],
  },
};
