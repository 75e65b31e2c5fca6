import { visitor } from '../../src/domain/accessFacts.ts';
// No decision records a text that is too long, whichever way it came in.

import { expect, test } from 'vitest';
import { conversations } from '../../src/domain/conversation.ts';
import { createGroup, giveSlug, openDesk, openRoom } from '../../src/domain/createConversation.ts';
import { describeConversation } from '../../src/domain/describeConversation.ts';
import { fits, LIMITS } from '../../src/domain/limits.ts';
import { makeEnquiry, sendMessage } from '../../src/domain/message.ts';
import { changeAccount, register } from '../../src/domain/ownAccount.ts';
import { users } from '../../src/domain/user.ts';
import { ann, event, given, registration, stateOf, team, userNamed, uuid } from '../support/scenario.ts';

const Ann = userNamed(ann, 'ann');
const group = {
  conversationId: team,
  number: 1,
  name: 'Team',
  description: '',
  picture: null,
  public: false,
  slug: null,
  ownerId: ann,
};
const room = { conversationId: team, number: 1, name: 'Lobby', description: '', picture: null };
const opened = { ...room, capacity: null, link: null, passwordHash: null, openedBy: ann };
const desk = { conversationId: team, number: 1, room: 'Shop', visitorName: 'Eve', visitorEmail: 'eve@example.com' };
const message = (text: string, n = 201) => ({ messageId: uuid(n), number: 1, text, file: null });
const x = (length: number) => 'x'.repeat(length);

test('an emoji is one character', () => {
  expect([fits('\u{1F600}'.repeat(10), 10), fits('\u{1F600}'.repeat(11), 10), fits(x(11), 10)]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a message has 8,000 characters at most', () => {
  const inGroup = stateOf(conversations, [event('GroupCreated', group)]);
  const say = (text: string) => () => sendMessage(inGroup, Ann, message(text));
  expect(say(x(8000))()).toHaveLength(1);
  given(conversations)
    .when(say(x(8001)))
    .thenRefused('text-too-long', 'text');
});

test('an enquiry says something, and has 8,000 characters at most', () => {
  const atDesk = stateOf(conversations, [event('DeskOpened', desk)]);
  const ask = (text: string) => () =>
    makeEnquiry(atDesk, visitor, { name: 'Eve', email: 'eve@example.com' }, message(text), message('Yes.', 202));
  expect(ask('Open?')()).toHaveLength(2);
  given(conversations)
    .when(ask(x(8001)))
    .thenRefused('text-too-long', 'text');
  given(conversations).when(ask(' ')).thenRefused('message-empty', 'text');
});

test('a group, a room and a desk have names of 200 characters at most, and no blank ones', () => {
  for (const [name, code] of [
    [x(201), 'text-too-long'],
    [' ', 'text-blank'],
  ] as const) {
    const none = given(conversations);
    none.when((state) => createGroup(state, { ...group, name }, [], [])).thenRefused(code, 'name');
    none.when((state) => openRoom(state, { ...opened, name })).thenRefused(code, 'name');
    none.when((state) => openDesk(state, { ...desk, room: name })).thenRefused(code, 'room');
    given(conversations, event('GroupCreated', group))
      .when((state) => describeConversation(state, Ann, { name }))
      .thenRefused(code, 'name');
  }
});

test('a name of a person may be missing, but not invisible', () => {
  for (const field of ['firstName', 'lastName']) {
    given(users)
      .when((state) => register(state, { ...registration(ann, 'ann'), [field]: '\u3164' }, []))
      .thenRefused('text-blank', field);
    expect(register(users.initial(), { ...registration(ann, 'ann'), [field]: '' }, [])).toHaveLength(1);
  }
});

test('a slug has 100 characters at most', () => {
  given(conversations, event('GroupCreated', group))
    .when((state) => giveSlug(state, x(LIMITS.slug + 1), []))
    .thenRefused('text-too-long', 'slug');
});

test('an account has names within their limits, from the start and later', () => {
  for (const [field, length] of [
    ['username', 151],
    ['firstName', 201],
    ['nationalCode', 21],
  ] as const) {
    const changes = { [field]: x(length) };
    given(users)
      .when((state) => register(state, { ...registration(ann, 'ann'), ...changes }, []))
      .thenRefused('text-too-long', field);
    given(users, event('UserRegistered', registration(ann, 'ann')))
      .when((state) =>
        changeAccount(state, { profile: {}, ...(field === 'username' ? changes : { profile: changes }) }, []),
      )
      .thenRefused('text-too-long', field);
  }
});
