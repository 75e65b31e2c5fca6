// Pins a message to its conversation.

import { z } from 'zod';
import { pinMessage as decide } from '../domain/pinning.ts';
import { saidMessages } from '../domain/saidMessage.ts';
import { command } from './command.ts';
import { askedOf, messageFields, saidTarget } from './messageWish.ts';

export const pinMessage = command({
  input: z.strictObject(messageFields),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-a-member', 'read-only', 'message-unknown', 'message-removed'],
  target: saidTarget,
  carryOut: async (core, meta, wish, { id, actor }) => {
    const asked = await askedOf(core, wish, actor);
    return core.ledger.transact(saidMessages, id, meta, (said) => decide(said, ...asked));
  },
});
