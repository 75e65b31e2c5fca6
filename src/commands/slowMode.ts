// Slow mode of conversations: finds the last message of a sender, and remembers what was sent through this process a moment ago.
// Zero cost elsewhere: a conversation without slow mode asks nothing and remembers nothing.

import { LRUCache } from 'lru-cache';
import type { Conversation } from '../domain/conversation.ts';
import type { Events } from '../domain/events.ts';
import { checkPace, isSlowed } from '../domain/slowMode.ts';
import type { User } from '../domain/user.ts';
import type { Queries } from '../projections/queries.ts';
import { Unavailable } from '../store/ports.ts';

/** Senders of whom the last message is remembered. The views have it when it is forgotten. */
const REMEMBERED = 100_000;

interface Said {
  readonly messageId: string;
  /** ISO time of recording. */
  readonly at: string;
}

/** Decides on a message to be recorded at `at`. */
type Say = (at: string) => Events;

export type SlowMode = ReturnType<typeof createSlowMode>;

export const createSlowMode = ({ lastSaidBy }: Pick<Queries, 'lastSaidBy'>) => {
  const latest = new LRUCache<string, Said>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  /** While the views are away, people go on talking: then only what this process remembers counts. */
  const inViews = (conversationId: string, userId: string): Promise<string | undefined> =>
    lastSaidBy(conversationId, userId).catch((error: unknown) => {
      if (error instanceof Unavailable) return undefined;
      throw error;
    });

  /**
   * Carries out `send` with `say`, or with a decision that also refuses whoever must wait. Two sends at once are decided one
   * after the other, so one of them is refused. @throws Refused `slow-mode`; what `send` throws
   */
  return async <T>(
    conversation: Conversation,
    sender: User,
    messageId: string,
    say: () => Events,
    send: (say: Say) => Promise<T>,
  ): Promise<T> => {
    if (!isSlowed(conversation, sender)) return send(say);
    const { conversationId } = conversation;
    const key = `${conversationId} ${sender.userId}`;
    const earlier = await inViews(conversationId, sender.userId);
    const paced: Say = (at) => {
      const events = say();
      const last = latest.get(key);
      if (earlier !== undefined) checkPace(conversation, earlier, at);
      // It may decide more than once on one message.
      if (last !== undefined && last.messageId !== messageId) checkPace(conversation, last.at, at);
      latest.set(key, { messageId, at });
      return events;
    };
    try {
      return await send(paced);
    } catch (error) {
      // Nobody waits for a message that was not recorded.
      if (latest.peek(key)?.messageId === messageId) latest.delete(key);
      throw error;
    }
  };
};
