// Remembers how far somebody has read a conversation.

import { z } from 'zod';
import { conversations, permitted } from '../domain/conversation.ts';
import { markRead as decide, readings } from '../domain/reading.ts';
import { command, existing } from './command.ts';
import { actorOf, signedIn } from './core.ts';
import { id } from './fields.ts';

/** `upTo`: the `seq` of the last message read. */
export const MarkRead = z.strictObject({ conversationId: id, upTo: z.int().nonnegative() });
export type MarkRead = z.input<typeof MarkRead>;

/** @throws Refused `conversation-unknown` */
export const markRead = command({
  input: MarkRead,
  target: ({ conversationId }, { actorId }) => existing(readings, `${conversationId}-${signedIn(actorId)}`),
  carryOut: async (core, meta, { conversationId, upTo }, { id }) => {
    const actor = await actorOf(core, meta);
    permitted(await core.ledger.load(conversations, conversationId, core.since), actor, 'markRead');
    return core.ledger.transact(readings, id, meta, (reading) => decide(reading, conversationId, actor.userId, upTo));
  },
});
