// What commands about one message have in common: how they name it, and what their decisions ask of it.

import { conversations } from '../domain/conversation.ts';
import { type Asked, mayLookIn } from '../domain/messageAccess.ts';
import { saidId, saidMessages } from '../domain/saidMessage.ts';
import type { User } from '../domain/user.ts';
import { existing } from './command.ts';
import { asOf, type Core } from './core.ts';
import type { Target } from './declaration.ts';
import { ids } from './fields.ts';

export const messageFields = { conversationId: ids.conversation, messageId: ids.message };

export interface Named {
  readonly conversationId: string;
  readonly messageId: string;
}

/** For commands that write what happens to the message. */
export const saidTarget = (wish: Named): Target => existing(saidMessages, saidId(wish));

export const askedOf = async (core: Core, { conversationId, messageId }: Named, by: User): Promise<Asked> => {
  const conversation = await core.ledger.load(conversations, conversationId, asOf(core));
  const sent = mayLookIn(conversation, by) ? await core.sentMessage(conversationId, messageId) : undefined;
  return [conversation, by, sent];
};
