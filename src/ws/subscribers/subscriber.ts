// Subscribers, and the principals behind them.

import type { Account } from '../../domain/accessFacts.ts';
import type { Event, Role } from '../../domain/events.ts';
import type { Protocol, Sink } from '../protocol.ts';

/** The account or visitor behind sockets, once for all of them. */
export interface Principal extends Account {
  email: string | null;
  roles: readonly Role[];
  /** Groups and direct chats, with the position since which they are a member; the fan-out may be behind it. */
  readonly memberships: Map<string, number>;
  subscribers: readonly Subscriber[];
  /** Rejects if their rights and memberships cannot be read. */
  loading: Promise<void> | undefined;
  /** What happened to them while the views were read for them; undefined: that is over. */
  pending: Event[] | undefined;
}

export interface Subscriber {
  readonly protocol: Protocol;
  readonly sink: Sink;
  readonly principal: Principal;
  /** Receives every conversation its user is a member of. */
  readonly byMembership: boolean;
  /** Signed in by this session, or by the key of this hash; both null: by an outside sign-on, or not at all. */
  sessionId: string | null;
  keyHash: string | null;
  /** The sign-in was good when the log ended here: an earlier event does not end it. */
  goodAt: number;
  state: 'silent' | 'catching-up' | 'live' | 'gone';
  /** It has received everything up to here; while live, whatever the fan-out has sent as well. */
  cursor: number;
  /** Conversations it receives beside those of its memberships, as long as its user may read them. */
  watches: Set<string> | undefined;
  /** In canonical form: receives the conversation that goes by it, once there is one. */
  slug: string | undefined;
}

export const newPrincipal = (account: Account): Principal => ({
  ...account,
  memberships: new Map(),
  subscribers: [],
  loading: undefined,
  pending: account.userId === null ? undefined : [],
});
