// All events: the schema of each type decodes it and gives its TypeScript type.
//
// These names and fields are a storage format, kept for ever. A field never changes its meaning. A new shape of an old
// type gets a row in `versions.ts`, with the shape before it and an upcaster.

import { z } from 'zod';

/** The format of logs: how events are chained, and how their private parts are encrypted. */
export const LOG_FORMAT = 1;

/** A UUID. Only its length is checked: recorded ids were checked before, and a rebuild reads millions of them. */
const id = z.string().length(36);
const number = z.int().positive();
const count = z.int().nonnegative();
const text = z.string();
const optionalText = text.nullable();

export const roles = ['admin', 'staff', 'auditor'] as const;
export type Role = (typeof roles)[number];

/** What the token of a bot may be used for. */
export const scopes = ['read', 'write', 'files', 'manage', 'audit'] as const;
export type Scope = (typeof scopes)[number];

/** What can be erased. `desk`: the visitor of a desk without an account. */
export const erasable = ['person', 'desk', 'message', 'file'] as const;
export type Erasable = (typeof erasable)[number];

export const messageKinds = ['text', 'image', 'audio', 'document'] as const;
export type MessageKind = (typeof messageKinds)[number];

/** Whom a message calls beside the people it names: all members, or those who are present at that moment. */
export const calls = ['everyone', 'here'] as const;

const profile = z.object({
  firstName: text,
  lastName: text,
  address: optionalText,
  nationalCode: optionalText,
  avatar: optionalText,
});
export type Profile = z.infer<typeof profile>;

const names = { email: optionalText, username: optionalText, phone: optionalText, externalId: optionalText };
const memberRole = z.enum(['owner', 'member']);
const message = { conversationId: id, messageId: id };
const conversation = { conversationId: id, number };
const described = { name: text, description: text, picture: optionalText };
/** By the names of the query. */
const asked = z
  .object({
    category: text,
    actor: id,
    subject: id,
    correlation: text,
    upTo: count,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    follow: z.boolean(),
    /** What the event at this position came from, and what came of it. */
    related: count,
    /** Whether the account of `stream` may do this, there. */
    action: text,
    conversation: id,
    asOf: z.union([count, z.iso.datetime()]),
  })
  .partial();
/** Seconds; null: no end. */
const window = count.nullable();
export const policy = z.object({
  /** Who may write, beside the moderators. */
  write: z.enum(['members', 'moderators']),
  /** Who may add members, beside the owners. */
  invite: z.enum(['members', 'moderators', 'owners']),
  /** Who may pin messages, beside the moderators. */
  pin: z.enum(['members', 'moderators']),
  /** Who may call everybody in it, beside the moderators. */
  callAll: z.enum(['members', 'moderators']),
  /** Which messages a member of a private group sees: all, or those since it joined. */
  history: z.enum(['all', 'since-joining']),
  /** Who sees earlier texts of an edited message, beside its sender. */
  versions: z.enum(['everyone', 'moderators', 'auditors']),
  editFor: window,
  removeFor: window,
  /** Seconds between two messages of one member; 0: any time. Moderators need not wait. */
  slowMode: count,
  /** Members see how far others have read. */
  receipts: z.boolean(),
});
export type Policy = z.infer<typeof policy>;
const roomDescribed = { ...described, capacity: z.int().nullable(), link: optionalText };

export const schemas = {
  // log
  /** `format`: of the whole log. */
  LogBegun: z.object({ logId: id, format: z.literal(LOG_FORMAT) }),
  /** `from`: the copied log. `marks`: pairs of positions, in that log and in this one, rising. */
  LogCopied: z.object({ logId: id, from: id, marks: z.array(z.tuple([z.int(), z.int()])) }),
  /** `from`: the log that was backed up. `upTo`: the last position that both logs share. */
  LogRestored: z.object({ logId: id, from: id, upTo: z.int() }),
  // seals
  /** `x`: a public key (Ed25519) that signs from here on, in base64url. `kid`: its thumbprint (RFC 7638). */
  SealKeyAdded: z.object({ kid: text, x: text }),
  /**
   * A Merkle tree (RFC 9162) over the hashes of the first `size` events, the last of them at `upTo` of the log `logId`. `peaks`: what it
   * needs to grow. `tiles`: the complete subtrees of 256 leaves, and of 256 of those, since the seal before; each ends at
   * its `upTo`. Hashes are in base64url. `jws` signs logId, size, root and at.
   */
  LogSealed: z.object({
    logId: id,
    size: count,
    root: text,
    upTo: z.int(),
    peaks: z.array(text),
    tiles: z.array(z.object({ level: number, index: count, root: text, upTo: z.int() })),
    kid: text,
    jws: text,
  }),
  /** An operator took the log as it was, although it did not fit the last seal, which had `sealed` events. Null: nobody knew one. */
  LogAccepted: z.object({ sealed: count.nullable(), why: text }),
  // user-<id>, and for NameForfeited also conversation-<id>
  UserRegistered: z.object({ userId: id, number, ...names, passwordHash: optionalText, ...profile.shape }),
  ProfileChanged: z.object({ userId: id, changes: profile.partial() }),
  EmailChanged: z.object({ userId: id, email: optionalText }),
  EmailVerified: z.object({ userId: id, email: text }),
  /** Null: none. */
  DisplayNameChanged: z.object({ userId: id, displayName: optionalText }),
  /** An IANA name, such as Europe/London. Null: unknown. */
  TimeZoneChanged: z.object({ userId: id, timeZone: optionalText }),
  /** Words that the account wants to be told of. */
  AlertWordsChosen: z.object({ userId: id, words: z.array(text) }),
  /** Nobody is shown how far the account has read. */
  ReceiptsWithheld: z.object({ userId: id }),
  ReceiptsShown: z.object({ userId: id }),
  DesksRefused: z.object({ userId: id }),
  DesksAccepted: z.object({ userId: id }),
  UsernameChanged: z.object({ userId: id, username: optionalText }),
  PhoneChanged: z.object({ userId: id, phone: optionalText }),
  /** `keptSessionId`: the session in which the password was changed, unless that session ends too. */
  PasswordChanged: z.object({ userId: id, passwordHash: text, keptSessionId: id.optional() }),
  PasswordRehashed: z.object({ userId: id, passwordHash: text }),
  /** `by`: the admin; missing: the command line, or an event from before it was recorded. */
  RoleGranted: z.object({ userId: id, role: z.enum(roles), by: id.optional() }),
  RoleRevoked: z.object({ userId: id, role: z.enum(roles), by: id.optional() }),
  OutsideRankChanged: z.object({ userId: id, superuser: z.boolean() }),
  /** `issuedAt`: seconds since 1970. */
  OutsideTokenFollowed: z.object({ userId: id, issuedAt: count }),
  KeyIssued: z.object({ userId: id, generation: number, keyHash: text }),
  KeyRevoked: z.object({ userId: id, generation: number, keyHash: text }),
  /** `issuedUpTo`: seconds since 1970. */
  OutsideSignInsEnded: z.object({ userId: id, issuedUpTo: count }),
  LoggedIn: z.object({ userId: id }),
  NameForfeited: z.object({ claim: text, turn: number }),
  /** `by`: null: the command line. `keptSessionId`: the session that ended the others. */
  SessionsEnded: z.object({
    userId: id,
    by: id.nullable(),
    keptSessionId: id.optional(),
    keptOutsideAt: count.optional(),
  }),
  UserSuspended: z.object({ userId: id, by: id.nullable() }),
  UserReinstated: z.object({ userId: id, by: id.nullable() }),
  UserDeleted: z.object({ userId: id }),
  /** The key of the account may be destroyed from here on. `by`: null: the command line. */
  PersonErased: z.object({ userId: id, by: id.nullable() }),
  // session-<id>
  /** `device`: what signed in. `bot`: the session is the token of a bot, which is never refreshed. */
  SessionOpened: z.object({
    sessionId: id,
    userId: id,
    epoch: count,
    device: text.optional(),
    bot: z.object({ scopes: z.array(z.enum(scopes)) }).optional(),
    botName: text.optional(),
  }),
  SessionRefreshed: z.object({ sessionId: id, generation: number }),
  SessionClosed: z.object({ sessionId: id, userId: id, reason: z.enum(['logged-out', 'refresh-token-reused']) }),
  // invitation-<id>
  InvitationMade: z.object({ invitationId: id, uses: number, endsAt: z.iso.datetime(), by: id }),
  /** `userId`: the account that registers by it. */
  InvitationUsed: z.object({ invitationId: id, userId: id }),
  InvitationWithdrawn: z.object({ invitationId: id, by: id }),
  // ticket-<id>
  TicketUsed: z.object({ ticketId: id, userId: id, sessionId: id.nullable() }),
  // claim-<kind>-<hash>
  NameClaimed: z.object({ kind: text, ownerId: id }),
  // numbers-<kind>
  NumbersReserved: z.object({ kind: text, upTo: number }),
  // conversation-<id>
  GroupCreated: z.object({ ...conversation, ...described, public: z.boolean(), slug: optionalText, ownerId: id }),
  RoomOpened: z.object({ ...conversation, ...roomDescribed, passwordHash: optionalText, openedBy: id.nullable() }),
  DirectChatStarted: z.object({ ...conversation, userIds: z.tuple([id, id]), startedBy: id }),
  DeskOpened: z.object({ ...conversation, room: text, visitorName: text, visitorEmail: text, openedBy: id.optional() }),
  /** The key of the desk's visitor may be destroyed from here on. `openedBy`: as of `DeskOpened`. */
  VisitorErased: z.object({ conversationId: id, openedBy: id.optional(), by: id.nullable() }),
  DeskMuted: z.object({ conversationId: id, userId: id }),
  DeskLeft: z.object({ conversationId: id, userId: id }),
  DeskBlocked: z.object({ conversationId: id, userId: id }),
  DeskReopened: z.object({ conversationId: id, userId: id }),
  SlugGiven: z.object({ conversationId: id, slug: text }),
  ConversationDescribed: z.object({ conversationId: id, changes: z.object(roomDescribed).partial() }),
  /** `upTo`: how many messages were there: they count as read. */
  MemberAdded: z.object({ conversationId: id, userId: id, role: memberRole, addedBy: id, upTo: count }),
  MemberJoined: z.object({ conversationId: id, userId: id, upTo: count }),
  MemberLeft: z.object({ conversationId: id, userId: id }),
  MemberRemoved: z.object({ conversationId: id, userId: id, removedBy: id }),
  /** Nobody else can manage the group. */
  OwnershipPassed: z.object({ conversationId: id, userId: id }),
  OwnerAppointed: z.object({ conversationId: id, userId: id, appointedBy: id }),
  OwnerDismissed: z.object({ conversationId: id, userId: id, dismissedBy: id }),
  /** `userId`: the admin, who is a member already. */
  GroupTakenOver: z.object({ conversationId: id, userId: id }),
  /** Of a member who is no owner, or no longer. `givenBy`: null: a reader came back. */
  RoleGiven: z.object({
    conversationId: id,
    userId: id,
    role: z.enum(['moderator', 'member', 'reader']),
    givenBy: id.nullable(),
  }),
  /** The whole policy from here on. */
  PolicySet: z.object({ conversationId: id, policy, setBy: id }),
  // messages-<conversationId>
  MessageSent: z.object({
    messageId: id,
    conversationId: id,
    number,
    /** Null: a visitor of a desk, or the desk itself. */
    senderId: id.nullable(),
    kind: z.enum(messageKinds),
    text,
    fileId: id.nullable(),
    /** In a direct chat: to whom. */
    receiverId: id.nullable(),
    /** Of an imported message: when it was sent. */
    sentAt: z.iso.datetime().optional(),
    /** Of a message that a visitor sent at a desk. */
    visitor: z.object({ name: text, email: text }).optional(),
    /** Of an automatic answer: the message that it answers. */
    answers: id.optional(),
    /** The message of this conversation that it quotes, with its `seq`. */
    replyTo: z.object({ messageId: id, seq: number }).optional(),
    /** The message that began the thread it belongs to. */
    threadId: id.optional(),
    /** The accounts that it calls, each once, as they were found when it was said. */
    mentioned: z.array(id).optional(),
    /** `here`: those who were present are in `mentioned`. */
    call: z.enum(calls).optional(),
  }),
  // message-<conversationId>-<messageId>
  /** Another text of the message, by its sender. */
  MessageEdited: z.object({ ...message, senderId: id, text }),
  /**
   * The event of the message stays in the log: only auditors read it from here on. `threadId`: as of `MessageSent`. `senderId`:
   * the account whose message somebody else removed. `again`: its sender had removed it, and now only `removedBy` can restore it.
   */
  MessageRemoved: z.object({
    ...message,
    senderId: id.optional(),
    threadId: id.optional(),
    removedBy: id,
    again: z.literal(true).optional(),
  }),
  /** It is there again, as it was. `seq`: its place in the conversation. `senderId`, `sentAt`, `threadId`: as of `MessageSent`. */
  MessageRestored: z.object({
    ...message,
    seq: number,
    senderId: id.nullable(),
    sentAt: z.iso.datetime().optional(),
    threadId: id.optional(),
    restoredBy: id,
  }),
  /**
   * `key`: the name of the message's own key, which may be destroyed from here on. `editKeys`: those of its other texts. `senderId`:
   * the account whose message somebody else erased.
   */
  MessageErased: z.object({
    ...message,
    senderId: id.optional(),
    key: text,
    by: id.nullable(),
    editKeys: z.array(text).optional(),
  }),
  /** `count`: of those who react with this emoji from here on. */
  ReactionAdded: z.object({ ...message, userId: id, emoji: text, count }),
  ReactionTakenBack: z.object({ ...message, userId: id, emoji: text, count }),
  MessagePinned: z.object({ ...message, pinnedBy: id }),
  MessageUnpinned: z.object({ ...message, unpinnedBy: id }),
  // thread-<conversationId>-<threadId>-<userId>
  ThreadFollowed: z.object({ conversationId: id, threadId: id, userId: id }),
  ThreadUnfollowed: z.object({ conversationId: id, threadId: id, userId: id }),
  /** `upTo`: a `seq` of the conversation. */
  ThreadRead: z.object({ conversationId: id, threadId: id, userId: id, upTo: count }),
  // bookmarks-<userId>
  MessageBookmarked: z.object({ ...message, userId: id }),
  BookmarkRemoved: z.object({ ...message, userId: id }),
  // reads-<conversationId>-<userId>
  /** `membership`: tells it from earlier ones of the same user; missing: the reader is no member. */
  MessagesRead: z.object({
    conversationId: id,
    userId: id,
    upTo: count,
    membership: count.optional(),
    /** How far the user had read before going back to `upTo`, in the same membership. */
    furthest: count.optional(),
    /** The other members are told. */
    receipt: z.literal(true).optional(),
  }),
  // file-<id>
  FileStored: z.object({
    fileId: id,
    number,
    ownerId: id.nullable(),
    hash: text,
    size: count,
    mediaType: text,
    name: text,
    /** SHA-256 of what was stored, in hex. `hash` is that of its encrypted form, which lies in the store. */
    contentHash: text.optional(),
    /** Base64url. Missing: it was destroyed. */
    contentKey: text.optional(),
  }),
  /** Recorded before the first message or picture with the file: from here on nobody discards it. */
  FileUsed: z.object({ fileId: id }),
  /** Of a file that nobody used: its content may be removed from here on. */
  FileDiscarded: z.object({ fileId: id, ownerId: id.nullable(), size: count }),
  /** `key`: as of `MessageErased`. */
  FileErased: z.object({ fileId: id, ownerId: id.nullable(), size: count, key: text, by: id.nullable() }),
  // erasure-<id of what is erased>
  /**
   * `inConversationId`: of a message. `by`: null: the command line. Until `dueAt` it can be taken back. `epoch`: of one's own
   * account when the sign-in that asks was checked.
   */
  ErasureRequested: z.object({
    targetId: id,
    kind: z.enum(erasable),
    inConversationId: id.nullable(),
    by: id.nullable(),
    dueAt: z.iso.datetime(),
    epoch: count.optional(),
  }),
  ErasureWithdrawn: z.object({ targetId: id, by: id.nullable() }),
  /** From here on nobody takes it back. */
  ErasureStarted: z.object({ targetId: id }),
  /** Every key is destroyed. `keys`: their names. `certificate`: a signed JWT. */
  ErasureCertified: z.object({ targetId: id, keys: z.array(text), certificate: text }),
  // security-<userId>
  /** `count`: from `since` until it was recorded. */
  SignInsFailed: z.object({ userId: id, count: number, since: z.iso.datetime() }),
  /** `code`: of the refusal, as clients get it. */
  RequestsRefused: z.object({ userId: id, code: text, count: number, since: z.iso.datetime() }),
  /** An operator made a link that sets a new password. */
  ResetLinkMade: z.object({ userId: id }),
  // audit-<readerId>
  /** `stream`, `type`: null: all. The reader may have gone on with the question until `until`. `asked`: what narrowed it further. */
  LogRead: z.object({
    readerId: id,
    stream: optionalText,
    type: optionalText,
    after: count,
    until: z.iso.datetime(),
    asked: asked.optional(),
  }),
} as const;

export type EventType = keyof typeof schemas;
export type DataOf<T extends EventType> = z.infer<(typeof schemas)[T]>;

/** An event that is not recorded yet. */
export type DomainEvent = { [T in EventType]: { readonly type: T; readonly data: DataOf<T> } }[EventType];
/** What a decision returns. */
export type Events = readonly DomainEvent[];

export interface Meta {
  /** The user behind the command. Null: nobody signed in (a registration, a visitor), or the program itself. */
  readonly actorId: string | null;
  /** Of a command sent with an idempotency key: derived from user, target and key. */
  readonly commandId?: string;
  /**
   * Keyed fingerprint of the request: it tells a retry from another command under the same key. It lies in the private part, if
   * the event has one. Empty: it was erased.
   */
  readonly commandHash?: string;
  /** The request, import or process that the event belongs to. */
  readonly correlationId: string;
  /** The event in another request that the program recorded this one for. */
  readonly causedBy?: { readonly stream: string; readonly revision: number };
  /** Its positions in the logs that this log was copied from, oldest log first. */
  readonly copied?: readonly (readonly [logId: string, position: number])[];
}

interface Envelope {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  /** ISO time of recording. */
  readonly at: string;
  readonly meta: Meta;
  /** The private part of `data` as it lies in the log. */
  readonly secret?: string;
  /** The private part is not open: fields of `data` stand for it. */
  readonly isClosed?: true;
}

export type Event = DomainEvent & Envelope;
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;
