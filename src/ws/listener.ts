// Listeners, the people they listen for, and what an event means to them.

import type { Account } from '../domain/accessFacts.ts';
import type { Event, Role } from '../domain/events.ts';
import { canonical } from '../domain/names.ts';
import type { Protocol, Sink } from './protocol.ts';

/** Somebody who listens, once for all their sockets. */
export interface Person extends Account {
  email: string | null;
  roles: readonly Role[];
  /** Groups and direct chats, with the position since which they are a member; the hub may have yet to tell that. */
  readonly memberships: Map<string, number>;
  listeners: readonly Listener[];
  /** What happened to them while they were looked up; undefined: known. */
  missed: Event[] | undefined;
}

export interface Listener {
  readonly protocol: Protocol;
  readonly sink: Sink;
  readonly person: Person;
  /** Hears every conversation its user is a member of. */
  readonly byMembership: boolean;
  /** Signed in by this session, or by the key of this hash; both null: by an outside sign-on, or not at all. */
  sessionId: string | null;
  keyHash: string | null;
  /** The sign-in was found good when the log ended here: what ended before does not end it. */
  goodAt: number;
  state: 'silent' | 'catching-up' | 'live' | 'gone';
  /** Everything up to here was told, or is not wanted; while live, whatever the hub has told as well. */
  cursor: number;
  /** Conversations it hears beside those of its memberships, as long as its user may read them. */
  watches: Set<string> | undefined;
  /** In canonical form: hears the conversation that goes by it, from when there is one. */
  slug: string | undefined;
}

export const newPerson = (account: Account): Person => ({
  ...account,
  memberships: new Map(),
  listeners: [],
  missed: account.userId === null ? undefined : [],
});

/** The slug, in canonical form, that the event gives to a conversation. */
export const slugOf = (event: Event): string | undefined => {
  const slug = event.type === 'GroupCreated' || event.type === 'SlugGiven' ? event.data.slug : null;
  return slug === null ? undefined : canonical('slug', slug);
};

/** Whose memberships or rights the event changes. */
export const concerned = (event: Event): readonly string[] => {
  switch (event.type) {
    case 'GroupCreated':
      return [event.data.ownerId];
    case 'DirectChatStarted':
      return event.data.userIds;
    case 'MemberAdded':
    case 'MemberJoined':
    case 'MemberLeft':
    case 'MemberRemoved':
    case 'EmailChanged':
    case 'RoleGranted':
    case 'RoleRevoked':
      return [event.data.userId];
    default:
      return [];
  }
};

/** Does somebody stop hearing the conversation by it? They hear the event itself still. */
export const isDeparture = ({ type }: Pick<Event, 'type'>): boolean =>
  type === 'MemberLeft' || type === 'MemberRemoved';

/** Does the event end the sign-in that let the listener in? */
export const endsSignIn = (event: Event, { sessionId, keyHash, goodAt }: Listener): boolean => {
  if (event.position <= goodAt) return false;
  switch (event.type) {
    case 'SessionClosed':
      return sessionId === event.data.sessionId;
    case 'KeyRevoked':
      return keyHash === event.data.keyHash;
    case 'PasswordChanged':
      // The key is revoked by an event of its own, and what an outside sign-on lets in is not ended by a password here.
      return sessionId !== null && sessionId !== event.data.keptSessionId;
    case 'UserDeleted':
      return true;
    default:
      return false;
  }
};
