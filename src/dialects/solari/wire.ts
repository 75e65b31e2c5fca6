// How accounts, groups, chats, messages and errors look on the wire of Solari.

import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import type { UserDoc } from '../../projections/users.ts';
import type { ApiError } from '../django/apiErrors.ts';
import type { ApiRequest } from '../django/request.ts';
import { timestamp } from '../django/timestamps.ts';
import type { Person } from '../shared/find.ts';
import { MEDIA, pictureAt } from '../shared/media.ts';
import { fullName } from '../shared/names.ts';

/**
 * The document has a `message` in every error of a registration, beside the fields at fault, and calls one of them
 * `fullname` that its request calls `full_name`.
 */
export const withMessage = ({ status, body }: ApiError): unknown => {
  const [field, texts] = Object.entries(body as Record<string, unknown>)[0] ?? [];
  if (status !== 400 || field === undefined || !Array.isArray(texts)) return body;
  const errors = body as Record<string, readonly string[]>;
  const mirrored = errors.full_name === undefined ? {} : { fullname: errors.full_name };
  return { message: `${field}: ${texts.join(' ')}`, ...errors, ...mirrored };
};

/** `user`: as the views had the account before this login. An auditor is not staff. */
export const presentLogin = (user: UserDoc, photo: string | null, { names }: User, token: string) => ({
  id: user.number,
  fullname: fullName(user),
  full_name: fullName(user),
  email: names.email ?? '',
  phone_number: names.phone ?? '',
  email_verified: user.verifiedEmail !== null,
  photo,
  token,
  is_active: !user.deleted,
  is_staff: user.isStaff || user.isAdmin,
  is_superuser: user.isAdmin,
  date_joined: timestamp(user.createdAt),
  last_login: timestamp(user.lastLoginAt ?? user.createdAt),
});

/** `admin`: the number of the user who made the group. */
export const presentGroup = (group: ConversationDoc, picture: string | null, admin: number | null) => ({
  id: group.number,
  admin,
  name: group.name,
  chat_id: group.id,
  description: group.description,
  picture,
  date_created: timestamp(group.createdAt),
});

/** The address of a picture: absolute, where it is a stored file. */
export const pictureFor = (request: ApiRequest, user: User, of: { readonly number: number }, picture: string | null) =>
  pictureAt({ services: request.services, user, local: (path) => request.absolute(path) }, MEDIA, of, picture);

export const presentChat = (id: string, chatName: string) => ({ id, chat_name: chatName });

/** The document demands an `email`: each reader sees its own. A desk and its visitor have no account and no number: 0. */
const presentSender = ({ visitor }: MessageDoc, sender: Person | undefined, readerId: string) => {
  if (sender)
    return {
      id: sender.number,
      fullname: fullName(sender),
      email: (sender.id === readerId && sender.email) || '',
    };
  return { id: 0, fullname: visitor?.name ?? 'Desk', email: visitor?.email ?? '' };
};

export interface Shown {
  readonly message: MessageDoc;
  readonly sender: Person | undefined;
  readonly file: { readonly url: string; readonly name: string } | undefined;
  readonly readerId: string;
}

/** In the order of the document. */
const common = ({ message, file }: Shown, sender: unknown) => ({
  type: message.kind,
  sender,
  content: message.text === '' ? null : message.text,
  file: file?.url ?? null,
});

export const presentGroupMessage = (shown: Shown) => {
  const { message } = shown;
  const sender = presentSender(message, shown.sender, shown.readerId);
  const at = timestamp(message.at);
  return {
    id: message.number,
    chatspace: message.conversationId,
    ...common(shown, sender),
    date_created: at,
    sender_name: sender.fullname,
    created: at,
  };
};

export const presentChatMessage = (shown: Shown) => {
  const sender = presentSender(shown.message, shown.sender, shown.readerId);
  return {
    id: shown.message.number,
    ...common(shown, sender.id),
    sender_name: sender.fullname,
    created: timestamp(shown.message.at),
    filename: shown.file?.name ?? null,
  };
};
