// Opens a room. Every user may read and write in it without joining.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { openRoom as decide } from '../domain/createConversation.ts';
import { command, wanted } from './command.ts';
import { anyPassword, description, roomDescription } from './fields.ts';
import { useFilesAt, usePicture } from './useFile.ts';

export const openRoom = command({
  input: z.strictObject({
    name: description.name,
    description: description.description.default(''),
    picture: description.picture.default(null),
    capacity: roomDescription.capacity.default(null),
    link: roomDescription.link.default(null),
    password: anyPassword
      .nullable()
      .default(null)
      .describe('Nobody needs it, since rooms are open to every user: it may be any text. Kept only as a salted hash.'),
  }),
  scope: 'manage',
  refuses: ['file-unknown'],
  target: ({ name }) => wanted(conversations, 'room', name),
  makes: (conversationId) => ({ conversationId }),
  carryOut: async (core, meta, { password, ...wish }, { conversationId, actor, origin }) => {
    await usePicture(core, meta, actor, { field: 'picture', address: wish.picture });
    const passwordHash = password === null ? null : await core.passwords.hash(password, origin.address);
    const number = await core.numbers.next('conversation');
    await useFilesAt(core, meta, [wish.link]);
    return core.ledger.transact(conversations, conversationId, meta, (state) =>
      decide(state, { ...wish, passwordHash, conversationId, number, openedBy: actor.userId }),
    );
  },
});
