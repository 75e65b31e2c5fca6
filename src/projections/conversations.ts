// What there is to talk in, with the last thing said.

import type { ConversationKind } from '../domain/accessFacts.ts';
import { canonical } from '../domain/names.ts';
import { changesOf, type Projection } from './projection.ts';

export interface LastMessage {
  readonly id: string;
  readonly senderId: string | null;
  readonly text: string;
  readonly kind: string;
  readonly at: string;
}

export interface ConversationDoc {
  readonly id: string;
  readonly number: number;
  readonly kind: ConversationKind;
  readonly public: boolean;
  readonly name: string;
  readonly slug: string | null;
  readonly slugKey: string | null;
  readonly description: string;
  readonly picture: string | null;
  readonly capacity: number | null;
  readonly link: string | null;
  readonly hasPassword: boolean;
  readonly createdBy: string | null;
  readonly createdAt: string;
  /** The two users of a direct chat; twice the same in a talk to oneself. */
  readonly userIds: readonly string[];
  readonly room: string | null;
  readonly visitorName: string | null;
  readonly visitorEmail: string | null;
  readonly visitorEmailKey: string | null;
  /** Anybody may find it: a room, or a public group. */
  readonly listed: boolean;
  readonly memberCount: number;
  /** How many messages there are: the `seq` of the last one. */
  readonly messageCount: number;
  readonly lastMessage: LastMessage | null;
}

const { put, patch, add } = changesOf('conversations');

type Given = Pick<ConversationDoc, 'id' | 'number' | 'kind' | 'createdAt'> & Partial<ConversationDoc>;

const fresh = (given: Given): ConversationDoc => ({
  public: false,
  name: '',
  slug: null,
  slugKey: null,
  description: '',
  picture: null,
  capacity: null,
  link: null,
  hasPassword: false,
  createdBy: null,
  userIds: [],
  room: null,
  visitorName: null,
  visitorEmail: null,
  visitorEmailKey: null,
  listed: false,
  memberCount: 0,
  messageCount: 0,
  lastMessage: null,
  ...given,
});

const doc = (given: Given) => {
  const { lastMessage: _, ...rest } = fresh(given);
  return put({ ...rest, lastMessage: null });
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
    ],
  },
  on: {
    GroupCreated: ({ data: { conversationId: id, ownerId, slug, ...data }, at }) => [
      doc({
        ...data,
        id,
        kind: 'group',
        createdBy: ownerId,
        createdAt: at,
        slug,
        slugKey: slugKey(slug),
        listed: data.public,
        memberCount: 1,
      }),
    ],
    RoomOpened: ({ data: { conversationId: id, openedBy, passwordHash, ...data }, at }) => [
      doc({
        ...data,
        id,
        kind: 'room',
        public: true,
        listed: true,
        createdBy: openedBy,
        createdAt: at,
        hasPassword: passwordHash !== null,
      }),
    ],
    DirectChatStarted: ({ data: { conversationId: id, number, userIds, startedBy }, at }) => [
      doc({
        id,
        number,
        kind: 'direct',
        userIds,
        createdBy: startedBy,
        createdAt: at,
        memberCount: new Set(userIds).size,
      }),
    ],
    DeskOpened: ({ data: { conversationId: id, number, room, visitorName, visitorEmail }, at }) => [
      doc({
        id,
        number,
        kind: 'desk',
        name: visitorName,
        room,
        visitorName,
        visitorEmail,
        visitorEmailKey: canonical('email', visitorEmail),
        createdAt: at,
      }),
    ],
    SlugGiven: ({ data: { conversationId, slug } }) => [patch(conversationId, { slug, slugKey: slugKey(slug) })],
    ConversationDescribed: ({ data: { conversationId, changes } }) => [patch(conversationId, changes)],
    MemberAdded: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', 1)],
    MemberJoined: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', 1)],
    MemberLeft: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', -1)],
    MemberRemoved: ({ data: { conversationId } }) => [add(conversationId, 'memberCount', -1)],
    MessageSent: ({ data: { conversationId, messageId, senderId, kind, text, sentAt }, revision, at }) => [
      patch(conversationId, {
        messageCount: revision + 1,
        lastMessage: { id: messageId, senderId, kind, text: text.slice(0, 200).toWellFormed(), at: sentAt ?? at },
      }),
    ],
  },
};
