// The shapes of ThanChat: what its requests hold, and how accounts, rooms and messages look on its wire.

import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import { char, email, integer, line, password, primaryKeyOrNull, unlessShown, username } from '../django/fields.ts';
import { timestamp } from '../django/timestamps.ts';
import type { Detailed } from '../shared/find.ts';
import { conversationName, usernameOf } from '../shared/names.ts';

const EMAIL = { max: 255 };
const name = line({ max: 150, allowBlank: true });
const phone = char({ max: 255 }).nullable();
const postalAddress = char({ max: 500 }).nullable();

/** In the order of their errors. */
export const newAccount = {
  email: email(EMAIL),
  username: username(),
  password: password(),
  first_name: name.default(''),
  last_name: name.default(''),
  phone: phone.default(null),
  address: postalAddress.default(null),
};

/** What a user may change at `users/me/`. The present password goes with a new address or phone number. */
export const profileOf = ({ names, profile }: User) => ({
  email: unlessShown(email(EMAIL), names.email ?? ''),
  first_name: unlessShown(name, profile.firstName).optional(),
  last_name: unlessShown(name, profile.lastName).optional(),
  phone: unlessShown(phone, names.phone).optional(),
  current_password: char().optional(),
});

/** What a user may change at `users/<own id>/`. */
export const ownAccountOf = (user: User) => ({
  ...profileOf(user),
  username: unlessShown(username(), usernameOf(user)),
  address: unlessShown(postalAddress, user.profile.address).optional(),
});

export const credentials = { password: char().optional(), username: char().optional() };

export const newPassword = { new_password: password(), current_password: char() };

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

export const newRoom = {
  name: line({ max: 20 }),
  capacity: integer(),
  link: char({ max: 50 }),
  password: char({ max: 20, allowBlank: true }).nullable().default(null),
};

/**
 * `password`: only in the answer that opens the room. A room of another API may have neither capacity nor link,
 * which clients expect to be a number and a text.
 */
export const presentRoom = (room: ConversationDoc, password: string | null = null) => ({
  id: room.number,
  name: conversationName(room),
  capacity: room.capacity ?? 0,
  link: room.link ?? '',
  password,
  creation_date: timestamp(room.createdAt),
});

export const newMessage = {
  message_text: char({ max: 500, allowBlank: true }),
  user_receiver: primaryKeyOrNull(),
  chat_room_receiver: primaryKeyOrNull(),
};

/**
 * `room`: where the message was sent; null: to a person. There are no files here: a message without text shows the name
 * of its file.
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
