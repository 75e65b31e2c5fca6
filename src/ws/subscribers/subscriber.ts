// Subscribers, and the principals behind them.

import type { ConversationFacts, Reader } from '../../domain/access.ts';
import type { Event } from '../../domain/events.ts';
import { canonical } from '../../domain/names.ts';
import type { Protocol, Sink } from '../protocol.ts';

/** The account or visitor behind sockets, once for all of them. */
export interface Principal {
  /** Null: a visitor of a desk. */
  readonly userId: string | null;
  /** In canonical form. */
  email: string | null;
  isAdmin: boolean;
  isStaff: boolean;
  /** Groups and direct chats, with the position since which they are a member; the fan-out may be behind it. */
  readonly memberships: Map<string, number>;
  subscribers: readonly Subscriber[];
  /** Rejects if their rights and memberships cannot be read. */
  loading: Promise<void> | undefined;
  /** What happened to them while the views were read for them; undefined: that is over. */
  pending: Event[] | undefined;
}

export interface Subscriber {
  readonly protocol: Protocol;
  readonly sink: Sink;
  readonly principal: Principal;
  /** Receives every conversation its user is a member of. */
  readonly byMembership: boolean;
  /** Signed in by this session, or by the key of this hash; both null: by an outside sign-on, or not at all. */
  sessionId: string | null;
  keyHash: string | null;
  /** The sign-in was good when the log ended here: an earlier event does not end it. */
  goodAt: number;
  state: 'silent' | 'catching-up' | 'live' | 'gone';
  /** It has received everything up to here; while live, whatever the fan-out has sent as well. */
  cursor: number;
  /** Conversations it receives beside those of its memberships, as long as its user may read them. */
  watches: Set<string> | undefined;
  /** In canonical form: receives the conversation that goes by it, once there is one. */
  slug: string | undefined;
}

export const newPrincipal = (userId: string | null, email: string | null): Principal => ({
  userId,
  email,
  isAdmin: false,
  isStaff: false,
  memberships: new Map(),
  subscribers: [],
  loading: undefined,
  pending: userId === null ? undefined : [],
});

export const readerOf = (principal: Principal, conversationId: string): Reader => ({
  standing: principal.memberships.has(conversationId) ? 'member' : 'none',
  email: principal.email,
  isStaff: principal.isStaff || principal.isAdmin,
});

const CONVERSATION = 'conversation-';
const MESSAGES = 'messages-';

/** The conversation that a stream tells of, itself or its messages; undefined: another stream. */
export const conversationOf = (stream: string): string | undefined => {
  if (stream.startsWith(MESSAGES)) return stream.slice(MESSAGES.length);
  if (stream.startsWith(CONVERSATION)) return stream.slice(CONVERSATION.length);
  return undefined;
};

export const isOfMessages = (stream: string): boolean => stream.startsWith(MESSAGES);

/** What kind of conversation the event makes. */
export const factsOf = (event: Event): ConversationFacts | undefined => {
  switch (event.type) {
    case 'GroupCreated':
      return { kind: 'group', public: event.data.public, visitorEmail: null };
    case 'RoomOpened':
      return { kind: 'room', public: true, visitorEmail: null };
    case 'DirectChatStarted':
      return { kind: 'direct', public: false, visitorEmail: null };
    case 'DeskOpened':
      return { kind: 'desk', public: false, visitorEmail: canonical('email', event.data.visitorEmail) };
    default:
      return undefined;
  }
};
