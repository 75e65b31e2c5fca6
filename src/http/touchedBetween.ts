// Which conversations and accounts the log changed between two positions.

import { decode } from '../domain/codec.ts';
import { conversationIdIn, userIdOf } from '../domain/streams.ts';
import type { Services } from '../services.ts';
import { isLastPage } from '../store/ports.ts';
import type { Reading } from './reading.ts';

const PAGE = 1000;

export interface Touched {
  readonly conversations: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
}

export const touchedBetween = async (
  events: Services['events'],
  reading: Reading,
  from: number,
  to: number,
): Promise<Touched> => {
  const conversations = new Set<string>();
  const users = new Set<string>();
  for (let position = from; position < to; ) {
    const recorded = await reading.page(() => events.readLog(position, PAGE));
    for (const one of recorded) {
      const conversationId = conversationIdIn(one.stream);
      if (conversationId !== undefined) conversations.add(conversationId);
      const userId = one.type === 'SessionOpened' ? userOfSession(one) : userIdOf(one.stream);
      if (userId !== undefined) users.add(userId);
      position = one.position;
    }
    if (isLastPage(recorded, PAGE)) break;
  }
  return { conversations, users };
};

/** Signing in changes an account. */
const userOfSession = (recorded: Parameters<typeof decode>[0]): string | undefined => {
  const event = decode(recorded);
  return event.type === 'SessionOpened' ? event.data.userId : undefined;
};
