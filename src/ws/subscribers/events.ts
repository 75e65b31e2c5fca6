// What an event means to subscribers and their principals.

import type { Event } from '../../domain/events.ts';
import { canonical } from '../../domain/names.ts';
import { rolesAfter } from '../../domain/user.ts';
import type { Principal, Subscriber } from './subscriber.ts';

/** The slug, in canonical form, that the event gives to a conversation. */
export const slugOf = (event: Event): string | undefined => {
  const slug = event.type === 'GroupCreated' || event.type === 'SlugGiven' ? event.data.slug : null;
  return slug === null ? undefined : canonical('slug', slug);
};

/** Whose memberships or rights the event changes. */
export const affectedUsers = (event: Event): readonly string[] => {
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

/** Brings the memberships and rights of an affected user up to the event. */
export const applyTo = (principal: Principal, event: Event, intern: (conversationId: string) => string): void => {
  switch (event.type) {
    case 'GroupCreated':
    case 'DirectChatStarted':
    case 'MemberAdded':
    case 'MemberJoined':
      principal.memberships.set(intern(event.data.conversationId), event.position);
      break;
    case 'MemberLeft':
    case 'MemberRemoved':
      principal.memberships.delete(event.data.conversationId);
      break;
    case 'EmailChanged':
      principal.email = event.data.email;
      break;
    case 'RoleGranted':
    case 'RoleRevoked':
      principal.roles = rolesAfter(principal.roles, event);
      break;
    default:
  }
};

/** Does somebody stop receiving the conversation by it? They still receive the event itself. */
export const isDeparture = ({ type }: Pick<Event, 'type'>): boolean =>
  type === 'MemberLeft' || type === 'MemberRemoved';

/** Does the event end the sign-in of the subscriber? */
export const endsSignIn = (event: Event, { sessionId, keyHash, goodAt }: Subscriber): boolean => {
  if (event.position <= goodAt) return false;
  switch (event.type) {
    case 'SessionClosed':
      return sessionId === event.data.sessionId;
    case 'KeyRevoked':
      return keyHash === event.data.keyHash;
    case 'PasswordChanged':
      // The key is revoked by an event of its own, and a password here does not end an outside sign-on.
      return sessionId !== null && sessionId !== event.data.keptSessionId;
    case 'UserDeleted':
      return true;
    default:
      return false;
  }
};
