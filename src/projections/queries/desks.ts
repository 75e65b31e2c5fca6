// Queries about desks, and how accounts treat them.

import { readsEveryDesk } from '../../domain/access.ts';
import { isAway } from '../../domain/attitude.ts';
import { canonical } from '../../domain/names.ts';
import type { ConversationDoc } from '../conversations.ts';
import { membershipId } from '../memberships.ts';
import { accountOf } from '../users.ts';
import { type Documents, keptOf, mergePages, type Page, type Slice } from './documents.ts';

type Desks = Slice<ConversationDoc>;

const numberOf = ({ number }: ConversationDoc): number => number;

export const deskQueries = ({ many, one, find }: Documents) => {
  const attitudesOf = async (userId: string, conversationIds: readonly string[]) => {
    const docs = await many(
      'attitudes',
      conversationIds.map((id) => membershipId(id, userId)),
    );
    return docs.map((doc) => doc?.attitude);
  };

  /** A page without the desks that the account has left. */
  const withoutLeft = (userId: string, page: Page, next: (page: Page) => Promise<Desks>): Promise<Desks> =>
    keptOf(page, next, numberOf, async (desks) => {
      const ids = desks.map(({ id }) => id);
      return (await attitudesOf(userId, ids)).map((attitude) => !isAway(attitude));
    });

  /** Desks at which the account asked, and those that it accepts under its verified e-mail address. */
  const desksOf = async (userId: string, page: Page): Promise<Desks> => {
    const user = await one('users', userId);
    const address = user?.acceptsDesks ? user.verifiedEmail : null;
    const wanted = [
      { visitorId: userId },
      ...(address === null ? [] : [{ visitorEmailKey: canonical('email', address) }]),
    ];
    return withoutLeft(userId, page, async (from) =>
      mergePages(
        await Promise.all(wanted.map((where) => find('conversations', where, 'number', from))),
        from,
        numberOf,
      ),
    );
  };

  return {
    attitudesOf,
    desksOf,
    /** Desks that the account may read and has not left: its own, or all for staff. */
    desksFor: async (userId: string, page: Page): Promise<Desks> => {
      const user = await one('users', userId);
      if (!user || !readsEveryDesk(accountOf(user))) return desksOf(userId, page);
      return withoutLeft(userId, page, (from) => find('conversations', { kind: 'desk' }, 'number', from));
    },
    /** How the account treats desks, in the order in which it last said so. */
    attitudesBy: (userId: string, page: Page) => find('attitudes', { userId }, 'since', page),
  };
};
