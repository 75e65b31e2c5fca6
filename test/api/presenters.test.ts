// What a document holds and no schema names stays inside, at any depth.

import { expect, test } from 'vitest';
import type { z } from 'zod';
import * as answers from '../../src/api/answers.ts';
import { type PreviewedConversation, presentConversation, presentMember } from '../../src/api/presentConversation.ts';
import * as presenters from '../../src/api/presenters.ts';
import { unknownConversation } from '../../src/domain/accessFacts.ts';
import type { FileDoc } from '../../src/projections/files.ts';
import type { MessageDoc } from '../../src/projections/messages.ts';
import type { UserDoc } from '../../src/projections/users.ts';
import { ann, NOON, team, uuid } from '../support/scenario.ts';

const hidden = { secret: 'hidden' };
const visitor = { name: 'Vic', email: 'vic@example.org', ...hidden };
const numbers = { number: 7, seq: 1, position: 9, size: 3, memberCount: 1, messageCount: 2, capacity: null };
const last = { id: uuid(8), senderId: ann, kind: 'text', text: 'Hello', at: NOON, ...hidden };

/** Every field of every document, and one that no schema names. */
const document = {
  ...numbers,
  ...hidden,
  id: uuid(7),
  conversationId: team,
  senderId: ann,
  receiverId: null,
  ownerId: ann,
  createdBy: ann,
  kind: 'text',
  text: 'Hello',
  fileId: uuid(9),
  visitor,
  answers: null,
  erased: false,
  email: 'ann@example.org',
  verifiedEmail: null,
  acceptsDesks: true,
  showsReceipts: true,
  username: 'ann',
  usernameKey: 'ann',
  phone: null,
  externalId: 'hidden',
  firstName: 'Ann',
  lastName: 'Lee',
  address: null,
  nationalCode: null,
  avatar: null,
  isAdmin: true,
  isStaff: false,
  isAuditor: false,
  outsideSuperuser: false,
  deleted: false,
  suspended: false,
  createdAt: NOON,
  lastLoginAt: null,
  at: NOON,
  hash: 'hidden',
  eventId: 'hidden',
  mediaType: 'text/plain',
  removedCount: 0,
  public: true,
  listed: true,
  name: 'Tea',
  voice: 'hidden',
  slug: null,
  slugKey: null,
  description: '',
  picture: null,
  link: null,
  hasPassword: false,
  userIds: [],
  room: null,
  visitorName: 'Vic',
  visitorEmail: 'vic@example.org',
  visitorId: null,
  visitorEmailKey: 'hidden',
  lastMessage: last,
};

const user = document as UserDoc;
const file = document as FileDoc;
const membership = { role: 'owner', joinedAt: NOON, ...hidden } as const;
const conversation = {
  ...document,
  ...unknownConversation,
  kind: 'desk',
} as unknown as PreviewedConversation;

const shown: readonly [string, z.ZodType, unknown][] = [
  ['a profile', answers.Profile, presenters.presentProfile(user)],
  ['an account', answers.Account, presenters.presentAccount(user)],
  [
    'a conversation',
    answers.Conversation,
    presentConversation(conversation, { membership, reading: { readUpTo: 1, unread: 0, mentions: 0 } }),
  ],
  ['a member', answers.Member, presentMember(membership, user)],
  ['a file', answers.File, presenters.presentFile(file)],
  ['a message', answers.Message, presenters.presentMessage(document as MessageDoc, file)],
];

test.each(shown)('%s shows what its schema names, and nothing else', (_, schema, answer) => {
  expect(schema.parse(answer)).toEqual(answer);
  expect(JSON.stringify(answer)).not.toContain('hidden');
});

test('what nothing is known of is null', () => {
  const bare = { ...conversation, visitorName: null, lastMessage: null };
  const answer = presentConversation(bare, { membership: undefined, reading: undefined });
  expect(answer).toMatchObject({ visitor: null, lastMessage: null, role: null, readUpTo: 0, unread: 0 });
});
