// What the commands that change a message have in common.

import type { z } from 'zod';
import type { Wanted } from '../domain/changedMessage.ts';
import { conversations } from '../domain/conversation.ts';
import type { Events, Meta } from '../domain/events.ts';
import { type SaidMessage, saidMessages } from '../domain/saidMessage.ts';
import type { User } from '../domain/user.ts';
import { existing, type Target } from './command.ts';
import { asOf, type Core, type Done } from './core.ts';
import { ids } from './fields.ts';

export const ofMessage = { conversationId: ids.conversation, messageId: ids.message };

type Message = { readonly [Field in keyof typeof ofMessage]: z.output<(typeof ofMessage)[Field]> };

export const targetOf = ({ conversationId, messageId }: Message): Target =>
  existing(saidMessages, `${conversationId}-${messageId}`);

/** Decides in the message's own stream, so that of two changes at once one knows the other. */
export const changeMessage = async (
  core: Core,
  meta: Meta,
  { conversationId, messageId }: Message,
  { id, actor: by }: { readonly id: string; readonly actor: User },
  decide: (said: SaidMessage, wanted: Wanted) => Events,
): Promise<Done> => {
  const conversation = await core.ledger.load(conversations, conversationId, asOf(core));
  const sent = conversation.exists ? await core.sentMessage(conversationId, messageId) : undefined;
  return core.ledger.transact(saidMessages, id, meta, (said) =>
    decide(said, { conversation, by, sent, now: core.now() }),
  );
};
