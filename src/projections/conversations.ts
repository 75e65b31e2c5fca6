// What there is to talk in, with the last thing said.

import { type ConversationFacts, factsOf } from '../domain/accessFacts.ts';
import type { EventOf } from '../domain/events.ts';
import { canonical } from '../domain/names.ts';
import { changesOf, type Projection } from './projection.ts';

export interface LastMessage {
  readonly id: string;
  readonly senderId: string | null;
  readonly text: string;
  readonly kind: string;
  readonly at: string;
}

export interface ConversationDoc extends ConversationFacts {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly slug: string | null;
  readonly slugKey: string | null;
  readonly description: string;
  readonly picture: string | null;
  readonly capacity: number | null;
  readonly link: string | null;
  readonly hasPassword: boolean;
  readonly createdAt: string;
  /** The two users of a direct chat; twice the same in a talk to oneself. */
  readonly userIds: readonly string[];
  readonly room: string | null;
  readonly visitorName: string | null;
  readonly visitorEmailKey: string | null;
  /** Anybody may find it: a room, or a public group. */
  readonly listed: boolean;
  readonly memberCount: number;
  /** How many messages there are: the `seq` of the last one. */
  readonly messageCount: number;
  readonly lastMessage: LastMessage | null;
}

const { put, patch, add } = changesOf('conversations');

type Creation = EventOf<'GroupCreated' | 'RoomOpened' | 'DirectChatStarted' | 'DeskOpened'>;

/** What the event that creates a conversation makes of it; `more`: what only its kind has. */
const created = (event: Creation, more: Partial<ConversationDoc>) => {
  const facts = factsOf(event)!;
  return [
    put({
      name: '',
      slug: null,
      slugKey: null,
      description: '',
      picture: null,
      capacity: null,
      link: null,
      hasPassword: false,
      userIds: [],
      room: null,
      visitorName: null,
      visitorEmailKey: null,
      memberCount: 0,
      messageCount: 0,
      ...more,
      ...facts,
      id: event.data.conversationId,
      number: event.data.number,
      createdAt: event.at,
      listed: facts.public,
      lastMessage: null,
    }),
  ];
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
    GroupCreated: (event) => {
      const { name, description, picture, slug } = event.data;
      return created(event, { name, description, picture, slug, slugKey: slugKey(slug), memberCount: 1 });
    },
    RoomOpened: (event) => {
      const { name, description, picture, capacity, link, passwordHash } = event.data;
      return created(event, { name, description, picture, capacity, link, hasPassword: passwordHash !== null });
    },
    DirectChatStarted: (event) => {
      const { userIds } = event.data;
      return created(event, { userIds, memberCount: new Set(userIds).size });
    },
    DeskOpened: (event) => {
      const { room, visitorName, visitorEmail } = event.data;
      return created(event, {
        name: visitorName,
        room,
        visitorName,
        visitorEmailKey: canonical('email', visitorEmail),
      });
    },
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
