// An admin takes over a group: it becomes an owner, whoever else owns the group or is in it. The log records it as such.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { takeOver as decide } from '../domain/membership.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';

export const takeOver = command({
  input: z.strictObject({ conversationId: ids.conversation }),
  refuses: ['not-permitted', 'conversation-unknown', 'cannot-add-to-this-kind'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId }, { actor }) => {
    const upTo = await core.messages.count(conversationId);
    return core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, upTo));
  },
});
