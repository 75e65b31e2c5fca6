// Changes what is said of a group or a room: name, description, picture.

import { z } from 'zod';
import { conversations, describeConversation as decide } from '../domain/conversation.ts';
import { command, existing } from './command.ts';
import { actorOf } from './core.ts';
import { description, id, text } from './fields.ts';

export const DescribeConversation = z.strictObject({
  conversationId: id,
  name: description.name.optional(),
  description: description.description.optional(),
  picture: description.picture.optional(),
  capacity: z.int().nullable().optional(),
  link: text(500).nullable().optional(),
});
export type DescribeConversation = z.input<typeof DescribeConversation>;

/** @throws Refused `conversation-unknown`, `not-an-owner` */
export const describeConversation = command({
  input: DescribeConversation,
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, ...wish }) => {
    const given = Object.entries(wish).filter(([, value]) => value !== undefined);
    const actor = await actorOf(core, meta);
    return core.ledger.transact(conversations, conversationId, meta, (state) =>
      decide(state, actor, Object.fromEntries(given)),
    );
  },
});
