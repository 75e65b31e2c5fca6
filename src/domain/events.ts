// Every event there is: one schema a type, its decoder and its TypeScript type in one.
//
// These names and fields are a storage format, kept for ever. A field never changes its meaning; a new shape of an
// old type raises `version` below and adds an upcaster in `codec.ts`.

import { z } from 'zod';

/** A UUID. Its length alone is checked: what is recorded was checked before, and a rebuild reads millions. */
const id = z.string().length(36);
const number = z.int().positive();
const text = z.string();
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();

export const roles = ['admin', 'staff', 'auditor'] as const;
export type Role = (typeof roles)[number];

export const messageKinds = ['text', 'image', 'audio', 'document'] as const;
export type MessageKind = (typeof messageKinds)[number];

const profile = z.object({
  firstName: text,
  lastName: text,
  address: orNull(text),
  nationalCode: orNull(text),
  avatar: orNull(text),
});
export type Profile = z.infer<typeof profile>;

const memberRole = z.enum(['owner', 'member']);

export const schemas = {
  // log
  LogBegun: z.object({ logId: id }),
  LogCopied: z.object({ logId: id, from: id, marks: z.array(z.tuple([z.int(), z.int()])) }),
  LogRestored: z.object({ logId: id, from: id, upTo: z.int() }),
  // user-<id>, and for NameForfeited also conversation-<id>
  UserRegistered: z.object({
    userId: id,
    number,
    email: orNull(text),
    username: orNull(text),
    phone: orNull(text),
    externalId: orNull(text),
    passwordHash: orNull(text),
    ...profile.shape,
  }),
  ProfileChanged: z.object({ userId: id, changes: profile.partial() }),
  EmailChanged: z.object({ userId: id, email: orNull(text) }),
  UsernameChanged: z.object({ userId: id, username: orNull(text) }),
  PhoneChanged: z.object({ userId: id, phone: orNull(text) }),
  PasswordChanged: z.object({
    userId: id,
    passwordHash: text,
    /** The session in which it was changed, where that one goes on. */
    keptSessionId: id.optional(),
  }),
  PasswordRehashed: z.object({ userId: id, passwordHash: text }),
  RoleGranted: z.object({ userId: id, role: z.enum(roles) }),
  RoleRevoked: z.object({ userId: id, role: z.enum(roles) }),
  OutsideRankChanged: z.object({ userId: id, superuser: z.boolean() }),
  KeyIssued: z.object({ userId: id, generation: number, keyHash: text }),
  KeyRevoked: z.object({ userId: id, generation: number, keyHash: text }),
  LoggedIn: z.object({ userId: id }),
  NameForfeited: z.object({ claim: text, turn: number }),
  UserDeleted: z.object({ userId: id }),
  // session-<id>
  SessionOpened: z.object({ sessionId: id, userId: id, epoch: z.int().nonnegative() }),
  SessionRefreshed: z.object({ sessionId: id, generation: number }),
  SessionClosed: z.object({ sessionId: id, userId: id, reason: z.enum(['logged-out', 'refresh-token-reused']) }),
  // ticket-<id>
  TicketUsed: z.object({ ticketId: id, userId: id, sessionId: orNull(id) }),
  // claim-<kind>-<hash>
  NameClaimed: z.object({ kind: text, ownerId: id }),
  // numbers-<kind>
  NumbersReserved: z.object({ kind: text, upTo: number }),
  // conversation-<id>
  GroupCreated: z.object({
    conversationId: id,
    number,
    name: text,
    description: text,
    picture: orNull(text),
    public: z.boolean(),
    slug: orNull(text),
    ownerId: id,
  }),
  RoomOpened: z.object({
    conversationId: id,
    number,
    name: text,
    description: text,
    picture: orNull(text),
    capacity: orNull(z.int()),
    link: orNull(text),
    passwordHash: orNull(text),
    openedBy: orNull(id),
  }),
  DirectChatStarted: z.object({ conversationId: id, number, userIds: z.tuple([id, id]), startedBy: id }),
  DeskOpened: z.object({ conversationId: id, number, room: text, visitorName: text, visitorEmail: text }),
  SlugGiven: z.object({ conversationId: id, slug: text }),
  ConversationDescribed: z.object({
    conversationId: id,
    changes: z
      .object({ name: text, description: text, picture: orNull(text), capacity: orNull(z.int()), link: orNull(text) })
      .partial(),
  }),
  MemberAdded: z.object({ conversationId: id, userId: id, role: memberRole, addedBy: id }),
  MemberJoined: z.object({ conversationId: id, userId: id }),
  MemberLeft: z.object({ conversationId: id, userId: id }),
  MemberRemoved: z.object({ conversationId: id, userId: id, removedBy: id }),
  OwnershipPassed: z.object({ conversationId: id, userId: id }),
  // messages-<conversationId>
  MessageSent: z.object({
    messageId: id,
    conversationId: id,
    number,
    /** Null: a visitor of a desk, or the desk itself. */
    senderId: orNull(id),
    kind: z.enum(messageKinds),
    text,
    fileId: orNull(id),
    /** In a direct chat: to whom. */
    receiverId: orNull(id),
    /** When it was said, where that is not when it was recorded: an import. */
    sentAt: z.iso.datetime().optional(),
    /** Who speaks at a desk without an account. */
    visitor: z.object({ name: text, email: text }).optional(),
    /** The message this one answers by itself. */
    answers: id.optional(),
  }),
  // reads-<conversationId>-<userId>
  MessagesRead: z.object({ conversationId: id, userId: id, upTo: z.int().nonnegative() }),
  // file-<id>
  FileStored: z.object({
    fileId: id,
    number,
    ownerId: orNull(id),
    hash: text,
    size: z.int().nonnegative(),
    mediaType: text,
    name: text,
  }),
} as const;

export type EventType = keyof typeof schemas;
export type DataOf<T extends EventType> = z.infer<(typeof schemas)[T]>;

/** What a decision gives out: a fact, not yet placed. */
export type DomainEvent = { [T in EventType]: { readonly type: T; readonly data: DataOf<T> } }[EventType];

/** Who made it happen, and what for. */
export interface Meta {
  /** The user behind the command; null where there is none (registration, a visitor, the program itself). */
  readonly actorId: string | null;
  /** Of a command sent with an idempotency key: derived from user, target and key. */
  readonly commandId?: string;
  /** Keyed fingerprint of what the client sent, to tell a retry from another command under the same key. */
  readonly commandHash?: string;
  /** The request, import or process that this belongs to. */
  readonly correlationId: string;
  /** The event that led to this one. */
  readonly causationId?: string;
  /** Where it stood in logs that this one was copied from, the first first. */
  readonly copied?: readonly (readonly [logId: string, position: number])[];
}

export interface Envelope {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  /** ISO time of recording. */
  readonly at: string;
  readonly meta: Meta;
}

export type Event = DomainEvent & Envelope;
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
