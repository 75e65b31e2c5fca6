// Changes the description of a group or a room: name, picture and so on.

import { z } from 'zod';
import { conversations, describeConversation as decide } from '../domain/conversation.ts';
import { LIMITS } from '../domain/limits.ts';
import { command, existing } from './command.ts';
import { description, id, text } from './fields.ts';

export const describeConversation = command({
  input: z.strictObject({
    conversationId: id,
    ...z.object({ ...description, capacity: z.int().nullable(), link: text(LIMITS.link).nullable() }).partial().shape,
  }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-an-owner'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: (core, meta, { conversationId, ...changes }, { actor }) =>
    core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, changes)),
});
