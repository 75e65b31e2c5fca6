// Opens a room: every user may read and write in it, without joining.

import { z } from 'zod';
import { conversations, openRoom as decide } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { actorOf, type Core, type Done, idFor } from './core.ts';
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

export const openRoom = async (core: Core, meta: Meta, input: OpenRoom): Promise<Done & { conversationId: string }> => {
  const { password, ...wish } = OpenRoom.parse(input);
  const { userId } = await actorOf(core, meta);
  const conversationId = idFor(core, meta, 'conversation');
  const passwordHash = password === null ? null : await core.passwords.hash(password);
  const number = await core.numbers.next('conversation');
  const { position } = await core.ledger.transact(conversations, conversationId, meta, (state) =>
    decide(state, { ...wish, passwordHash, conversationId, number, openedBy: userId }),
  );
  return { conversationId, position };
};
