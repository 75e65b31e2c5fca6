// Who may remove a message, and what comes of it.

import { describe, test } from 'vitest';
import { conversations } from '../../src/domain/conversation.ts';
import { removeMessage, type SaidMessage, type Sent, saidMessages } from '../../src/domain/saidMessage.ts';
import type { User } from '../../src/domain/user.ts';
import { ann, ben, cleo, event, given, stateOf, team, userNamed, uuid } from '../support/scenario.ts';

const Ann = userNamed(ann, 'ann');
const Ben = userNamed(ben, 'ben');
const dan = uuid(4);
const Dan = userNamed(dan, 'dan');
const Admin = userNamed(cleo, 'cleo', event('RoleGranted', { userId: cleo, role: 'admin' }));

const described = { number: 7, name: 'Team', description: '', picture: null };
const group = stateOf(conversations, [
  event('GroupCreated', { conversationId: team, ...described, public: false, slug: null, ownerId: ben }),
  event('MemberAdded', { conversationId: team, userId: dan, role: 'member', addedBy: ben, upTo: 0 }),
  event('MemberAdded', { conversationId: team, userId: ann, role: 'member', addedBy: ben, upTo: 0 }),
]);
const visitor = { room: '1', visitorName: 'Vic', visitorEmail: 'vic@example.org' };
const leftDesk = stateOf(conversations, [
  event('DeskOpened', { conversationId: team, number: 7, ...visitor }),
  event('DeskLeft', { conversationId: team, userId: cleo }),
]);
const nowhere = stateOf(conversations, []);

const messageId = uuid(9);
const sent: Sent = {
  messageId,
  seq: 1,
  conversationId: team,
  number: 1,
  senderId: ann,
  receiverId: null,
  kind: 'text',
  text: 'rude',
  fileId: null,
};
const removed = (removedBy: string) => event('MessageRemoved', { conversationId: team, messageId, removedBy });
const by =
  (user: User, what: Sent | undefined = sent, where = group) =>
  (said: SaidMessage) =>
    removeMessage(said, where, user, what);

describe('a message is removed', () => {
  test('by who sent it', () => given(saidMessages).when(by(Ann)).then(removed(ann)));
  test('by an admin who is no member', () => given(saidMessages).when(by(Admin)).then(removed(cleo)));
  test('by an admin who has left the desk', () =>
    given(saidMessages)
      .when(by(Admin, sent, leftDesk))
      .then(removed(cleo)));
  test('by who moderates the group', () => given(saidMessages).when(by(Ben)).then(removed(ben)));
  test('by no other member', () => given(saidMessages).when(by(Dan)).thenRefused('not-permitted'));
  test('once: whoever removes it again is not recorded', () => {
    given(saidMessages, removed(cleo)).when(by(Ann)).thenNothing();
    given(saidMessages, removed(cleo)).when(by(Dan)).thenRefused('not-permitted');
  });
});

test('nobody learns of a conversation or a message that is not there, or not theirs to see', () => {
  const stranger = userNamed(uuid(5), 'dora');
  given(saidMessages).when(by(stranger)).thenRefused('conversation-unknown');
  const unknown =
    (user: User, where = group) =>
    (said: SaidMessage) =>
      removeMessage(said, where, user, undefined);
  given(saidMessages).when(unknown(stranger)).thenRefused('conversation-unknown');
  given(saidMessages).when(unknown(Admin, nowhere)).thenRefused('conversation-unknown');
  given(saidMessages).when(unknown(Ann)).thenRefused('message-unknown');
  given(saidMessages).when(unknown(Admin)).thenRefused('message-unknown');
});
