// The shapes of Silicornya: its requests and frames, its accounts and exchanges.

import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { MessageDoc } from '../../projections/messages.ts';
import { char, email, line, password, unlessShown, username } from '../django/fields.ts';
import { parseAsSent, SentNumber, textIn } from '../django/text.ts';
import { timestamp } from '../django/timestamps.ts';
import { usernameOf } from '../shared/names.ts';

/** In the order in which the answer lists their errors. */
export const registration = {
  username: username(),
  email: email({ max: 254 }).optional(),
  password1: password(),
  password2: password(),
};

export const credentials = {
  username: char({ allowBlank: true }).optional(),
  email: email({ allowBlank: true }).optional(),
  password: char(),
};

/** What users may change of their account. `pk` and `email` are ignored. */
export const accountOf = (user: User) => ({
  username: unlessShown(username(), usernameOf(user)),
  first_name: unlessShown(line({ max: 150, allowBlank: true }), user.profile.firstName).optional(),
  last_name: unlessShown(line({ max: 150, allowBlank: true }), user.profile.lastName).optional(),
});

export const presentUser = (user: User) => ({
  pk: user.number,
  username: usernameOf(user),
  email: user.names.email ?? '',
  first_name: user.profile.firstName,
  last_name: user.profile.lastName,
});

/** The answer to every enquiry, to the letter. */
export const automaticAnswer = (name: string, message: string, address: string): string =>
  `${name}, you have sent this message: ${message}. Thanks for contact us. We will message you soon to your email: ${address}`;

type Side = Pick<MessageDoc, 'number' | 'text' | 'at'> & Partial<Pick<MessageDoc, 'visitor'>>;

/** One of the two sides may be missing, since people with accounts write at desks too. */
export const presentExchange = (
  desk: Pick<ConversationDoc, 'room' | 'visitorName' | 'visitorEmail'>,
  enquiry: Side | undefined,
  answer: Side | undefined,
) => {
  const first = (enquiry ?? answer)!;
  return {
    id: first.number,
    name: enquiry?.visitor?.name ?? desk.visitorName ?? '',
    email: enquiry?.visitor?.email ?? desk.visitorEmail ?? '',
    room: desk.room ?? '',
    message: enquiry?.text ?? '',
    serverMessage: answer?.text ?? '',
    created_at: timestamp(first.at),
  };
};

/** A frame is the message itself, or a JSON object that has it as `message`. Undefined: such an object without one. */
export const messageIn = (frame: string): string | undefined => {
  let value: unknown;
  try {
    value = parseAsSent(frame);
  } catch {
    return frame;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return frame;
  return value instanceof SentNumber ? frame : textIn('message' in value ? value.message : undefined);
};

export const problem = (text: string): string => JSON.stringify({ detail: text });
