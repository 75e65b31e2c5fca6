// The shapes of ThanChat: what its requests hold, and how accounts, rooms and messages look on its wire.

import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import { char, email, integer, primaryKey } from '../django/fields.ts';
import { usernameRule } from '../django/passwordRules.ts';
import { serializer } from '../django/serializer.ts';
import { timestamp } from '../django/timestamps.ts';

// ------------------------------------------------------------------------------------------------------- accounts

const address = email({ max: 255 });
const username = char({ max: 150, rules: [usernameRule] });
const name = { max: 150, allowBlank: true } as const;

/** In the order in which errors are told. */
const newAccountFields = {
  email: address,
  username,
  password: char(),
  first_name: char({ ...name, default: '' }),
  last_name: char({ ...name, default: '' }),
  phone: char({ max: 255, allowNull: true, default: null }),
  address: char({ max: 500, allowNull: true, default: null }),
};
export const newAccount = serializer(newAccountFields);
export type NewAccountFields = typeof newAccountFields;

const profileFields = {
  email: address,
  first_name: char({ ...name, required: false }),
  last_name: char({ ...name, required: false }),
  phone: char({ max: 255, allowNull: true, required: false }),
};
/** What one may change at `users/me/`. */
export const profile = serializer(profileFields);

const ownAccountFields = {
  ...profileFields,
  username,
  address: char({ max: 500, allowNull: true, required: false }),
};
/** What one may change at `users/<own id>/`. */
export const ownAccount = serializer(ownAccountFields);
export type OwnAccountFields = typeof ownAccountFields;

export const credentials = serializer({
  password: char({ required: false }),
  username: char({ required: false }),
});

export const newPassword = serializer({ new_password: char(), current_password: char() });

/** As the original's user manager: the part behind the `@` in lower case. */
export const withLowerDomain = (given: string): string => {
  const at = given.lastIndexOf('@');
  return given.slice(0, at) + given.slice(at).toLowerCase();
};

/** An account made elsewhere may go by its e-mail address alone: that is the name it signs in with here. */
const usernameOf = ({ names }: User): string => names.username ?? names.email ?? '';

export const presentAccount = (user: User) => ({
  id: user.number,
  email: user.names.email ?? '',
  username: usernameOf(user),
  first_name: user.profile.firstName,
  last_name: user.profile.lastName,
  phone: user.names.phone,
  address: user.profile.address,
});

/** The six keys of `users/me/`. */
export const presentMe = (user: User) => ({
  phone: user.names.phone,
  first_name: user.profile.firstName,
  last_name: user.profile.lastName,
  email: user.names.email ?? '',
  id: user.number,
  username: usernameOf(user),
});

// ---------------------------------------------------------------------------------------------------------- rooms

export const newRoom = serializer({
  name: char({ max: 20 }),
  capacity: integer(),
  link: char({ max: 50 }),
  password: char({ max: 20, allowBlank: true, allowNull: true, default: null }),
});

/**
 * `password`: only in the answer to who opened the room. A room opened elsewhere may have neither capacity nor link,
 * which clients expect to be a number and a text.
 */
export const presentRoom = (room: ConversationDoc, password: string | null = null) => ({
  id: room.number,
  // A desk has no name of its own.
  name: room.room === null ? room.name : `Desk ${room.room}`,
  capacity: room.capacity ?? 0,
  link: room.link ?? '',
  password,
  creation_date: timestamp(room.createdAt),
});

// ------------------------------------------------------------------------------------------------------- messages

const newMessageFields = {
  message_text: char({ max: 500, allowBlank: true }),
  user_receiver: primaryKey({ allowNull: true, default: null }),
  chat_room_receiver: primaryKey({ allowNull: true, default: null }),
};
export const newMessage = serializer(newMessageFields);
export type NewMessageFields = typeof newMessageFields;

export interface Shown {
  readonly message: Pick<MessageDoc, 'number' | 'text' | 'at'>;
  /** Name of the file in the message, where it has one. */
  readonly fileName: string | undefined;
  /** Numbers. */
  readonly sender: number | null;
  readonly userReceiver: number | null;
  readonly roomReceiver: number | null;
}

/** There are no files here: a message that is a file alone shows its name. */
export const presentMessage = ({ message, fileName, sender, userReceiver, roomReceiver }: Shown) => ({
  id: message.number,
  message_text: message.text || (fileName ?? ''),
  creation_date: timestamp(message.at),
  sender,
  user_receiver: userReceiver,
  chat_room_receiver: roomReceiver,
});
