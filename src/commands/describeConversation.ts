// Changes what is said of a group or a room: name, description, picture.

import { z } from 'zod';
import { conversations, describeConversation as decide } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { actorOf, type Core, type Done } from './core.ts';
import { description, text } from './fields.ts';

export const DescribeConversation = z.strictObject({
  name: description.name.optional(),
  description: description.description.optional(),
  picture: description.picture.optional(),
  capacity: z.int().nullable().optional(),
  link: text(500).nullable().optional(),
});
export type DescribeConversation = z.input<typeof DescribeConversation>;

/** @throws Refused `conversation-unknown`, `not-an-owner` */
export const describeConversation = async (
  core: Core,
  meta: Meta,
  conversationId: string,
  input: DescribeConversation,
): Promise<Done> => {
  const given = Object.entries(DescribeConversation.parse(input)).filter(([, value]) => value !== undefined);
  const actor = await actorOf(core, meta);
  return core.ledger.transact(conversations, conversationId, meta, (state) =>
    decide(state, actor, Object.fromEntries(given)),
  );
};
