import { asksAt, check, may } from './access.ts';
import { readerOf } from './accessFacts.ts';
import { type Attitude, type AttitudeEvent, attitudeEvents } from './attitude.ts';
import type { Conversation } from './conversation.ts';
import type { Events } from './events.ts';
import { accountOf, type User } from './user.ts';

/** The accounts that block the desk. */
export const blockersOf = ({ attitudes }: Conversation): readonly string[] =>
  [...attitudes].flatMap(([userId, attitude]) => (attitude === 'blocked' ? [userId] : []));

/**
 * An account mutes, leaves, blocks or reopens a desk. If the account answers there, it also lifts the blocks of those
 * `blockers` who could not lift them themselves: they were deleted or suspended, or do not see the desk any more.
 */
export const treatDesk = (state: Conversation, user: User, as: Attitude, blockers: readonly User[] = []): Events => {
  const mayTreat = (account: User) => may(readerOf(accountOf(account)), 'treatDesk', state);
  check(readerOf(accountOf(user)), 'treatDesk', state);
  const { conversationId, attitudes } = state;
  const treated = (userId: string) => ({ type: attitudeEvents[as], data: { conversationId, userId } }) as AttitudeEvent;
  const own = (attitudes.get(user.userId) ?? 'open') === as ? [] : [treated(user.userId)];
  if (as !== 'open' || asksAt(accountOf(user), state)) return own;
  const blocking = blockersOf(state);
  const gone = blockers.filter((blocker) => blocking.includes(blocker.userId) && !mayTreat(blocker));
  return [...own, ...gone.map(({ userId }) => treated(userId))];
};
