// Says something in a conversation.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { files } from '../domain/file.ts';
import { sendMessage as decide, messages } from '../domain/message.ts';
import { Refused } from '../domain/refused.ts';
import { actorOf, type Core, type Done, idFor } from './core.ts';
import { id, MESSAGE_LENGTH, text } from './fields.ts';

export const SendMessage = z.strictObject({
  conversationId: id,
  text: text(MESSAGE_LENGTH).default(''),
  fileId: id.nullable().default(null),
});
export type SendMessage = z.input<typeof SendMessage>;

/** @throws Refused `conversation-unknown`, `not-a-member`, `message-empty`, `file-unknown` */
export const sendMessage = async (
  core: Core,
  meta: Meta,
  input: SendMessage,
): Promise<Done & { messageId: string }> => {
  const { conversationId, text, fileId } = SendMessage.parse(input);
  const [sender, conversation, file, number] = await Promise.all([
    actorOf(core, meta),
    core.ledger.load(conversations, conversationId, core.since),
    fileId === null ? null : core.ledger.load(files, fileId, core.since),
    core.numbers.next('message'),
  ]);
  if (fileId !== null && file === null) throw new Refused('file-unknown', 'fileId');
  const messageId = idFor(core, meta, 'message');
  const { position } = await core.ledger.transact(messages, conversationId, meta, () =>
    decide(conversation, sender, { messageId, number, text, file }),
  );
  return { messageId, position };
};
