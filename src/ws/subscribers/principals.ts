// Loads the principal of an account for its first subscriber: rights and memberships from the views.
//
// The views must first reach the fan-out's position. The fan-out applies later events to the principal; the views may have
// them already, and applying an event twice changes nothing. Only the new subscriber waits for the views.

import { Refused } from '../../domain/refused.ts';
import { accountOf, isActive } from '../../projections/users.ts';
import type { Services } from '../../services.ts';
import { Unavailable } from '../../store/ports.ts';
import { byFold, newPrincipal, type Principal } from './subscriber.ts';
import type { Subscriptions } from './subscriptions.ts';

const newcomer = { verifiedEmail: null, acceptsDesks: true, showsReceipts: true, roles: [], deleted: false } as const;

/** Milliseconds to wait for the views to come near the log. */
const PATIENCE = 10_000;
const PAGE = 500;

/** `livePosition`: position up to which the fan-out has sent everything. */
export const createPrincipals = (
  { queries, progress }: Pick<Services, 'queries' | 'progress'>,
  subscriptions: Subscriptions,
  livePosition: () => number,
) => {
  /** Waits until the views have reached `wanted`; after `PATIENCE`, the fan-out's position is enough. */
  const waitForViews = async (wanted: number): Promise<void> => {
    const from = livePosition();
    if (await progress.reached(Math.max(from, wanted), PATIENCE)) return;
    if (!(await progress.reached(from, 0))) throw new Unavailable('views');
  };

  /** @throws Refused `signed-out` without such an account; Unavailable */
  const load = async (principal: Principal, userId: string, wanted: number): Promise<void> => {
    await waitForViews(wanted);
    const user = await queries.user(userId);
    if (user === undefined || !isActive(user)) throw new Refused('signed-out');
    const { verifiedEmail, acceptsDesks, showsReceipts, roles } = accountOf(user);
    const alertWords = byFold(await queries.alertWordsOf(userId));
    Object.assign(principal, { verifiedEmail, acceptsDesks, showsReceipts, roles, alertWords });
    for (let after = 0, isMore = true; isMore; ) {
      const { items, more } = await queries.membershipsOf(userId, { after, limit: PAGE });
      for (const { conversationId, since } of items) principal.memberships.set(conversationId, since);
      isMore = more;
      after = items.at(-1)?.since ?? after;
    }
    for (let after = 0, isMore = true; isMore; ) {
      const { items, more } = await queries.attitudesBy(userId, { after, limit: PAGE });
      for (const { conversationId, attitude } of items) principal.attitudes.set(conversationId, attitude);
      isMore = more;
      after = items.at(-1)?.since ?? after;
    }
    subscriptions.loaded(principal);
  };

  /** The principal of an account. It follows the log from now on; when `loading` resolves, it has its rights. */
  return (userId: string, wanted: number): Principal => {
    const known = subscriptions.principals.get(userId);
    if (known) return known;
    const principal = newPrincipal({ ...newcomer, userId });
    subscriptions.principals.set(userId, principal);
    principal.loading = load(principal, userId, wanted);
    // The first subscriber awaits `loading` too; on an error it leaves, and the principal goes with it.
    principal.loading.catch(() => undefined);
    return principal;
  };
};
