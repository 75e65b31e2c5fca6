// Mutes, leaves, blocks or reopens a desk, for the account that sees it.

import { z } from 'zod';
import { attitudes } from '../domain/attitude.ts';
import { conversations } from '../domain/conversation.ts';
import { blockersOf, treatDesk as decide } from '../domain/treatDesk.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';

export const treatDesk = command({
  scope: 'manage',
  input: z.strictObject({
    conversationId: ids.conversation,
    as: z.enum(attitudes).describe('How you treat it from now on.'),
  }),
  refuses: ['conversation-unknown'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async ({ ledger }, meta, { conversationId, as }, { actor }) => {
    const blocking = as === 'open' ? blockersOf(await ledger.load(conversations, conversationId)) : [];
    const blockers = await Promise.all(blocking.map((userId) => ledger.load(users, userId)));
    return ledger.transact(conversations, conversationId, meta, (state) => decide(state, actor, as, blockers));
  },
});
