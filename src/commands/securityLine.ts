// The line of the security log for an event that was recorded.

import type { DomainEvent, EventType, Meta } from '../domain/events.ts';

/** Events whose lines belong to the security log. */
const reported: ReadonlySet<EventType> = new Set<EventType>([
  'UserRegistered',
  'EmailChanged',
  'EmailVerified',
  'DesksRefused',
  'DesksAccepted',
  'UsernameChanged',
  'PhoneChanged',
  'PasswordChanged',
  'RoleGranted',
  'RoleRevoked',
  'KeyIssued',
  'KeyRevoked',
  'OutsideSignInsEnded',
  'LoggedIn',
  'SessionsEnded',
  'UserSuspended',
  'UserReinstated',
  'UserDeleted',
  'SessionOpened',
  'SessionClosed',
  'InvitationMade',
  'InvitationUsed',
  'InvitationWithdrawn',
  'DeskBlocked',
  'GroupTakenOver',
  'ResetLinkMade',
  'LogRead',
]);

/** The fields that a line shows: ids, numbers and words of the program, but no text of a user. */
const shown: ReadonlySet<string> = new Set([
  ...['userId', 'by', 'role', 'reason', 'sessionId', 'keptSessionId', 'invitationId', 'uses', 'endsAt'],
  ...['conversationId', 'readerId', 'stream', 'type', 'after', 'until'],
]);

/** `RoleGranted` is `role-granted`. */
const nameOf = (type: EventType): string => type.replace(/(?<=.)(?=[A-Z])/g, '-').toLowerCase();

/** Undefined: the event is none of the guards' business. */
export const lineOf = ({ type, data }: DomainEvent, { actorId, correlationId }: Meta): object | undefined => {
  if (!reported.has(type)) return undefined;
  const fields = Object.fromEntries(Object.entries(data).filter(([field]) => shown.has(field)));
  return { security: nameOf(type), actorId, ...fields, requestId: correlationId };
};
