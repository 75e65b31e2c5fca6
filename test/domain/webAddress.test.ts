// Links and pictures lead to the Web, for every field that is one and every way in.

import { expect, test } from 'vitest';
import { openRoom } from '../../src/commands/openRoom.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { createGroup, openRoom as decideRoom } from '../../src/domain/createConversation.ts';
import { describeConversation } from '../../src/domain/describeConversation.ts';
import { checkTexts } from '../../src/domain/limits.ts';
import { changeAccount, register } from '../../src/domain/ownAccount.ts';
import { users } from '../../src/domain/user.ts';
import { isWebAddress } from '../../src/domain/webAddress.ts';
import { ann, event, given, registration, team, userNamed } from '../support/scenario.ts';

const GOOD = [
  'https://example.org/a.png',
  'HTTP://example.org',
  '//example.org/a.png',
  '/media/uploads/cat_1.png',
  'c.png',
  'testLink@test.com',
  'a b',
  '',
];

const BAD = [
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  ' javascript:alert(1)',
  '\u0001javascript:alert(1)',
  'java\nscript:alert(1)',
  'java\tscript:alert(1)',
  'javascript\n:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'data:image/svg+xml;base64,PHN2Zz4=',
  'vbscript:msgbox(1)',
  'blob:https://example.org/1',
  'file:///etc/passwd',
  'view-source:javascript:1',
  'mailto:ann@example.org',
  'http://',
];

test('what a browser reads as http, https or a path is an address of the Web', () => {
  for (const text of GOOD) expect(isWebAddress(text), text).toBe(true);
  for (const text of BAD) expect(isWebAddress(text), JSON.stringify(text)).toBe(false);
});

test.each(['avatar', 'picture', 'link'])('no decision records another text as %s', (field) => {
  for (const text of GOOD) expect(() => checkTexts({ [field]: text })).not.toThrow();
  for (const text of BAD)
    expect(() => checkTexts({ [field]: text })).toThrow(expect.objectContaining({ code: 'not-a-web-address', field }));
});

test('every decision that takes one asks', () => {
  const [bad, Ann] = [BAD[0]!, userNamed(ann, 'ann')];
  const described = { conversationId: team, number: 1, name: 'Team', description: '', picture: null };
  const group = { ...described, public: false, slug: null, ownerId: ann };
  const room = { ...described, capacity: null, link: null, passwordHash: null, openedBy: ann };
  const refused = ['not-a-web-address', 'picture'] as const;
  given(users)
    .when((state) => register(state, { ...registration(ann, 'ann'), avatar: bad }, []))
    .thenRefused('not-a-web-address', 'avatar');
  given(users, event('UserRegistered', registration(ann, 'ann')))
    .when((state) => changeAccount(state, { profile: { avatar: bad } }, []))
    .thenRefused('not-a-web-address', 'avatar');
  given(conversations)
    .when((state) => createGroup(state, { ...group, picture: bad }, [], []))
    .thenRefused(...refused);
  given(conversations)
    .when((state) => decideRoom(state, { ...room, link: bad }))
    .thenRefused('not-a-web-address', 'link');
  given(conversations, event('GroupCreated', group))
    .when((state) => describeConversation(state, Ann, { picture: bad }))
    .thenRefused(...refused);
});

test('a request is told which of its fields is none', () => {
  const fieldsAtFault = [
    registerUser.input.safeParse({ username: 'ann', avatar: BAD[0] }),
    openRoom.input.safeParse({ name: 'Room', picture: BAD[0], link: BAD[1] }),
  ].map(({ error }) => error?.issues.map(({ path }) => path.join()));
  expect(fieldsAtFault).toEqual([['avatar'], ['picture', 'link']]);
});
