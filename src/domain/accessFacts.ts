// What the rules of access look at: the reader, and the thing that the reader wants to use.

import type { DomainEvent, Policy, Role } from './events.ts';
import type { MemberRole } from './members.ts';
import { firstPolicy } from './policy.ts';

export const conversationKinds = ['group', 'room', 'direct', 'desk'] as const;
export type ConversationKind = (typeof conversationKinds)[number];

/**
 * `member`: also a visitor at its own desk. `away`: an account that has left the desk. `blocked`: a visitor whose desk somebody
 * has blocked.
 */
export type Standing = MemberRole | 'none' | 'away' | 'blocked';

export interface Account {
  /** Null: a visitor of a desk. */
  readonly userId: string | null;
  /** The e-mail address, if the account has proved that it is its own. */
  readonly verifiedEmail: string | null;
  /** Whether it wants to see the desks that others open under its address. */
  readonly acceptsDesks: boolean;
  /** Whether others are shown how far it has read. */
  readonly showsReceipts: boolean;
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
  /** The account that made it; of a desk, as its visitor. */
  readonly createdBy: string | null;
  readonly policy: Policy;
}

interface FileFacts {
  readonly kind: 'file';
  readonly createdBy: string | null;
  /** The reader may read a conversation that the file was sent to. */
  readonly isSent: boolean;
  /** It is the picture of an account or a conversation that the reader sees, and the user who stored it made it that. */
  readonly isPicture: boolean;
}

export const factsOfFile = (
  { ownerId }: { readonly ownerId: string | null },
  shown: Partial<Pick<FileFacts, 'isSent' | 'isPicture'>> = {},
): FileFacts => ({ kind: 'file', createdBy: ownerId, isSent: false, isPicture: false, ...shown });

export interface MessageFacts {
  readonly kind: 'message';
  /** Null: the visitor of a desk, or the desk itself. */
  readonly createdBy: string | null;
  /** The reader may read its conversation. */
  readonly isReadable: boolean;
  /** It is there, and was sent since the reader sees the messages of the conversation: see `seesAfter`. */
  readonly isShown: boolean;
  /** The reader may moderate its conversation. */
  readonly isModerated: boolean;
  /** Who sees its earlier texts, as the policy of its conversation has it. */
  readonly versions: Policy['versions'];
  /** Null: it is not removed. */
  readonly removedBy: string | null;
}

/** The program as a whole, which roles are for. */
export const server = { kind: 'server' } as const;

export type Thing = ConversationFacts | FileFacts | MessageFacts | typeof server;

/** As they begin. */
const firstFacts = (kind: ConversationKind, more: Partial<ConversationFacts> = {}): ConversationFacts => ({
  kind,
  public: false,
  visitorEmail: null,
  createdBy: null,
  policy: firstPolicy[kind],
  ...more,
});

/** An unknown conversation is open only to its members. */
export const unknownConversation = firstFacts('group');

export const readerOf = (account: Account, standing: Standing = 'none'): Reader => ({ ...account, standing });

/** A visitor without an account: a member of its own desk, and nothing elsewhere. With another standing: what that alone allows. */
export const visitor: Account = {
  userId: null,
  verifiedEmail: null,
  acceptsDesks: false,
  showsReceipts: false,
  roles: [],
  deleted: false,
};

/** The facts of the conversation that the event creates. Undefined: the event creates none. */
export const factsOf = (event: DomainEvent): ConversationFacts | undefined => {
  switch (event.type) {
    case 'GroupCreated':
      return firstFacts('group', { public: event.data.public, createdBy: event.data.ownerId });
    case 'RoomOpened':
      return firstFacts('room', { public: true, createdBy: event.data.openedBy });
    case 'DirectChatStarted':
      return firstFacts('direct', { createdBy: event.data.startedBy });
    case 'DeskOpened': {
      const { visitorEmail, openedBy: createdBy = null } = event.data;
      return firstFacts('desk', { visitorEmail, createdBy });
    }
    default:
      return undefined;
  }
};
