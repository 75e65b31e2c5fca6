// The tokens of a session are a function of its history: nothing of them is stored, and a repeated command gives the same.

import { Refused } from '../domain/refused.ts';
import type { Core } from './core.ts';

export interface TokenPair {
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The pair of one generation, given at `givenAt` (ISO time). */
export const pairOf = async (
  core: Core,
  session: { readonly sessionId: string; readonly userId: string },
  generation: number,
  givenAt: string,
): Promise<TokenPair> => {
  const { sessionId, userId } = session;
  return {
    userId,
    accessToken: await core.tokens.access({ userId, sessionId, generation }, new Date(givenAt)),
    refreshToken: core.tokens.refresh(sessionId, generation),
  };
};

/** @throws Refused `refresh-token-invalid` for what is no refresh token of this server */
export const readRefreshToken = (
  core: Core,
  token: string,
): { readonly sessionId: string; readonly generation: number } => {
  const read = core.tokens.readRefresh(token);
  if (!read) throw new Refused('refresh-token-invalid');
  return read;
};
