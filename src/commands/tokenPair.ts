// The tokens of a session are a function of its history: nothing of them is stored, and a repeated command gives the same.

import { Refused } from '../domain/refused.ts';
import { sessions } from '../domain/session.ts';
import type { Core } from './core.ts';

export interface TokenPair {
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export const pairOf = async (core: Core, sessionId: string): Promise<TokenPair> => {
  const { userId, generation, refreshedAt, status } = await core.ledger.load(sessions, sessionId);
  if (status === 'unknown') throw new Refused('refresh-token-invalid');
  return {
    userId,
    accessToken: await core.tokens.access({ userId, sessionId, generation }, new Date(refreshedAt)),
    refreshToken: core.tokens.refresh(sessionId, generation),
  };
};
