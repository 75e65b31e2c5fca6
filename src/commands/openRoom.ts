// Opens a room: every user may read and write in it, without joining.

import { z } from 'zod';
import { conversations, openRoom as decide } from '../domain/conversation.ts';
import { command, wanted } from './command.ts';
import { actorOf } from './core.ts';
import { description, password, text } from './fields.ts';

export const OpenRoom = z.strictObject({
  name: description.name,
  description: description.description.default(''),
  picture: description.picture.default(null),
  /** Said of the room, not enforced. */
  capacity: z.int().nullable().default(null),
  link: text(500).nullable().default(null),
  /** Said of the room, not asked for: it is open to every user. Kept only as a salted hash. */
  password: password.nullable().default(null),
});
export type OpenRoom = z.input<typeof OpenRoom>;

export const openRoom = command({
  input: OpenRoom,
  target: ({ name }) => wanted(conversations, 'room', name),
  makes: (conversationId) => ({ conversationId }),
  carryOut: async (core, meta, { password, ...wish }, { conversationId }) => {
    const { userId } = await actorOf(core, meta);
    const passwordHash = password === null ? null : await core.passwords.hash(password);
    const number = await core.numbers.next('conversation');
    return core.ledger.transact(conversations, conversationId, meta, (state) =>
      decide(state, { ...wish, passwordHash, conversationId, number, openedBy: userId }),
    );
  },
});
