// The shapes of what the native API answers. Presenters pick by them, the documents describe them, tests check against them.

import { z } from 'zod';
import { policyFields } from '../commands/fields.ts';
import { conversationKinds } from '../domain/accessFacts.ts';
import { calls, erasable, messageKinds, roles, scopes } from '../domain/events.ts';
import { memberRoles } from '../domain/members.ts';
import { presenceStates } from '../presence/states.ts';
import { PARTICIPANTS } from '../projections/messages.ts';
import { at, count, flag, id, seldom, text, whole } from './answerFields.ts';

const number = whole('Its number: the APIs that know no UUIDs call it by this.');
const avatar = text(
  'Address of a picture: of a stored file the one of `getUserPicture`, with `file`. Null: there is none.',
  'https://example.org/ann.png',
).nullable();
const name = {
  username: text('A name that nobody else has; null: there is none.', 'ann').nullable(),
  firstName: text('Empty if there is none.', 'Ann'),
  lastName: text('Empty if there is none.', 'Lee'),
  displayName: text('What to show: as they chose, or else first and last name, or else the username.', 'Ann Lee'),
};
const timeZone = text('As the IANA names it; null: unknown.', 'Europe/London').nullable();

/** A user, as other users see them. */
export const Profile = z
  .strictObject({
    id: id('Of the account.'),
    number,
    ...name,
    timeZone,
    avatar,
    deleted: flag('The account was deleted.'),
  })
  .describe('A user, as others see them.');

/** The account of the reader. */
export const Account = z
  .strictObject({
    id: id('Of the account.'),
    number,
    email: text('Nobody else sees it; null: there is none.', 'ann@example.org').nullable(),
    emailVerified: flag('You have proved that the address is yours.'),
    acceptsDesks: flag('You see the desks that others open under your verified e-mail address.'),
    showsReceipts: flag('Others are shown how far you have read, and you how far they have.'),
    ...name,
    timeZone,
    phone: text('Nobody else sees it; null: there is none.', '+442079460000').nullable(),
    address: text('Nobody else sees it; null: there is none.', '1 Long Lane').nullable(),
    nationalCode: text('Nobody else sees it; null: there is none.', '0012345678').nullable(),
    avatar,
    roles: z.array(z.enum(roles)).describe('What you may do beside chatting.'),
    createdAt: at('When the account was registered.'),
    lastLoginAt: at('When somebody last signed in; null: nobody has yet.').nullable(),
  })
  .describe('Your own account.');

const tokens = {
  accessToken: text('For `Authorization: Bearer`.', 'eyJhbGciOiJIUzI1NiJ9…'),
  expiresIn: count('Seconds that a fresh access token is good for.', 900),
  refreshToken: text('Good once: a refresh gives the next one. An old one, used again, ends the session.', 'rNc1…'),
};
export const TokenSession = z.strictObject({ user: Profile, ...tokens }).describe('A session with its tokens.');
export const Tokens = z.strictObject(tokens).describe('The next tokens of a session.');
export const KeySession = z
  .strictObject({
    user: Profile,
    key: text(
      'For `Authorization: Token`. 40 hexadecimal digits, the same at every sign-in until a log-out.',
      '0123456789abcdef0123456789abcdef01234567',
    ),
  })
  .describe('A sign-in with a key.');
export const Session = z.union([TokenSession, KeySession]).describe('What a sign-in gives, by the `kind` asked for.');
export const Ticket = z
  .strictObject({
    ticket: text('For `GET /v1/socket?ticket=…`, good once.', 'tkt1…'),
    expiresIn: count('Seconds.', 30),
  })
  .describe('Opens one socket.');

export const OpenSession = z
  .strictObject({
    id: id('Of the session.'),
    device: text('What signed in; null: nothing is known of it.', 'Firefox on Linux').nullable(),
    openedAt: at('When somebody signed in.'),
    lastUsedAt: at('When its tokens were last refreshed: in use, every 15 minutes.'),
    current: flag('It sent this request.'),
  })
  .describe('A device that is signed in.');
export const BotToken = z
  .strictObject({
    id: id('Of the token.'),
    name: text('As you named it.', 'weather'),
    scopes: z.array(z.enum(scopes)).describe('What the bot may do.'),
    createdAt: at('When you made it.'),
  })
  .describe('What is known of the token of a bot, without the token.');
export const NewBotToken = BotToken.extend({
  token: text(
    'For `Authorization: Bearer`. Shown only now. It lasts until you revoke it or sign out everywhere.',
    'bot1…',
  ),
}).describe('A new token of a bot.');
export const Invitation = z
  .strictObject({
    id: id('Of the invitation.'),
    invitation: text('The code to register with.', 'inv1…'),
    uses: count('Accounts that may register by it.', 5),
    endsAt: at('Nobody can register by it any more.'),
  })
  .describe('Lets people register.');

export const LastMessage = z
  .strictObject({
    id: id('Of the message.'),
    senderId: id('Null: the visitor of a desk, or the desk itself.').nullable(),
    kind: z.enum(messageKinds).describe('What the message is.'),
    text: text('Its first 200 characters; empty if it was removed.', 'Hello'),
    at: at('When it was sent.'),
  })
  .describe('The last message of a conversation, shortened.');

const visitor = seldom(
  z
    .strictObject({
      name: text('As the visitor gave it.', 'Vera'),
      email: text('As the visitor gave it.', 'vera@example.org'),
    })
    .describe(
      'Who asked at a desk, in their own words: nobody has checked them. Null: it is no desk, or no visitor asked.',
    ),
);

export const Policy = z.strictObject(policyFields).describe('What its members may do, as its owners set it.');

export const Conversation = z
  .strictObject({
    id: id('Of the conversation.'),
    number,
    kind: z.enum(conversationKinds).describe('What the conversation is.'),
    public: flag('Anybody may find and read it.'),
    name: text('Empty for a direct chat: show the other user.', 'Tea'),
    slug: text('A unique name in addresses; null: there is none.', 'tea').nullable(),
    description: text('Empty if there is none.', 'At five.'),
    picture: text(
      'Address of a picture: of a stored file the one of `getConversationPicture`, with `file`. Null: there is none.',
      'https://example.org/tea.png',
    ).nullable(),
    capacity: whole('Of a room. Only shown, not enforced.', 20).nullable(),
    link: text('Of a room: an address to show; null: there is none.', 'https://example.org').nullable(),
    hasPassword: flag('Of a room: somebody gave it a password. Nobody needs it.'),
    userIds: z.array(id('Of a user.')).describe('Of a direct chat: its two users.'),
    visitor,
    createdBy: id('Of the user who made it; null: no account did.').nullable(),
    createdAt: at('When it was made.'),
    policy: Policy,
    memberCount: count('Its members. A room has none.', 2),
    messageCount: count('Its messages; the `seq` of the last one.'),
    lastMessage: LastMessage.nullable().describe('Null: nobody has said anything yet.'),
    role: z.enum(memberRoles).nullable().describe('Yours; null: you are no member.'),
    muted: flag('Of a desk: you muted it.'),
    readUpTo: count('The `seq` up to which you have read: what you marked, or all there was when you became a member.'),
    unread: count(
      'Messages of others after it that were not removed, of the last 10,000. History that was imported is never unread. 0: ' +
        'you are up to date, or no member.',
      2,
    ),
    mentions: count(
      'The unread messages that call you: by name, with `@here` while you were present, or with `@everyone`. 100: so many or more.',
      1,
    ),
  })
  .describe('A conversation, as you see it.');

export const Member = z
  .strictObject({
    user: Profile,
    role: z.enum(memberRoles).describe('What they may do here.'),
    joinedAt: at('When they joined.'),
  })
  .describe('A member of a conversation.');

const fileRef = {
  id: id('Of the file.'),
  name: text('As the sender said.', 'cat.png'),
  mediaType: text('As the sender said; not how it is served.', 'image/png'),
  size: count('Bytes.', 48_213),
  erased: flag('Its content and its name are gone for ever.'),
};
export const FileRef = z.strictObject(fileRef).describe('The file that a message carries.');
export const File = z
  .strictObject({
    ...fileRef,
    number,
    ownerId: id('Of the user who stored it; null: no account did.').nullable(),
    at: at('When it was stored.'),
  })
  .describe('What is known of a stored file.');

export const Quoted = z
  .strictObject({
    id: id('Of the message.'),
    seq: count('Its place in the conversation.'),
    senderId: id('Null: the visitor of a desk, or the desk itself.').nullable(),
    kind: z.enum(messageKinds).describe('What the message is.'),
    at: at('When it was sent.'),
    text: text('Its first 200 characters, as they are now; empty if it was removed or erased.', 'Hello'),
    removedAt: seldom(at('Null: it was not removed.')),
    erased: flag('What was said is gone for ever.'),
  })
  .describe('A message that another one quotes, shortened.');

export const ThreadSummary = z
  .strictObject({
    count: count('Its messages that were not removed. It has the message that began it beside.', 3),
    lastAt: at('When its last message was sent.'),
    lastBy: id('Who sent that; null: no account.').nullable(),
    participants: z.array(id('Of a user.')).describe('Those who wrote in it last, five at most; the last one first.'),
    participantCount: count(`How many wrote in it; ${PARTICIPANTS}: so many or more.`, 2),
  })
  .describe('The thread that a message began.');

export const Reaction = z
  .strictObject({
    emoji: text('As the standard spells it.', '👍'),
    count: count('Of the people who react with it.', 2),
    mine: flag('You are one of them.'),
  })
  .describe('What people react with.');

export const Message = z
  .strictObject({
    id: id('Of the message.'),
    number,
    conversationId: id('Of the conversation that it was sent to.'),
    seq: z
      .int()
      .positive()
      .meta({ description: 'Place in its conversation, from 1 without a gap.', examples: [7] }),
    position: count('Place in the log.', 1042),
    senderId: id('Null: the visitor of a desk, or the desk itself.').nullable(),
    kind: z.enum(messageKinds).describe('What the message is.'),
    text: text('Empty if the message was removed or erased.', 'Hello'),
    file: FileRef.nullable().describe('Null: it carries none, or it was removed.'),
    at: at('When it was sent.'),
    editedAt: seldom(at('When its sender last gave it another text. Null: never.')),
    removedAt: seldom(at('The message keeps its place, without its text and file. Null: it was not removed.')),
    removedBy: seldom(id('Of the user who removed it; null: it was not removed.')),
    visitor,
    answers: seldom(id('The message that this one answers by itself; null: none.')),
    mentioned: z
      .array(id('Of an account.'))
      .meta({ description: 'The accounts that it calls, as they were found when it was said.', examples: [[]] }),
    call: seldom(
      z
        .enum(calls)
        .describe('Whom it calls beside them: `everyone`, all members; `here`, those who were present. Null: nobody.'),
    ),
    erased: flag('What was said is gone for ever. The message keeps its place.'),
    replyTo: seldom(
      z
        .strictObject({ id: id('Of the message.'), seq: count('Its place in the conversation.') })
        .describe('The message of the same conversation that it quotes; null: none.'),
    ),
    threadId: seldom(id('Of the message that began the thread it belongs to; null: it belongs to none.')),
    thread: seldom(
      ThreadSummary.describe(
        'The thread that it began; null: none yet. Frames never have it: a client keeps the one it has.',
      ),
    ),
    reactions: z
      .array(Reaction)
      .meta({ examples: [[]] })
      .describe(
        'In the order of first use. Of a message that was removed or erased: none. Frames never have them: a client keeps ' +
          'those it has, and a message that is restored has those that it had.',
      ),
    pinnedAt: seldom(at('When it was pinned. Null: it is not pinned.')),
  })
  .describe('A message.');

export const Thread = z
  .strictObject({
    root: Message.describe('The message that began it; `thread` tells of the thread.'),
    following: flag('You follow it: you wrote in it, somebody answered you there, or you asked for it.'),
    readUpTo: count('The `seq` up to which you have read it, as you marked.'),
    unread: count(
      'Messages of others in it after that, which were not removed; null: you do not follow it.',
      2,
    ).nullable(),
  })
  .describe('A thread, as you see it.');

const unread = count('Messages that you have not read, as in the conversation.', 2);
const mentions = count('Those of them that call you.', 1);
export const Unread = z
  .strictObject({
    unread,
    mentions,
    items: z
      .array(z.strictObject({ conversationId: id('Of the conversation.'), unread, mentions }))
      .describe('The conversations with unread messages, those that you joined last first.'),
    complete: flag('All your conversations were counted. Else: the 1,000 that you joined last.'),
  })
  .describe('What you have not read.');

export const AlertWords = z
  .strictObject({
    words: z.array(text('As you wrote it.', 'deploy')).describe('Nobody else sees them.'),
  })
  .describe('The words that you are told of.');
export const Status = z
  .strictObject({
    text: text('As they put it.', 'In a meeting'),
    emoji: text('Null: none.', '📅').nullable(),
    endsAt: at('It is gone from then on. Null: when they take it back.').nullable(),
  })
  .describe('What somebody says of the present.');

export const Presence = z
  .strictObject({
    userId: id('Of the account.'),
    state: z
      .enum(presenceStates)
      .describe('online: at a device. away: at none of those that are connected. dnd: asks not to be disturbed.'),
    status: Status.nullable().describe('Null: none.'),
  })
  .describe('Whether somebody is there.');

export const Version = z
  .strictObject({
    text: text('Empty if it was erased.', 'Hello'),
    at: at('When it was sent, or given this text.'),
    by: id('Of its sender; null: the visitor of a desk, or the desk itself.').nullable(),
    position: count('Place of this text in the log.', 1042),
    erased: flag('The text is gone for ever.'),
  })
  .describe('A text that a message had, or has.');

export const Erasure = z
  .strictObject({
    id: id('Of what is erased.'),
    kind: z.enum(erasable).describe('What is erased. desk: the visitor of a desk.'),
    requestedAt: at('When somebody asked for it.'),
    by: id('Of the user who asked; null: the command line.').nullable(),
    dueAt: at('Until then it can be taken back.'),
    standing: z.enum(['requested', 'started', 'certified']).describe('How far it is. certified: all is destroyed.'),
    certificate: text(
      'A signed JWT: what was destroyed, when, and where the server looked. Null: not yet.',
      'eyJh…',
    ).nullable(),
  })
  .describe('A request to erase.');

export const Deletion = z
  .strictObject({
    erasure: Erasure.nullable().describe('Null: nothing is erased.'),
    remains: text('What the server still has.', 'Your messages stay.'),
  })
  .describe('What became of the account.');
