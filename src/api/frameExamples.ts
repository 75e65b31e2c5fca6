// The frames of the native socket, each with what it is for and an example, for the page that documents the API. Tests hold
// them to what the socket reads and sends.

import { ID } from './answerFields.ts';
import { ANN, ann, at, BEN, hello, SAID, TEA, wholeHello } from './exampleMessage.ts';

export interface FrameExample {
  readonly says: string;
  readonly example: Readonly<Record<string, unknown>>;
}

/** By type: what the frame is for, and its fields beside the type. */
type Examples = Readonly<Record<string, readonly [says: string, fields: FrameExample['example']]>>;

const examplesOf = (examples: Examples): Readonly<Record<string, FrameExample>> =>
  Object.fromEntries(
    Object.entries(examples).map(([type, [says, fields]]) => [type, { says, example: { type, ...fields } }]),
  );

/** Those that clients send. */
export const framesIn = examplesOf({
  'sign-in': ['Signs in, or renews the credential.', { token: 'eyJhbGciOiJIUzI1NiJ9…' }],
  subscribe: [
    'Sends everything after a position, 0 for all, then what happens. Without `after`: only what happens.',
    { after: 1041, log: ID, conversationIds: [TEA] },
  ],
  send: [
    'Sends a message. The key makes a retry harmless. Without the right to call all, `@everyone` and `@here` are plain text.',
    { key: 'q8Zt4c-1', conversationId: TEA, text: 'Hello', fileId: null, replyTo: null, threadId: null },
  ],
  edit: ['Gives a message of yours another text.', { key: 'q8Zt4c-3', ...hello, text: 'Hello, Ben' }],
  remove: ['Removes a message.', { key: 'q8Zt4c-4', ...hello }],
  restore: ['Brings back a message that you removed.', { key: 'q8Zt4c-5', ...hello }],
  typing: ['Tells the others that you are writing.', { conversationId: TEA }],
  presence: ['Says whether you are at this device.', { state: 'away' }],
  read: ['Says how far you have read.', { key: 'q8Zt4c-2', conversationId: TEA, upTo: 7 }],
  'read-thread': ['Says how far you have read a thread.', { key: 'q8Zt4c-6', ...hello, upTo: 7 }],
  react: ['Reacts to a message with an emoji.', { key: 'q8Zt4c-7', ...hello, emoji: '👍' }],
  unreact: ['Takes your reaction back.', { key: 'q8Zt4c-8', ...hello, emoji: '👍' }],
  ping: ['Asks for a `pong`.', { key: 'p1' }],
});

/** Those that the server sends. */
export const framesOut = examplesOf({
  ready: ['You are signed in.', { userId: ANN, log: ID, position: 1041 }],
  message: ['Somebody, maybe you, sent a message.', { position: 1042, ...wholeHello }],
  'message-edited': [
    'The message has another text from now on.',
    { position: 1043, ...hello, text: 'Hello, Ben', editedAt: at, by: ANN },
  ],
  'message-restored': [
    'A removed message is back, whole but for its reactions and its thread: keep those that you have.',
    { position: 1043, ...wholeHello, by: ANN },
  ],
  'message-removed': [
    'Keep the place of the message, without its text and file.',
    { position: 1043, ...hello, removedAt: at, removedBy: ANN },
  ],
  'message-erased': ['Forget what the message said: nobody reads it again.', { position: 1043, ...hello, by: ANN }],
  'reaction-added': [
    'Somebody, maybe you, reacted to a message. `count`: how many react with this emoji now.',
    { position: 1043, ...hello, emoji: '👍', userId: BEN, count: 2 },
  ],
  'reaction-taken-back': [
    'Somebody, maybe you, took a reaction back. With a `count` of 0 the emoji is gone from the message.',
    { position: 1044, ...hello, emoji: '👍', userId: BEN, count: 1 },
  ],
  'message-pinned': ['A message is pinned from now on.', { position: 1043, ...hello, pinnedAt: at, pinnedBy: ANN }],
  'message-unpinned': [
    'A message is no longer pinned. A message that is removed or erased is not either, without this frame.',
    { position: 1044, ...hello, unpinnedBy: ANN },
  ],
  'bookmark-added': ['You bookmarked a message, on this device or another one.', { position: 1043, ...hello }],
  'bookmark-removed': ['You removed a bookmark, on this device or another one.', { position: 1044, ...hello }],
  'visitor-erased': [
    'Forget the visitor of the desk, and all that was said there by it and by the desk itself.',
    { position: 1043, conversationId: TEA },
  ],
  'user-erased': [
    'Forget the names of the account, what its messages said, and its files.',
    { position: 1043, userId: ANN },
  ],
  'file-erased': ['Forget the name of the file, and its content.', { position: 1043, fileId: SAID }],
  conversation: [
    'A conversation was made, or its description changed.',
    { position: 1044, conversationId: TEA, changes: { name: 'Tea at five' } },
  ],
  'member-added': [
    'Somebody is a member now.',
    { position: 1045, conversationId: TEA, userId: ANN, role: 'member', user: ann, by: BEN },
  ],
  'member-removed': [
    'Somebody left or was removed.',
    { position: 1046, conversationId: TEA, userId: ANN, user: ann, by: BEN },
  ],
  'member-changed': [
    'Somebody has another role.',
    { position: 1047, conversationId: TEA, userId: BEN, role: 'moderator', by: ANN },
  ],
  read: [
    'You marked messages as read, on this device or another one.',
    { position: 1048, conversationId: TEA, upTo: 7 },
  ],
  'thread-read': [
    'You marked messages of a thread as read, on this device or another one.',
    { position: 1048, conversationId: TEA, threadId: SAID, upTo: 7 },
  ],
  'thread-followed': [
    'You follow a thread from here on: you asked for it, wrote in it, or somebody answers you there.',
    { position: 1048, conversationId: TEA, threadId: SAID },
  ],
  'thread-unfollowed': [
    'You left a thread, on this device or another one.',
    { position: 1048, conversationId: TEA, threadId: SAID },
  ],
  seen: [
    'Another member of a small conversation has read so far.',
    { position: 1048, conversationId: TEA, userId: BEN, upTo: 7 },
  ],
  alert: ['The message before it has some of your alert words.', { position: 1042, ...hello, words: ['hello'] }],
  user: ['Somebody you know, or you, looks different from now on.', { position: 1049, user: ann }],
  'caught-up': ['The history ends here; live events follow.', { position: 1047 }],
  presence: [
    'Somebody came, went, or says something else of themselves.',
    { userId: BEN, state: 'dnd', status: { text: 'In a meeting', emoji: '📅', endsAt: null } },
  ],
  typing: ['Somebody is writing.', { conversationId: TEA, userId: BEN }],
  accepted: ['Your command is recorded.', { key: 'q8Zt4c-1', messageId: SAID, position: 1042 }],
  refused: [
    'Your command is not recorded; `code` is one of those below.',
    {
      key: 'q8Zt4c-1',
      code: 'not-a-member',
      field: 'conversationId',
      message: 'Only members may do this. Join the conversation, or ask an owner to add you.',
    },
  ],
  pong: ['Answers a `ping`.', { key: 'p1' }],
});
