// Ends the pin of a message, whoever pinned it.

import { z } from 'zod';
import { unpinMessage as decide } from '../domain/pinning.ts';
import { saidMessages } from '../domain/saidMessage.ts';
import { command } from './command.ts';
import { askedOf, messageFields, saidTarget } from './messageWish.ts';

export const unpinMessage = command({
  input: z.strictObject(messageFields),
  scope: 'manage',
  refuses: ['conversation-unknown', 'not-a-member', 'read-only', 'message-unknown'],
  target: saidTarget,
  carryOut: async (core, meta, wish, { id, actor }) => {
    const asked = await askedOf(core, wish, actor);
    return core.ledger.transact(saidMessages, id, meta, (said) => decide(said, ...asked));
  },
});
