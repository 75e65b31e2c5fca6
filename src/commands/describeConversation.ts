// Changes the description of a group or a room: name, picture and so on.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { describeConversation as decide } from '../domain/describeConversation.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { description, ids, roomDescription } from './fields.ts';
import { useFilesAt, usePicture } from './useFile.ts';

export const describeConversation = command({
  input: z.strictObject({
    conversationId: ids.conversation,
    ...z.object({ ...description, ...roomDescription }).partial().shape,
  }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-an-owner', 'cannot-set-for-this-kind', 'file-unknown'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, ...changes }, { actor }) => {
    const { picture, link } = changes;
    const present = await core.ledger.load(conversations, conversationId, asOf(core));
    // Whoever may not describe it uses no file.
    decide(present, actor, changes);
    await usePicture(core, meta, actor, { field: 'picture', address: picture }, present.described.picture);
    await useFilesAt(core, meta, [link]);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, changes));
  },
});
