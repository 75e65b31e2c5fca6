// Sends a message to a conversation.

import { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { files } from '../domain/file.ts';
import { LIMITS } from '../domain/limits.ts';
import { sendMessage as decide, messages, mustSay } from '../domain/message.ts';
import { callableIn } from './callable.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { ids, text } from './fields.ts';
import { followByWriting } from './followByWriting.ts';
import { referencesOf } from './referencesOf.ts';
import { useFile } from './useFile.ts';

export const sendMessage = command({
  input: z.strictObject({
    conversationId: ids.conversation,
    text: text(LIMITS.text).default('').describe('What you say. Empty: the file says it.'),
    fileId: ids.file.nullable().default(null).describe('Id of a file that you stored.'),
    replyTo: ids.message
      .nullable()
      .default(null)
      .describe('Id of a message of the same conversation, which this one quotes.'),
    threadId: ids.message
      .nullable()
      .default(null)
      .describe('Id of a message of the same conversation: this one belongs to the thread that it begins.'),
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
    'message-unknown',
    'message-removed',
    'thread-unknown',
  ],
  costs: { sends: 1 },
  target: ({ conversationId }) => existing(messages, conversationId),
  makes: (_, idOf) => ({ messageId: idOf('message') }),
  carryOut: async (core, meta, { conversationId, fileId, replyTo, threadId, text }, { messageId, actor }) => {
    const [conversation, file, number] = await Promise.all([
      core.ledger.load(conversations, conversationId, asOf(core)),
      fileId === null ? null : core.ledger.load(files, fileId, asOf(core)),
      core.numbers.next('message'),
    ]);
    const refersTo = replyTo !== null || threadId !== null;
    const references = refersTo ? await referencesOf(core, conversation, actor, replyTo, threadId) : undefined;
    const callable = text.includes('@') ? await callableIn(core, conversation, actor, text) : undefined;
    const message = { text, messageId, number, file: fileId === null ? null : (file ?? 'unknown') } as const;
    const say = () => decide(conversation, actor, message, { references, callable });
    return core.slowMode(conversation, actor, messageId, say, async (paced) => {
      // A message that is refused uses no file and follows no thread.
      if (fileId !== null || threadId !== null) paced(core.now().toISOString());
      if (file !== null) await useFile(core, meta, file);
      if (references?.root) await followByWriting(core, meta, conversation, actor.userId, references.root.sent);
      return core.messages.append(messages, conversationId, meta, (_, at) => paced(at));
    });
  },
});

const Said = sendMessage.input.pick({ text: true });

/** Refuses what no conversation takes, before a chat is begun for it. @throws ZodError; Refused `message-empty` */
export const checkSaid = (text: string, hasFile: boolean): void => mustSay(Said.parse({ text }).text, hasFile);
