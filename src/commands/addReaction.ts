// Reacts to a message with an emoji.

import { z } from 'zod';
import { addReaction as decide } from '../domain/reacting.ts';
import { saidMessages } from '../domain/saidMessage.ts';
import { command } from './command.ts';
import { emoji } from './fields.ts';
import { askedOf, messageFields, saidTarget } from './messageWish.ts';

export const addReaction = command({
  input: z.strictObject({ ...messageFields, emoji }),
  scope: 'write',
  refuses: [
    'conversation-unknown',
    'not-a-member',
    'read-only',
    'message-unknown',
    'message-removed',
    'emoji-unknown',
    'too-many-reactions',
  ],
  target: saidTarget,
  carryOut: async (core, meta, wish, { id, actor }) => {
    const asked = await askedOf(core, wish, actor);
    return core.ledger.transact(saidMessages, id, meta, (said) => decide(said, wish.emoji, ...asked));
  },
});
