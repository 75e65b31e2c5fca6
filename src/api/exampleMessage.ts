// The message that examples of frames tell of, with the people and the conversation around it.

import type { z } from 'zod';
import type { Message, Profile, Quoted } from './answers.ts';

export const ANN = '0190b0a0-0000-7000-8000-00000000000a';
export const BEN = '0190b0a0-0000-7000-8000-00000000000b';
export const TEA = '0190b0a0-0000-7000-8000-00000000000c';
export const SAID = '0190b0a0-0000-7000-8000-00000000000d';
export const at = '2026-01-31T12:00:00.000Z';

export const ann: z.output<typeof Profile> = {
  id: ANN,
  number: 1,
  username: 'ann',
  firstName: 'Ann',
  lastName: 'Lee',
  displayName: 'Ann Lee',
  timeZone: 'Europe/London',
  avatar: null,
  deleted: false,
};
const ben = { ...ann, id: BEN, number: 2 };

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

/** Where it is. */
export const hello = { conversationId: TEA, messageId: SAID };

/** All of it. */
export const wholeHello = {
  conversationId: TEA,
  message: { ...message, replyTo: { id: ASKED, seq: 6 } },
  sender: ann,
  quoted: { message: quoted, sender: ben },
};
