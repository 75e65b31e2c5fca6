// Says something in a conversation.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { files } from '../domain/file.ts';
import { sendMessage as decide, messages } from '../domain/message.ts';
import { Refused } from '../domain/refused.ts';
import { command, existing } from './command.ts';
import { actorOf } from './core.ts';
import { id, MESSAGE_LENGTH, text } from './fields.ts';

export const SendMessage = z.strictObject({
  conversationId: id,
  text: text(MESSAGE_LENGTH).default(''),
  fileId: id.nullable().default(null),
});
export type SendMessage = z.input<typeof SendMessage>;

/** @throws Refused `conversation-unknown`, `not-a-member`, `message-empty`, `file-unknown` */
export const sendMessage = command({
  input: SendMessage,
  target: ({ conversationId }) => existing(messages, conversationId),
  makes: (_, idOf) => ({ messageId: idOf('message') }),
  carryOut: async (core, meta, { conversationId, text, fileId }, { messageId }) => {
    const [sender, conversation, file, number] = await Promise.all([
      actorOf(core, meta),
      core.ledger.load(conversations, conversationId, core.since),
      fileId === null ? null : core.ledger.load(files, fileId, core.since),
      core.numbers.next('message'),
    ]);
    if (fileId !== null && file === null) throw new Refused('file-unknown', 'fileId');
    return core.messages.append(conversationId, meta, () =>
      decide(conversation, sender, { messageId, number, text, file }),
    );
  },
});
