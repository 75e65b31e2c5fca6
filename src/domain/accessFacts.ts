// What the rules of access look at: the reader, and the thing that the reader wants to use.

import type { DomainEvent, Role } from './events.ts';

export const conversationKinds = ['group', 'room', 'direct', 'desk'] as const;
export type ConversationKind = (typeof conversationKinds)[number];

export type Standing = 'owner' | 'member' | 'none';

export interface Account {
  /** Null: a visitor of a desk, known only by an e-mail address. */
  readonly userId: string | null;
  readonly email: string | null;
  readonly roles: readonly Role[];
  /** A deleted or suspended account may do nothing. */
  readonly deleted: boolean;
}

/** An account, and its standing in the conversation that it wants to act in. */
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

interface FileFacts {
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

/** The program as a whole, which roles are for. */
export const server = { kind: 'server' } as const;

export type Thing = ConversationFacts | FileFacts | typeof server;

const isPrivate = { public: false, visitorEmail: null, createdBy: null };

/** An unknown conversation is open only to its members. */
export const unknownConversation: ConversationFacts = { kind: 'group', ...isPrivate };

export const readerOf = (account: Account, standing: Standing = 'none'): Reader => ({ ...account, standing });

/** A visitor of a desk, without an account. */
export const visitorOf = (email: string): Account => ({ userId: null, email, roles: [], deleted: false });

/** The facts of the conversation that the event creates. Undefined: the event creates none. */
export const factsOf = (event: DomainEvent): ConversationFacts | undefined => {
  switch (event.type) {
    case 'GroupCreated':
      return { ...isPrivate, kind: 'group', public: event.data.public, createdBy: event.data.ownerId };
    case 'RoomOpened':
      return { ...isPrivate, kind: 'room', public: true, createdBy: event.data.openedBy };
    case 'DirectChatStarted':
      return { ...isPrivate, kind: 'direct', createdBy: event.data.startedBy };
    case 'DeskOpened':
      return { ...isPrivate, kind: 'desk', visitorEmail: event.data.visitorEmail };
    default:
      return undefined;
  }
};
