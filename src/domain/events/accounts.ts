// Events of an account.

import { z } from 'zod';
import { count, id, number, optionalText, text } from './fields.ts';

export const roles = ['admin', 'staff', 'auditor'] as const;
export type Role = (typeof roles)[number];

const profile = z.object({
  firstName: text,
  lastName: text,
  address: optionalText,
  nationalCode: optionalText,
  avatar: optionalText,
});
export type Profile = z.infer<typeof profile>;

const names = { email: optionalText, username: optionalText, phone: optionalText, externalId: optionalText };

export const accountEvents = {
  // user-<id>, and for NameForfeited also conversation-<id>
  UserRegistered: z.object({ userId: id, number, ...names, passwordHash: optionalText, ...profile.shape }),
  ProfileChanged: z.object({ userId: id, changes: profile.partial() }),
  EmailChanged: z.object({ userId: id, email: optionalText }),
  EmailVerified: z.object({ userId: id, email: text }),
  /** Null: none. */
  DisplayNameChanged: z.object({ userId: id, displayName: optionalText }),
  /** An IANA name, such as Europe/London. Null: unknown. */
  TimeZoneChanged: z.object({ userId: id, timeZone: optionalText }),
  /** Words that the account wants to be told of. */
  AlertWordsChosen: z.object({ userId: id, words: z.array(text) }),
  /** Nobody is shown how far the account has read. */
  ReceiptsWithheld: z.object({ userId: id }),
  ReceiptsShown: z.object({ userId: id }),
  DesksRefused: z.object({ userId: id }),
  DesksAccepted: z.object({ userId: id }),
  UsernameChanged: z.object({ userId: id, username: optionalText }),
  PhoneChanged: z.object({ userId: id, phone: optionalText }),
  /** `keptSessionId`: the session in which the password was changed, unless that session ends too. */
  PasswordChanged: z.object({ userId: id, passwordHash: text, keptSessionId: id.optional() }),
  PasswordRehashed: z.object({ userId: id, passwordHash: text }),
  /** `by`: the admin; missing: the command line, or an event from before it was recorded. */
  RoleGranted: z.object({ userId: id, role: z.enum(roles), by: id.optional() }),
  RoleRevoked: z.object({ userId: id, role: z.enum(roles), by: id.optional() }),
  OutsideRankChanged: z.object({ userId: id, superuser: z.boolean() }),
  /** `issuedAt`: seconds since 1970. */
  OutsideTokenFollowed: z.object({ userId: id, issuedAt: count }),
  KeyIssued: z.object({ userId: id, generation: number, keyHash: text }),
  KeyRevoked: z.object({ userId: id, generation: number, keyHash: text }),
  /** `issuedUpTo`: seconds since 1970. */
  OutsideSignInsEnded: z.object({ userId: id, issuedUpTo: count }),
  LoggedIn: z.object({ userId: id }),
  NameForfeited: z.object({ claim: text, turn: number }),
  /** `by`: null: the command line. `keptSessionId`: the session that ended the others. */
  SessionsEnded: z.object({
    userId: id,
    by: id.nullable(),
    keptSessionId: id.optional(),
    keptOutsideAt: count.optional(),
  }),
  UserSuspended: z.object({ userId: id, by: id.nullable() }),
  UserReinstated: z.object({ userId: id, by: id.nullable() }),
  UserDeleted: z.object({ userId: id }),
  /** The key of the account may be destroyed from here on. `by`: null: the command line. */
  PersonErased: z.object({ userId: id, by: id.nullable() }),
} as const;
