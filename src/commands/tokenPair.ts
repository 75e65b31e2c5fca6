// The tokens of a session are a function of its history: no token is stored, and a retry gets the same ones.

import { Refused } from '../domain/refused.ts';
import type { Session } from '../domain/session.ts';
import type { Core } from './core.ts';

/** The tokens of one generation. `at`: ISO time at which they were first given. */
export const pairOf = async (
  { tokens }: Core,
  { sessionId, userId }: Pick<Session, 'sessionId' | 'userId'>,
  generation: number,
  at: string,
) => ({
  userId,
  accessToken: await tokens.access({ userId, sessionId, generation }, new Date(at)),
  refreshToken: tokens.refresh(sessionId, generation),
});

/** @throws Refused `refresh-token-invalid` if this server did not make the token */
export const readRefreshToken = ({ tokens }: Core, token: string) => {
  const read = tokens.readRefresh(token);
  if (!read) throw new Refused('refresh-token-invalid');
  return read;
};
