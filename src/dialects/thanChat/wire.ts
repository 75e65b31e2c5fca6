// The shapes of ThanChat: what its requests hold, and how accounts, rooms and messages look on its wire.

import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import { char, email, integer, primaryKey } from '../django/fields.ts';
import { usernameRule } from '../django/passwordRules.ts';
import { serializer } from '../django/serializer.ts';
import { timestamp } from '../django/timestamps.ts';
import type { Detailed } from '../shared/messages.ts';
import { usernameOf } from '../shared/names.ts';

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

export const presentAccount = (user: User) => ({
  id: user.number,
  email: user.names.email ?? '',
  username: usernameOf(user),
  first_name: user.profile.firstName,
  last_name: user.profile.lastName,
  phone: user.names.phone,
  address: user.profile.address,
});

/** `users/me/` shows all but the address. */
export const presentMe = (user: User) => {
  const { address: _, ...shown } = presentAccount(user);
  return shown;
};

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

const newMessageFields = {
  message_text: char({ max: 500, allowBlank: true }),
  user_receiver: primaryKey({ allowNull: true, default: null }),
  chat_room_receiver: primaryKey({ allowNull: true, default: null }),
};
export const newMessage = serializer(newMessageFields);
export type NewMessageFields = typeof newMessageFields;

/**
 * `room`: where it was said; null: to a person. There are no files here: a message that is a file alone shows the name
 * of the file.
 */
export const presentMessage = (
  { message, sender, receiver, file }: Detailed,
  room: Pick<ConversationDoc, 'number'> | null,
) => ({
  id: message.number,
  message_text: message.text || (file?.name ?? ''),
  creation_date: timestamp(message.at),
  sender: sender?.number ?? null,
  user_receiver: receiver?.number ?? null,
  chat_room_receiver: room?.number ?? null,
});
