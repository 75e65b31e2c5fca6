// What the commands of threads share: they find the thread, and write the stream of how the account treats it.

import type { z } from 'zod';
import { conversations } from '../domain/conversation.ts';
import { permitted } from '../domain/conversationAccess.ts';
import type { DataOf, Events } from '../domain/events.ts';
import { type Following, followings } from '../domain/following.ts';
import { threadOf } from '../domain/references.ts';
import { command, existing } from './command.ts';
import { asOf, type Core } from './core.ts';
import { earlier } from './referencesOf.ts';

interface Wish {
  readonly conversationId: string;
  /** Of the message that began the thread. */
  readonly messageId: string;
}

/** `decisionFor`: called once the account may read the thread. */
export const threadCommand = <Input extends z.ZodType<Wish>>(
  input: Input,
  decisionFor: (
    core: Core,
    wish: z.output<Input>,
    of: DataOf<'ThreadFollowed'>,
  ) => Promise<(following: Following) => Events>,
) =>
  command({
    input,
    scope: 'write',
    refuses: ['conversation-unknown', 'thread-unknown'],
    target: ({ conversationId, messageId }, { actorId }) =>
      existing(followings, `${conversationId}-${messageId}-${actorId}`),
    carryOut: async (core, meta, wish, { id, actor }) => {
      const { conversationId, messageId } = wish;
      const { userId } = actor;
      const conversation = await core.ledger.load(conversations, conversationId, asOf(core));
      permitted(conversation, actor, 'markRead');
      const threadId = threadOf(conversation, actor, await earlier(core, conversation, messageId));
      return core.ledger.transact(
        followings,
        id,
        meta,
        await decisionFor(core, wish, { conversationId, threadId, userId }),
      );
    },
  });
