// Events of a conversation: what it is, who is in it, what they may do.

import { z } from 'zod';
import { count, id, number, optionalText, text } from './fields.ts';

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

const memberRole = z.enum(['owner', 'member']);
const conversation = { conversationId: id, number };
const described = { name: text, description: text, picture: optionalText };
const roomDescribed = { ...described, capacity: z.int().nullable(), link: optionalText };

export const conversationEvents = {
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
} as const;
