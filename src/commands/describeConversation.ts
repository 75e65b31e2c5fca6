// Changes the description of a group or a room: name, picture and so on.

import { z } from 'zod';
import { conversations, describeConversation as decide } from '../domain/conversation.ts';
import { LIMITS } from '../domain/limits.ts';
import { command, existing } from './command.ts';
import { description, id, webAddress } from './fields.ts';
import { useFilesAt } from './useFile.ts';

export const describeConversation = command({
  input: z.strictObject({
    conversationId: id,
    ...z.object({ ...description, capacity: z.int().nullable(), link: webAddress(LIMITS.link).nullable() }).partial()
      .shape,
  }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-an-owner'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, ...changes }, { actor }) => {
    const { picture, link } = changes;
    await useFilesAt(core, meta, [picture, link]);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, changes));
  },
});
