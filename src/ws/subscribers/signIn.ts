// The credential behind a subscriber, and which events end it.

import type { Event } from '../../domain/events.ts';
import type { Scopes } from '../../domain/scopes.ts';

/** The credential behind a subscriber. */
export interface SignIn {
  /** The session or the key of the sign-in; both null: an outside sign-on, or a visitor. */
  sessionId: string | null;
  keyHash: string | null;
  /** When an outside sign-on issued the token, in seconds. */
  outsideAt: number | undefined;
  /** Of the token of a bot. Null: a person's own sign-in, or a visitor. */
  scopes: Scopes;
  /** The position at which the sign-in was checked: no earlier event ends it. */
  goodAt: number;
}

/** Does the event end the sign-in of the subscriber, or the one that is to take its place? */
export const endsSubscriber = (event: Event, subscriber: SignIn & { readonly renewal: SignIn | undefined }): boolean =>
  [subscriber, subscriber.renewal].some((signIn) => signIn !== undefined && endsSignIn(event, signIn));

const endsSignIn = (event: Event, { sessionId, keyHash, outsideAt, goodAt }: SignIn): boolean => {
  if (event.position <= goodAt) return false;
  switch (event.type) {
    case 'SessionClosed':
      return sessionId === event.data.sessionId;
    case 'KeyRevoked':
      return keyHash === event.data.keyHash;
    case 'PasswordChanged':
      // A key is revoked by an event of its own.
      return outsideAt !== undefined || (sessionId !== null && sessionId !== event.data.keptSessionId);
    case 'OutsideSignInsEnded':
      return outsideAt !== undefined && outsideAt <= event.data.issuedUpTo;
    case 'SessionsEnded': {
      const { keptSessionId, keptOutsideAt } = event.data;
      if (outsideAt !== undefined) return outsideAt !== keptOutsideAt;
      // Like above, the key has an event of its own.
      return keyHash === null && sessionId !== keptSessionId;
    }
    case 'UserSuspended':
    case 'UserDeleted':
      return true;
    default:
      return false;
  }
};
