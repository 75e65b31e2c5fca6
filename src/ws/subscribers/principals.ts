// Loads the principal of an account for its first subscriber: rights and memberships from the views.
//
// The views may be ahead of the fan-out or behind. They are read once they have reached the fan-out's position; the
// fan-out applies what comes after that, and applying it twice changes nothing. Only the new subscriber waits for them.

import { Refused } from '../../domain/refused.ts';
import type { Progress } from '../../projections/progress.ts';
import type { Queries } from '../../projections/queries.ts';
import { accountOf } from '../../projections/users.ts';
import { Unavailable } from '../../store/ports.ts';
import { newPrincipal, type Principal } from './subscriber.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Milliseconds to wait for the views to come near the log. */
const PATIENCE = 10_000;
const PAGE = 500;

/** `livePosition`: position up to which the fan-out has sent everything. */
export const createPrincipals = (
  subscriptions: Subscriptions,
  queries: Queries,
  progress: Progress,
  livePosition: () => number,
) => {
  /** Waits for `wanted`, without which something recent is missing; the views must have reached the fan-out at least. */
  const waitForViews = async (wanted: number): Promise<void> => {
    const from = livePosition();
    if (await progress.reached(Math.max(from, wanted), PATIENCE)) return;
    if (!(await progress.reached(from, 0))) throw new Unavailable('views');
  };

  /** @throws Refused `signed-out` without such an account; Unavailable */
  const load = async (principal: Principal, userId: string, wanted: number): Promise<void> => {
    await waitForViews(wanted);
    const user = await queries.user(userId);
    if (user === undefined || user.deleted) throw new Refused('signed-out');
    const { email, roles } = accountOf(user);
    Object.assign(principal, { email, roles });
    for (let after = 0, isMore = true; isMore; ) {
      const { items, more } = await queries.membershipsOf(userId, { after, limit: PAGE });
      for (const { conversationId, since } of items)
        principal.memberships.set(subscriptions.intern(conversationId), since);
      isMore = more;
      after = items.at(-1)?.since ?? after;
    }
    subscriptions.loaded(principal);
  };

  /** The principal of an account. It follows the log from now on; `loading` says when its rights are known. */
  return (userId: string, wanted: number): Principal => {
    const known = subscriptions.principals.get(userId);
    if (known) return known;
    const principal = newPrincipal({ userId, email: null, roles: [], deleted: false });
    subscriptions.principals.set(userId, principal);
    principal.loading = load(principal, userId, wanted);
    // Its first subscriber hears of the error, and leaves: then nobody keeps the principal.
    principal.loading.catch(() => undefined);
    return principal;
  };
};
