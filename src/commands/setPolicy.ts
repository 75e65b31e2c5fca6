// Sets what members of a group, or everybody in a room, may do.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { setPolicy as decide } from '../domain/setPolicy.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';
import { policyFields } from './policyFields.ts';

export const setPolicy = command({
  input: z.strictObject({ conversationId: ids.conversation, ...z.object(policyFields).partial().shape }),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-an-owner', 'cannot-set-for-this-kind'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: (core, meta, { conversationId, ...changes }, { actor }) =>
    core.ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, changes)),
});
