// The frames of the native socket, each with what it is for and an example, for the page that documents the API. Tests hold
// them to what the socket reads and sends.

import type { z } from 'zod';
import { ID } from './answerFields.ts';
import type { Message, Profile, Quoted } from './answers.ts';

export interface FrameExample {
  readonly says: string;
  readonly example: Readonly<Record<string, unknown>>;
}

const ANN = '0190b0a0-0000-7000-8000-00000000000a';
const BEN = '0190b0a0-0000-7000-8000-00000000000b';
const TEA = '0190b0a0-0000-7000-8000-00000000000c';
const SAID = '0190b0a0-0000-7000-8000-00000000000d';
const at = '2026-01-31T12:00:00.000Z';

const profile = {
  number: 1,
  username: 'ann',
  firstName: 'Ann',
  lastName: 'Lee',
  displayName: 'Ann Lee',
  timeZone: 'Europe/London',
};
const ann: z.output<typeof Profile> = { id: ANN, ...profile, avatar: null, deleted: false };

const message: z.output<typeof Message> = {
  id: SAID,
  number: 7,
  conversationId: TEA,
  seq: 7,
  position: 1042,
  senderId: ANN,
  kind: 'text',
  text: 'Hello',
  file: null,
  at,
  editedAt: null,
  removedAt: null,
  removedBy: null,
  visitor: null,
  answers: null,
  mentioned: [],
  call: null,
  erased: false,
  replyTo: null,
  threadId: null,
  thread: null,
  reactions: [],
  pinnedAt: null,
};

const ASKED = '0190b0a0-0000-7000-8000-00000000000e';
const quoted: z.output<typeof Quoted> = {
  ...{ id: ASKED, seq: 6, senderId: BEN, kind: 'text', text: 'Anybody here?', at, removedAt: null, erased: false },
};
const ben = { ...ann, id: BEN, number: 2 };
const reply = { ...message, replyTo: { id: ASKED, seq: 6 } };

/** Those that clients send. */
export const framesIn: Readonly<Record<string, FrameExample>> = {
  'sign-in': {
    says: 'Signs in, or renews the credential.',
    example: { type: 'sign-in', token: 'eyJhbGciOiJIUzI1NiJ9…' },
  },
  subscribe: {
    says: 'Sends everything after a position, 0 for all, then what happens. Without `after`: only what happens.',
    example: { type: 'subscribe', after: 1041, log: ID, conversationIds: [TEA] },
  },
  send: {
    says: 'Sends a message. The key makes a retry harmless. Without the right to call all, `@everyone` and `@here` are plain text.',
    example: {
      ...{ type: 'send', key: 'q8Zt4c-1', conversationId: TEA, text: 'Hello', fileId: null },
      ...{ replyTo: null, threadId: null },
    },
  },
  edit: {
    says: 'Gives a message of yours another text.',
    example: { type: 'edit', key: 'q8Zt4c-3', conversationId: TEA, messageId: SAID, text: 'Hello, Ben' },
  },
  remove: {
    says: 'Removes a message.',
    example: { type: 'remove', key: 'q8Zt4c-4', conversationId: TEA, messageId: SAID },
  },
  restore: {
    says: 'Brings back a message that you removed.',
    example: { type: 'restore', key: 'q8Zt4c-5', conversationId: TEA, messageId: SAID },
  },
  typing: {
    says: 'Tells the others that you are writing.',
    example: { type: 'typing', conversationId: TEA },
  },
  presence: {
    says: 'Says whether you are at this device.',
    example: { type: 'presence', state: 'away' },
  },
  read: {
    says: 'Says how far you have read.',
    example: { type: 'read', key: 'q8Zt4c-2', conversationId: TEA, upTo: 7 },
  },
  'read-thread': {
    says: 'Says how far you have read a thread.',
    example: { type: 'read-thread', key: 'q8Zt4c-6', conversationId: TEA, messageId: SAID, upTo: 7 },
  },
  react: {
    says: 'Reacts to a message with an emoji.',
    example: { type: 'react', key: 'q8Zt4c-7', conversationId: TEA, messageId: SAID, emoji: '👍' },
  },
  unreact: {
    says: 'Takes your reaction back.',
    example: { type: 'unreact', key: 'q8Zt4c-8', conversationId: TEA, messageId: SAID, emoji: '👍' },
  },
  ping: { says: 'Asks for a `pong`.', example: { type: 'ping', key: 'p1' } },
};

/** Those that the server sends. */
export const framesOut: Readonly<Record<string, FrameExample>> = {
  ready: { says: 'You are signed in.', example: { type: 'ready', userId: ANN, log: ID, position: 1041 } },
  message: {
    says: 'Somebody, maybe you, sent a message.',
    example: {
      type: 'message',
      position: 1042,
      conversationId: TEA,
      message: reply,
      sender: ann,
      quoted: { message: quoted, sender: ben },
    },
  },
  'message-edited': {
    says: 'The message has another text from now on.',
    example: {
      type: 'message-edited',
      position: 1043,
      conversationId: TEA,
      messageId: SAID,
      text: 'Hello, Ben',
      editedAt: at,
      by: ANN,
    },
  },
  'message-restored': {
    says: 'A removed message is back, whole but for its reactions and its thread: keep those that you have.',
    example: {
      type: 'message-restored',
      position: 1043,
      conversationId: TEA,
      message: reply,
      sender: ann,
      quoted: { message: quoted, sender: ben },
      by: ANN,
    },
  },
  'message-removed': {
    says: 'Keep the place of the message, without its text and file.',
    example: {
      type: 'message-removed',
      position: 1043,
      conversationId: TEA,
      messageId: SAID,
      removedAt: at,
      removedBy: ANN,
    },
  },
  'message-erased': {
    says: 'Forget what the message said: nobody reads it again.',
    example: { type: 'message-erased', position: 1043, conversationId: TEA, messageId: SAID, by: ANN },
  },
  'reaction-added': {
    says: 'Somebody, maybe you, reacted to a message. `count`: how many react with this emoji now.',
    example: {
      type: 'reaction-added',
      position: 1043,
      conversationId: TEA,
      messageId: SAID,
      emoji: '👍',
      userId: BEN,
      count: 2,
    },
  },
  'reaction-taken-back': {
    says: 'Somebody, maybe you, took a reaction back. With a `count` of 0 the emoji is gone from the message.',
    example: {
      type: 'reaction-taken-back',
      position: 1044,
      conversationId: TEA,
      messageId: SAID,
      emoji: '👍',
      userId: BEN,
      count: 1,
    },
  },
  'message-pinned': {
    says: 'A message is pinned from now on.',
    example: {
      type: 'message-pinned',
      position: 1043,
      conversationId: TEA,
      messageId: SAID,
      pinnedAt: at,
      pinnedBy: ANN,
    },
  },
  'message-unpinned': {
    says: 'A message is no longer pinned. A message that is removed or erased is not either, without this frame.',
    example: { type: 'message-unpinned', position: 1044, conversationId: TEA, messageId: SAID, unpinnedBy: ANN },
  },
  'bookmark-added': {
    says: 'You bookmarked a message, on this device or another one.',
    example: { type: 'bookmark-added', position: 1043, conversationId: TEA, messageId: SAID },
  },
  'bookmark-removed': {
    says: 'You removed a bookmark, on this device or another one.',
    example: { type: 'bookmark-removed', position: 1044, conversationId: TEA, messageId: SAID },
  },
  'visitor-erased': {
    says: 'Forget the visitor of the desk, and all that was said there by it and by the desk itself.',
    example: { type: 'visitor-erased', position: 1043, conversationId: TEA },
  },
  'user-erased': {
    says: 'Forget the names of the account, what its messages said, and its files.',
    example: { type: 'user-erased', position: 1043, userId: ANN },
  },
  'file-erased': {
    says: 'Forget the name of the file, and its content.',
    example: { type: 'file-erased', position: 1043, fileId: SAID },
  },
  conversation: {
    says: 'A conversation was made, or its description changed.',
    example: { type: 'conversation', position: 1044, conversationId: TEA, changes: { name: 'Tea at five' } },
  },
  'member-added': {
    says: 'Somebody is a member now.',
    example: {
      type: 'member-added',
      position: 1045,
      conversationId: TEA,
      userId: ANN,
      role: 'member',
      user: ann,
      by: BEN,
    },
  },
  'member-removed': {
    says: 'Somebody left or was removed.',
    example: { type: 'member-removed', position: 1046, conversationId: TEA, userId: ANN, user: ann, by: BEN },
  },
  'member-changed': {
    says: 'Somebody has another role.',
    example: { type: 'member-changed', position: 1047, conversationId: TEA, userId: BEN, role: 'moderator', by: ANN },
  },
  read: {
    says: 'You marked messages as read, on this device or another one.',
    example: { type: 'read', position: 1048, conversationId: TEA, upTo: 7 },
  },
  'thread-read': {
    says: 'You marked messages of a thread as read, on this device or another one.',
    example: { type: 'thread-read', position: 1048, conversationId: TEA, threadId: SAID, upTo: 7 },
  },
  'thread-followed': {
    says: 'You follow a thread from here on: you asked for it, wrote in it, or somebody answers you there.',
    example: { type: 'thread-followed', position: 1048, conversationId: TEA, threadId: SAID },
  },
  'thread-unfollowed': {
    says: 'You left a thread, on this device or another one.',
    example: { type: 'thread-unfollowed', position: 1048, conversationId: TEA, threadId: SAID },
  },
  seen: {
    says: 'Another member of a small conversation has read so far.',
    example: { type: 'seen', position: 1048, conversationId: TEA, userId: BEN, upTo: 7 },
  },
  alert: {
    says: 'The message before it has some of your alert words.',
    example: { type: 'alert', position: 1042, conversationId: TEA, messageId: SAID, words: ['hello'] },
  },
  user: {
    says: 'Somebody you know, or you, looks different from now on.',
    example: { type: 'user', position: 1049, user: ann },
  },
  'caught-up': {
    says: 'The history ends here; live events follow.',
    example: { type: 'caught-up', position: 1047 },
  },
  presence: {
    says: 'Somebody came, went, or says something else of themselves.',
    example: {
      type: 'presence',
      userId: BEN,
      state: 'dnd',
      status: { text: 'In a meeting', emoji: '📅', endsAt: null },
    },
  },
  typing: { says: 'Somebody is writing.', example: { type: 'typing', conversationId: TEA, userId: BEN } },
  accepted: {
    says: 'Your command is recorded.',
    example: { type: 'accepted', key: 'q8Zt4c-1', messageId: SAID, position: 1042 },
  },
  refused: {
    says: 'Your command is not recorded; `code` is one of those below.',
    example: {
      type: 'refused',
      key: 'q8Zt4c-1',
      code: 'not-a-member',
      field: 'conversationId',
      message: 'Only members may do this. Join the conversation, or ask an owner to add you.',
    },
  },
  pong: { says: 'Answers a `ping`.', example: { type: 'pong', key: 'p1' } },
};
