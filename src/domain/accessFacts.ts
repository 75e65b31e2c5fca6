// What the rules of access look at: who asks, and the thing they ask about.

import type { DomainEvent, Role } from './events.ts';

export const conversationKinds = ['group', 'room', 'direct', 'desk'] as const;
export type ConversationKind = (typeof conversationKinds)[number];

export type Standing = 'owner' | 'member' | 'none';

export interface Account {
  /** Null: a visitor of a desk, who is known by an e-mail address alone. */
  readonly userId: string | null;
  readonly email: string | null;
  readonly roles: readonly Role[];
  /** A deleted account may do nothing. */
  readonly deleted: boolean;
}

/** An account, and what it is in the conversation that it wants to act in. */
export interface Reader extends Account {
  readonly standing: Standing;
}

export interface ConversationFacts {
  readonly kind: ConversationKind;
  /** Of a group: anyone may join and read. */
  readonly public: boolean;
  /** Of a desk. */
  readonly visitorEmail: string | null;
  readonly createdBy: string | null;
}

export interface FileFacts {
  readonly kind: 'file';
  readonly createdBy: string | null;
  /** The reader may read a conversation that the file was sent to. */
  readonly isSent: boolean;
}

export const factsOfFile = ({ ownerId }: { readonly ownerId: string | null }, isSent = false): FileFacts => ({
  kind: 'file',
  createdBy: ownerId,
  isSent,
});

/** What the roles are for: the program as a whole. */
export const server = { kind: 'server' } as const;

export type Thing = ConversationFacts | FileFacts | typeof server;

/** A conversation of which nothing is known is open to its members alone. */
export const unknownConversation: ConversationFacts = {
  kind: 'group',
  public: false,
  visitorEmail: null,
  createdBy: null,
};

/** `standing`: undefined is `none`. */
export const readerOf = (account: Account, standing: Standing = 'none'): Reader => ({ ...account, standing });

/** Somebody without an account who speaks at a desk. */
export const visitorOf = (email: string): Account => ({ userId: null, email, roles: [], deleted: false });

/** The facts of the conversation that the event creates; undefined: it creates none. */
export const factsOf = (event: DomainEvent): ConversationFacts | undefined => {
  switch (event.type) {
    case 'GroupCreated':
      return { kind: 'group', public: event.data.public, visitorEmail: null, createdBy: event.data.ownerId };
    case 'RoomOpened':
      return { kind: 'room', public: true, visitorEmail: null, createdBy: event.data.openedBy };
    case 'DirectChatStarted':
      return { kind: 'direct', public: false, visitorEmail: null, createdBy: event.data.startedBy };
    case 'DeskOpened':
      return { kind: 'desk', public: false, visitorEmail: event.data.visitorEmail, createdBy: null };
    default:
      return undefined;
  }
};
