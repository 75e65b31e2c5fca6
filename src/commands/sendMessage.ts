// Sends a message to a conversation.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { files } from '../domain/file.ts';
import { LIMITS } from '../domain/limits.ts';
import { sendMessage as decide, messages } from '../domain/message.ts';
import { Refused } from '../domain/refused.ts';
import { callableIn } from './callable.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids, text } from './fields.ts';
import { useFile } from './useFile.ts';

export const sendMessage = command({
  input: z.strictObject({
    conversationId: ids.conversation,
    text: text(LIMITS.text).default('').describe('What you say. Empty: the file says it.'),
    fileId: ids.file.nullable().default(null).describe('Id of a file that you stored.'),
  }),
  scope: 'write',
  refuses: [
    'conversation-unknown',
    'not-a-member',
    'read-only',
    'slow-mode',
    'message-empty',
    'file-unknown',
    'user-unknown',
  ],
  costs: { sends: 1 },
  target: ({ conversationId }) => existing(messages, conversationId),
  makes: (_, idOf) => ({ messageId: idOf('message') }),
  carryOut: async (core, meta, { conversationId, fileId, ...said }, { messageId, actor }) => {
    const [conversation, file, number, callable] = await Promise.all([
      core.ledger.load(conversations, conversationId, asOf(core)),
      fileId === null ? null : core.ledger.load(files, fileId, asOf(core)),
      core.numbers.next('message'),
      said.text.includes('@') ? callableIn(core, conversationId, said.text) : undefined,
    ]);
    if (fileId !== null && file === null) throw new Refused('file-unknown', 'fileId');
    const say = () => decide(conversation, actor, { ...said, messageId, number, file }, callable);
    return core.slowMode(conversation, actor, messageId, say, async (paced) => {
      if (file !== null) {
        paced(core.now().toISOString()); // a message that is refused uses no file
        await useFile(core, meta, file);
      }
      return core.messages.append(messages, conversationId, meta, (_, at) => paced(at));
    });
  },
});
