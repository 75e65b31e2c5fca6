// The tokens of a session are a function of its history: no token is stored, and a retry gets the same ones.

import { Refused } from '../domain/refused.ts';
import type { Session } from '../domain/session.ts';
import { users } from '../domain/user.ts';
import { asOf, type Core } from './core.ts';

/** The tokens of one generation. `at`: ISO time at which they were first given. */
export const pairOf = async (
  core: Core,
  { sessionId, userId }: Pick<Session, 'sessionId' | 'userId'>,
  generation: number,
  at: string,
) => {
  const { number } = await core.ledger.load(users, userId, asOf(core));
  return {
    userId,
    accessToken: await core.tokens.access({ userId, number, sessionId, generation }, new Date(at)),
    refreshToken: core.tokens.refresh(sessionId, generation),
  };
};

/** @throws Refused `refresh-token-invalid` if this server did not make the token */
export const readRefreshToken = ({ tokens }: Core, token: string) => {
  const read = tokens.readRefresh(token);
  if (!read) throw new Refused('refresh-token-invalid');
  return read;
};
