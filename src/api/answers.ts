// The shapes of the native API's answers. Presenters pick by them, the documents describe them, tests check against them.

import { z } from 'zod';
import { conversationKinds } from '../domain/accessFacts.ts';
import { messageKinds, roles, scopes } from '../domain/events.ts';

const id = z.guid();
const at = z.iso.datetime();
const count = z.int().nonnegative();
const text = z.string();

/** A user, as other users see them. */
export const Profile = z.strictObject({
  id,
  number: z.int(),
  username: text.nullable(),
  firstName: text,
  lastName: text,
  displayName: text,
  avatar: text.nullable(),
  deleted: z.boolean(),
});

/** The account of the reader. */
export const Account = z.strictObject({
  id,
  number: z.int(),
  email: text.nullable(),
  emailVerified: z.boolean().describe('You have proved that the address is yours.'),
  acceptsDesks: z.boolean().describe('You see the desks that others open under your verified e-mail address.'),
  username: text.nullable(),
  phone: text.nullable(),
  firstName: text,
  lastName: text,
  displayName: text,
  address: text.nullable(),
  nationalCode: text.nullable(),
  avatar: text.nullable(),
  roles: z.array(z.enum(roles)),
  createdAt: at,
  lastLoginAt: at.nullable(),
});

export const TokenSession = z.strictObject({
  user: Profile,
  accessToken: text,
  expiresIn: z.int().describe('Seconds that a fresh access token is good for.'),
  refreshToken: text.describe('Good once: a refresh gives the next one. An old one, used again, ends the session.'),
});
export const Tokens = TokenSession.omit({ user: true });
export const KeySession = z.strictObject({
  user: Profile,
  key: text.describe('40 hexadecimal digits, the same at every sign-in until a log-out.'),
});
export const Session = z.union([TokenSession, KeySession]);
export const Ticket = z.strictObject({
  ticket: text.describe('For `GET /v1/socket?ticket=…`, good once.'),
  expiresIn: z.int().describe('Seconds.'),
});

/** A device that is signed in. */
export const OpenSession = z.strictObject({
  id,
  device: text.nullable(),
  openedAt: at,
  lastUsedAt: at.describe('When its tokens were last refreshed: in use, every 15 minutes.'),
  current: z.boolean().describe('It sent this request.'),
});
export const BotToken = z.strictObject({ id, name: text, scopes: z.array(z.enum(scopes)), createdAt: at });
export const NewBotToken = BotToken.extend({
  token: text.describe(
    'For `Authorization: Bearer`. Shown only now. It lasts until you revoke it or sign out everywhere.',
  ),
});
export const Invitation = z.strictObject({
  id,
  invitation: text.describe('The code to register with.'),
  uses: count,
  endsAt: at,
});

export const LastMessage = z.strictObject({
  id,
  senderId: id.nullable(),
  kind: z.enum(messageKinds),
  text: text.describe('Its first 200 characters; empty if it was removed.'),
  at,
});

export const Conversation = z.strictObject({
  id,
  number: z.int(),
  kind: z.enum(conversationKinds),
  public: z.boolean(),
  name: text,
  slug: text.nullable(),
  description: text,
  picture: text.nullable(),
  capacity: z.int().nullable(),
  link: text.nullable(),
  hasPassword: z.boolean(),
  userIds: z.array(id).describe('Of a direct chat: its two users.'),
  visitor: z
    .strictObject({ name: text, email: text })
    .nullable()
    .describe('Of a desk: who asked, in their own words. Nobody has checked them.'),
  createdBy: id.nullable(),
  createdAt: at,
  memberCount: count,
  messageCount: count,
  lastMessage: LastMessage.nullable(),
  role: z.enum(['owner', 'member']).nullable().describe('Yours; null: you are no member.'),
  muted: z.boolean().describe('Of a desk: you muted it.'),
  readUpTo: count.describe(
    'The `seq` up to which you have read: what you marked, or all there was when you became a member.',
  ),
  unread: count.describe(
    'Messages of others after it that were not removed, of the last 10,000. History that was imported is never unread. 0: ' +
      'you are up to date, or no member.',
  ),
});

export const Member = z.strictObject({ user: Profile, role: z.enum(['owner', 'member']), joinedAt: at });

export const FileRef = z.strictObject({
  id,
  name: text,
  mediaType: text.describe('As the sender said; not how it is served.'),
  size: count.describe('Bytes.'),
});
export const File = FileRef.extend({ number: z.int(), ownerId: id.nullable(), at });

export const Message = z.strictObject({
  id,
  number: z.int(),
  conversationId: id,
  seq: z.int().positive().describe('Place in its conversation, from 1 without a gap.'),
  position: count.describe('Place in the log.'),
  senderId: id.nullable().describe('Null: the visitor of a desk, or the desk itself.'),
  kind: z.enum(messageKinds),
  text: text.describe('Empty if the message was removed.'),
  file: FileRef.nullable(),
  at,
  removedAt: at
    .nullable()
    .describe('The message keeps its place, without its text and file. Null: it was not removed.'),
  removedBy: id.nullable(),
  visitor: z.strictObject({ name: text, email: text }).nullable(),
  answers: id.nullable().describe('The message that this one answers by itself.'),
});

export const Recorded = z
  .strictObject({ position: count })
  .describe('Recorded, but not visible yet: read with `X-Min-Position`.');

export const AuditedEvent = z.object({
  id,
  type: text,
  stream: text,
  revision: count,
  position: count,
  at,
  meta: z.looseObject({ actorId: id.nullable(), correlationId: text }),
  data: z.looseObject({}),
});

export const Health = z.strictObject({
  status: z.enum(['ready', 'degraded', 'not-ready']),
  position: count.describe('Place in the log that the views have reached.'),
  head: count.nullable().describe('End of the log; null while it cannot be asked.'),
  lag: count.nullable(),
  troubles: z.array(text),
});

export const Problem = z
  .object({
    type: text,
    title: text,
    status: z.int(),
    code: text.describe('Stable: what a program goes by.'),
    errors: z.array(z.object({ field: text, code: text, message: text })).optional(),
    requestId: text,
  })
  .describe('RFC 9457 problem details.');

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    next: text.nullable().describe('Where the next page begins; null: nowhere.'),
  });

/** Answers of a command that shows its effect: normally with `status`, with 202 if the views are late. */
export const shown = <Status extends number, T extends z.ZodType>(status: Status, schema: T) => ({
  [status]: schema,
  202: Recorded,
});
