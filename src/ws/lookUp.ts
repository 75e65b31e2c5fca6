// What the hub looks up when somebody joins: who they are and where they are members, in the views; what a conversation
// is, in the log.
//
// The views may be ahead of what the hub has told, or behind. They are asked once they have taken all that was told;
// what comes after that the hub tells itself, and doing it twice changes nothing. Only the one who joins waits for them.

import { Refused } from '../domain/refused.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import { accountOf } from '../projections/users.ts';
import { Unavailable } from '../store/ports.ts';
import type { Audience } from './audience.ts';
import type { Facts } from './facts.ts';
import { type Listener, newPerson, type Person } from './listener.ts';

export interface LookUpOptions {
  readonly audience: Audience;
  readonly facts: Facts;
  readonly queries: Queries;
  readonly progress: Progress;
  /** Position up to which the hub has told everything. */
  readonly told: () => number;
}

/** Milliseconds to wait for the views to come near the log. */
const PATIENCE = 10_000;
const PAGE = 500;

export const createLookUp = ({ audience, facts, queries, progress, told }: LookUpOptions) => {
  const underWay = new WeakMap<Person, Promise<void>>();

  /** Waits for `wanted`, without which something recent is not found; but all that was told must be there. */
  const nearViews = async (wanted: number): Promise<void> => {
    const from = told();
    if (await progress.reached(Math.max(from, wanted), PATIENCE)) return;
    if (!(await progress.reached(from, 0))) throw new Unavailable('views');
  };

  const lookUp = async (person: Person, userId: string, wanted: number): Promise<void> => {
    await nearViews(wanted);
    const user = await queries.user(userId);
    if (user === undefined || user.deleted) throw new Refused('signed-out');
    const { email, roles } = accountOf(user);
    Object.assign(person, { email, roles });
    for (let after = 0, isMore = true; isMore; ) {
      const { items, more } = await queries.membershipsOf(userId, { after, limit: PAGE });
      for (const { conversationId, since } of items) person.memberships.set(audience.nameOf(conversationId), since);
      isMore = more;
      after = items.at(-1)?.since ?? after;
    }
    audience.known(person);
  };

  return {
    /** The person of an account; `found` then waits for what is known of them. Follows the log from now on. */
    person: (userId: string, wanted: number): Person => {
      const known = audience.people.get(userId);
      if (known) return known;
      const person = newPerson({ userId, email: null, roles: [], deleted: false });
      audience.people.set(userId, person);
      const lookedUp = lookUp(person, userId, wanted);
      underWay.set(person, lookedUp);
      // Who joins hears of an error; a person who was not found is kept by nobody.
      lookedUp.then(
        () => underWay.delete(person),
        () => undefined,
      );
      return person;
    },

    /** @throws Refused `signed-out` without such an account; Unavailable */
    found: async (person: Person): Promise<void> => underWay.get(person),

    /** Watches a conversation and learns what it is, if there is one already. @throws Unavailable, Unreadable */
    conversation: async (listener: Listener, conversationId: string): Promise<void> => {
      audience.watch(listener, conversationId);
      if (audience.isKnown(conversationId)) return;
      const found = await facts.conversationAsMade(conversationId);
      if (found === undefined) return;
      const { kind, public: isPublic, visitorEmail, createdBy } = found;
      audience.learn(conversationId, { kind, public: isPublic, visitorEmail, createdBy });
    },
  };
};
