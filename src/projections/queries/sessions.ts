// Queries about who is signed in.

import { isCurrent } from '../../domain/session.ts';
import type { SessionClock } from '../../domain/sessionLimits.ts';
import type { User } from '../../domain/user.ts';
import type { SessionDoc } from '../sessions.ts';
import type { Documents, Page, Slice } from './documents.ts';

export const sessionQueries = ({ one, find }: Documents) => {
  const listed = ({ userId, epoch }: User, isBot: boolean, page: Page) =>
    find('sessions', { userId, epoch, isBot }, 'usedAt', { ...page, descending: true });

  return {
    /**
     * The devices that signed in to an account, the one used last first, up to those that were not used for too long. Others
     * may be over too: `isCurrent` tells.
     */
    devicesOf: async (user: User, clock: SessionClock, page: Page): Promise<Slice<SessionDoc>> => {
      const { items, more } = await listed(user, false, page);
      const last = items.at(-1);
      const mayFollow = last !== undefined && isCurrent({ ...last, openedAt: last.refreshedAt }, clock);
      // The session that ended all others has an earlier epoch, so the index has it elsewhere.
      const isFirstPage = page.before === undefined;
      const kept = isFirstPage && user.keptSessionId !== null ? await one('sessions', user.keptSessionId) : undefined;
      return { items: kept ? [kept, ...items] : items, more: more && mayFollow };
    },
    /** The tokens of an account's bots, the newest first. */
    tokensOf: (user: User, page: Page) => listed(user, true, page),
  };
};
