// Who somebody is in a conversation, and what that lets them do. The rules are those of `access.ts`.

import { type Action, check } from './access.ts';
import { type Account, type Reader, readerOf } from './accessFacts.ts';
import { isAway } from './attitude.ts';
import type { Conversation } from './conversation.ts';
import { accountOf, type User } from './user.ts';

export const readerIn = ({ members, attitudes }: Conversation, user: User): Reader => {
  const isGone = isAway(attitudes.get(user.userId));
  return readerOf(accountOf(user), members.get(user.userId) ?? (isGone ? 'away' : 'none'));
};

/** Whoever asks at a desk: also an account that has left it. Of an erased visitor nobody could read what it says. */
export const enquirerAt = ({ attitudes, visitorErased }: Conversation, account: Account): Reader => {
  const isBlocked = visitorErased || [...attitudes.values()].includes('blocked');
  return readerOf(account, isBlocked ? 'blocked' : 'none');
};

/** The conversation, if `user` may do `action` in it. @throws Refused */
export const permitted = (state: Conversation, user: User, action: Action): Conversation => {
  check(readerIn(state, user), action, state);
  return state;
};
