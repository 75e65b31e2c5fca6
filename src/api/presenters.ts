// From documents of the views to answers of the native API, field by field: what is not named here leaves no reply.

import type { z } from 'zod';
import type { User } from '../domain/user.ts';
import { displayName } from '../domain/user.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import type { FileDoc } from '../projections/files.ts';
import type { MembershipDoc } from '../projections/memberships.ts';
import type { MessageDoc } from '../projections/messages.ts';
import { rolesOf, type UserDoc } from '../projections/users.ts';
import type * as answers from './answers.ts';

type Presented<Name extends keyof typeof answers> = (typeof answers)[Name] extends z.ZodType<infer Out> ? Out : never;

type ProfileDoc = Pick<UserDoc, 'id' | 'number' | 'username' | 'firstName' | 'lastName' | 'avatar' | 'deleted'>;

export const presentProfile = (user: ProfileDoc): Presented<'Profile'> => ({
  id: user.id,
  number: user.number,
  username: user.username,
  firstName: user.firstName,
  lastName: user.lastName,
  displayName: displayName(user),
  avatar: user.avatar,
  deleted: user.deleted,
});

/** The same, of an account as the commands know it. */
export const presentUser = ({ userId: id, number, names, profile, status }: User): Presented<'Profile'> =>
  presentProfile({ id, number, username: names.username, ...profile, deleted: status === 'deleted' });

export const presentAccount = (user: UserDoc): Presented<'Account'> => ({
  id: user.id,
  number: user.number,
  email: user.email,
  username: user.username,
  phone: user.phone,
  firstName: user.firstName,
  lastName: user.lastName,
  displayName: displayName(user),
  address: user.address,
  nationalCode: user.nationalCode,
  avatar: user.avatar,
  roles: [...rolesOf(user)],
  createdAt: user.createdAt,
  lastLoginAt: user.lastLoginAt,
});

/** `mine`: the reader's membership, and how many messages of it they have read. */
export const presentConversation = (
  doc: ConversationDoc,
  mine: { membership: Pick<MembershipDoc, 'role'> | undefined; read: number },
): Presented<'Conversation'> => ({
  id: doc.id,
  number: doc.number,
  kind: doc.kind,
  public: doc.public,
  name: doc.name,
  slug: doc.slug,
  description: doc.description,
  picture: doc.picture,
  capacity: doc.capacity,
  link: doc.link,
  hasPassword: doc.hasPassword,
  userIds: [...doc.userIds],
  visitor: doc.visitorName === null ? null : { name: doc.visitorName, email: doc.visitorEmail ?? '' },
  createdBy: doc.createdBy,
  createdAt: doc.createdAt,
  memberCount: doc.memberCount,
  messageCount: doc.messageCount,
  lastMessage: doc.lastMessage && presentLastMessage(doc.lastMessage),
  role: mine.membership?.role ?? null,
  unread: Math.max(0, doc.messageCount - mine.read),
});

const presentLastMessage = ({
  id,
  senderId,
  kind,
  text,
  at,
}: NonNullable<ConversationDoc['lastMessage']>): Presented<'LastMessage'> => ({
  id,
  senderId,
  kind: kind as Presented<'LastMessage'>['kind'],
  text,
  at,
});

export const presentMember = (
  { role, joinedAt }: Pick<MembershipDoc, 'role' | 'joinedAt'>,
  user: UserDoc,
): Presented<'Member'> => ({
  user: presentProfile(user),
  role,
  joinedAt,
});

const presentFileRef = ({ id, name, mediaType, size }: FileDoc): Presented<'FileRef'> => ({
  id,
  name,
  mediaType,
  size,
});

export const presentFile = (file: FileDoc): Presented<'File'> => ({
  ...presentFileRef(file),
  number: file.number,
  ownerId: file.ownerId,
  at: file.at,
});

export const presentMessage = (message: MessageDoc, file: FileDoc | undefined): Presented<'Message'> => ({
  id: message.id,
  number: message.number,
  conversationId: message.conversationId,
  seq: message.seq,
  position: message.position,
  senderId: message.senderId,
  kind: message.kind,
  text: message.text,
  file: file === undefined ? null : presentFileRef(file),
  at: message.at,
  visitor: message.visitor && { name: message.visitor.name, email: message.visitor.email },
  answers: message.answers,
});
