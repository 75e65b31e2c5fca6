// Records how far a user has read a thread, forwards or back.

import { z } from 'zod';
import { markThreadRead as decide } from '../domain/following.ts';
import { ids } from './fields.ts';
import { threadCommand } from './threadCommand.ts';

export const markThreadRead = threadCommand(
  z.strictObject({
    conversationId: ids.conversation,
    messageId: ids.message,
    upTo: z
      .int()
      .nonnegative()
      .describe(
        'The `seq` up to which the messages of the thread count as read. It may lie before what you have read: what follows ' +
          'it is unread again. Beyond the last message means up to the last message.',
      ),
  }),
  async (core, { upTo }, of) => {
    const last = await core.messages.count(of.conversationId);
    return (following) => decide(following, { ...of, upTo: Math.min(upTo, last) });
  },
);
