// Who may edit, remove and restore a message, for how long, and what comes of it.

import { describe, expect, test } from 'vitest';
import { editMessage, removeMessage, restoreMessage, type Wanted } from '../../src/domain/changedMessage.ts';
import { type Conversation, conversations } from '../../src/domain/conversation.ts';
import type { DomainEvent, Policy } from '../../src/domain/events.ts';
import { LIMITS, MAX_EDITS } from '../../src/domain/limits.ts';
import { firstPolicy } from '../../src/domain/policy.ts';
import { eraseMessage, type SaidMessage, type Sent, saidMessages } from '../../src/domain/saidMessage.ts';
import type { User } from '../../src/domain/user.ts';
import { ann, ben, cleo, event, given, later, NOON, stateOf, team, userNamed, uuid } from '../support/scenario.ts';

const Ann = userNamed(ann, 'ann');
const Ben = userNamed(ben, 'ben');
const dan = uuid(4);
const Dan = userNamed(dan, 'dan');
const dora = uuid(5);
const Dora = userNamed(dora, 'dora');
const Admin = userNamed(cleo, 'cleo', event('RoleGranted', { userId: cleo, role: 'admin' }));

const made = { conversationId: team, number: 7, name: 'Team', description: '', picture: null };
const added = (userId: string) =>
  event('MemberAdded', { conversationId: team, userId, role: 'member', addedBy: ben, upTo: 0 });
const policy = (changes: Partial<Policy>) =>
  event('PolicySet', { conversationId: team, policy: { ...firstPolicy.group, ...changes }, setBy: ben });
const role = (userId: string, given: 'moderator' | 'reader') =>
  event('RoleGiven', { conversationId: team, userId, role: given, givenBy: ben });
/** Of Ben, with Ann and Dan. */
const groupWith = (...more: readonly DomainEvent[]): Conversation =>
  stateOf(conversations, [
    event('GroupCreated', { ...made, public: false, slug: null, ownerId: ben }),
    added(dan),
    added(ann),
    ...more,
  ]);
const group = groupWith();
const visitor = { room: '1', visitorName: 'Vic', visitorEmail: 'vic@example.org' };
const leftDesk = stateOf(conversations, [
  event('DeskOpened', { conversationId: team, number: 7, ...visitor }),
  event('DeskLeft', { conversationId: team, userId: cleo }),
]);
const nowhere = stateOf(conversations, []);

const messageId = uuid(9);
const sent: Sent = {
  ...{ messageId, conversationId: team, number: 1, senderId: ann, receiverId: null, kind: 'text', text: 'rude' },
  ...{ fileId: null, at: NOON, seq: 3 },
};
const said = { conversationId: team, messageId };
const edited = (text: string) => event('MessageEdited', { ...said, senderId: ann, text });
const removed = (removedBy: string) =>
  event('MessageRemoved', { ...said, ...(removedBy !== ann && { senderId: ann }), removedBy });
const restored = (restoredBy: string, more = {}) =>
  event('MessageRestored', { ...said, seq: 3, senderId: ann, ...more, restoredBy });
const erased = event('MessageErased', { ...said, key: 'key', by: null });

/** `seconds`: after noon. */
const wanted = (by: User, { what = sent, where = group, seconds = 0 } = {}): Wanted => ({
  conversation: where,
  by,
  sent: what,
  now: later(seconds * 1000).now,
});
type Where = Parameters<typeof wanted>[1];
const remove =
  (...asked: readonly [User, Where?]) =>
  (state: SaidMessage) =>
    removeMessage(state, wanted(...asked));
const restore =
  (...asked: readonly [User, Where?]) =>
  (state: SaidMessage) =>
    restoreMessage(state, wanted(...asked));
const edit =
  (text: string, ...asked: readonly [User, Where?]) =>
  (state: SaidMessage) =>
    editMessage(state, wanted(...asked), text);

const message = (...history: readonly DomainEvent[]) => given(saidMessages, ...history);

describe('a message is removed', () => {
  test('by who sent it', () => message().when(remove(Ann)).then(removed(ann)));
  test('by an admin who is no member', () => message().when(remove(Admin)).then(removed(cleo)));
  test('from its thread, which counts it out and in again', () => {
    const [threadId, what] = [uuid(8), { ...sent, threadId: uuid(8) }];
    const gone = event('MessageRemoved', { ...said, threadId, removedBy: ann });
    message().when(remove(Ann, { what })).then(gone);
    message(gone).when(restore(Ann, { what })).then(restored(ann, { threadId }));
  });
  test('by an admin who has left the desk', () =>
    message()
      .when(remove(Admin, { where: leftDesk }))
      .then(removed(cleo)));
  test('by who owns the group', () => message().when(remove(Ben)).then(removed(ben)));
  test('by a moderator of the group, while it is one', () => {
    message()
      .when(remove(Dan, { where: groupWith(role(dan, 'moderator')) }))
      .then(removed(dan));
    message().when(remove(Dan)).thenRefused('not-yours');
  });
  test('once: whoever removes it again is not recorded', () => {
    message(removed(cleo)).when(remove(Ann)).thenNothing();
    message(removed(cleo)).when(remove(Dan)).thenRefused('not-yours');
  });
  test('by a moderator though its sender removed it: then only the moderator restores it', () => {
    const again = event('MessageRemoved', { ...said, senderId: ann, removedBy: ben, again: true });
    message(removed(ann)).when(remove(Ben)).then(again);
    message(removed(ann), again).when(restore(Ann)).thenRefused('not-yours');
    message(removed(ann), again).when(restore(Ben)).then(restored(ben));
    message(removed(ann), again).when(remove(Ann)).thenNothing();
    message(removed(ann), again).when(remove(Ben)).thenNothing();
    message(removed(ann), again).when(remove(Admin)).thenNothing();
  });
  test('once by whoever may: a removal by another moderator stands', () =>
    message(removed(cleo)).when(remove(Ben)).thenNothing());
  test('again, once it was restored', () => message(removed(ann), restored(ann)).when(remove(Ben)).then(removed(ben)));
  test('by its sender for as long as the policy says, and by moderators and admins at any time', () => {
    const where = groupWith(policy({ removeFor: 60 }), role(dan, 'moderator'));
    message()
      .when(remove(Ann, { where, seconds: 60 }))
      .then(removed(ann));
    message()
      .when(remove(Ann, { where, seconds: 60.001 }))
      .thenRefused('too-late');
    for (const [by, id] of [
      [Ben, ben],
      [Dan, dan],
      [Admin, cleo],
    ] as const)
      message()
        .when(remove(by, { where, seconds: 1e6 }))
        .then(removed(id));
    message(removed(ben))
      .when(remove(Ann, { where, seconds: 61 }))
      .thenNothing();
  });
});

describe('a message is restored', () => {
  test('by who removed it, and by nobody else', () => {
    message(removed(ann)).when(restore(Ann)).then(restored(ann));
    message(removed(ben)).when(restore(Ben)).then(restored(ben));
    message(removed(ben)).when(restore(Ann)).thenRefused('not-yours');
    message(removed(ann)).when(restore(Admin)).thenRefused('not-yours');
    message(removed(ann)).when(restore(Dan)).thenRefused('not-yours');
  });
  test('by a former moderator no longer', () => message(removed(dan)).when(restore(Dan)).thenRefused('not-yours'));
  test('once: whoever restores it again is not recorded', () => {
    message().when(restore(Ann)).thenNothing();
    message(removed(ann), restored(ann)).when(restore(Ann)).thenNothing();
    message(removed(ann), restored(ann)).when(restore(Dan)).thenRefused('not-yours');
  });
  test('by the remover of the latest removal', () => {
    const history = [removed(ben), restored(ben), removed(ann)];
    message(...history)
      .when(restore(Ben))
      .thenRefused('not-yours');
    message(...history)
      .when(restore(Ann))
      .then(restored(ann));
  });
  test('for as long after the removal as the policy gives for removing, whoever removed it', () => {
    const where = groupWith(policy({ removeFor: 60 }));
    const old = { ...sent, at: '2020-01-01T00:00:00.000Z' };
    for (const [by, id] of [
      [Ann, ann],
      [Ben, ben],
    ] as const) {
      message(removed(id))
        .when(restore(by, { where, what: old, seconds: 60 }))
        .then(restored(id));
      message(removed(id))
        .when(restore(by, { where, what: old, seconds: 61 }))
        .thenRefused('too-late');
    }
  });
  test('never, once it was erased', () => {
    message(removed(ann), erased).when(restore(Ann)).thenRefused('message-removed');
    message(erased).when(restore(Ann)).thenRefused('message-removed');
  });
  test('with all that the views need: whose it is, and when it was sent if it was imported', () => {
    const sentAt = '2008-04-01T12:00:00.000Z';
    message(removed(ben))
      .when(restore(Ben, { what: { ...sent, senderId: null, sentAt } }))
      .then(restored(ben, { senderId: null, sentAt }));
  });
});

describe('a message gets another text', () => {
  test('from who sent it, and from nobody else', () => {
    message().when(edit('kind', Ann)).then(edited('kind'));
    for (const by of [Ben, Dan, Admin]) message().when(edit('kind', by)).thenRefused('not-yours');
    message()
      .when(edit('kind', Ann, { what: { ...sent, senderId: null } }))
      .thenRefused('not-yours');
  });
  test('as often as its sender likes, up to a bound', () => {
    message(edited('kind')).when(edit('kinder', Ann)).then(edited('kinder'));
    message(edited('kind')).when(edit('rude', Ann)).then(edited('rude'));
    const often = Array.from({ length: MAX_EDITS }, (_, i) => edited(`text ${i}`));
    message(...often.slice(1))
      .when(edit('kind', Ann))
      .then(edited('kind'));
    message(...often)
      .when(edit('kind', Ann))
      .thenRefused('edited-too-often');
  });
  test('but not the one that it has, also when the time is over', () => {
    const where = groupWith(policy({ editFor: 60 }));
    message().when(edit('rude', Ann)).thenNothing();
    message(edited('kind')).when(edit('kind', Ann)).thenNothing();
    message(edited('kind'))
      .when(edit('kind', Ann, { where, seconds: 61 }))
      .thenNothing();
  });
  test('for as long after sending as the policy says, however often it was edited', () => {
    const where = groupWith(policy({ editFor: 60 }));
    message(edited('kind'))
      .when(edit('kinder', Ann, { where, seconds: 60 }))
      .then(edited('kinder'));
    message(edited('kind'))
      .when(edit('kinder', Ann, { where, seconds: 61 }))
      .thenRefused('too-late');
    message()
      .when(edit('kind', Ann, { where: groupWith(policy({ editFor: 0 })), seconds: 0.001 }))
      .thenRefused('too-late');
  });
  test('only while its sender may write there', () => {
    const readers = groupWith(role(ann, 'reader'));
    message()
      .when(edit('kind', Ann, { where: readers }))
      .thenRefused('read-only');
    message()
      .when(edit('kind', Ann, { where: groupWith(policy({ write: 'moderators' })) }))
      .thenRefused('read-only');
    const left = groupWith(event('MemberLeft', { conversationId: team, userId: ann }));
    message()
      .when(edit('kind', Ann, { where: left }))
      .thenRefused('conversation-unknown');
    const open = stateOf(conversations, [event('GroupCreated', { ...made, public: true, slug: null, ownerId: ben })]);
    message()
      .when(edit('kind', Ann, { where: open }))
      .thenRefused('not-a-member');
  });
  test('not while it is removed, and never once it was erased', () => {
    message(removed(ann)).when(edit('kind', Ann)).thenRefused('message-removed');
    message(erased).when(edit('kind', Ann)).thenRefused('message-removed');
    message(removed(ann), restored(ann)).when(edit('kind', Ann)).then(edited('kind'));
  });
  test('within the bounds of a text', () => {
    message()
      .when(edit('x'.repeat(LIMITS.text), Ann))
      .then(edited('x'.repeat(LIMITS.text)));
    message()
      .when(edit('x'.repeat(LIMITS.text + 1), Ann))
      .thenRefused('text-too-long', 'text');
  });
  test('that is empty only if it has a file', () => {
    message().when(edit(' ', Ann)).thenRefused('message-empty', 'text');
    message()
      .when(edit('', Ann, { what: { ...sent, kind: 'image', fileId: uuid(8) } }))
      .then(edited(''));
  });
});

test('nobody learns of a conversation or a message that is not there, or not theirs to see', () => {
  const changes = [
    removeMessage,
    restoreMessage,
    (state: SaidMessage, asked: Wanted) => editMessage(state, asked, 'x'),
  ];
  for (const change of changes) {
    const by = (asked: Wanted) => (state: SaidMessage) => change(state, asked);
    message()
      .when(by(wanted(Dora)))
      .thenRefused('conversation-unknown');
    const none = (user: User, where = group) => by({ ...wanted(user, { where }), sent: undefined });
    message().when(none(Dora)).thenRefused('conversation-unknown');
    message().when(none(Admin, nowhere)).thenRefused('conversation-unknown');
    message().when(none(Ann)).thenRefused('message-unknown');
    message().when(none(Admin)).thenRefused('message-unknown');
  }
});

test('what it is erased with is recorded once', () => {
  const keys = { ...said, key: 'own', by: ann, editKeys: ['other'] };
  message(edited('kind'))
    .when((state) => eraseMessage(state, keys))
    .then(event('MessageErased', keys));
  message(edited('kind'), erased)
    .when((state) => eraseMessage(state, keys))
    .thenNothing();
  expect(stateOf(saidMessages, [edited('kind'), removed(ben), restored(ben)])).toMatchObject({
    text: 'kind',
    edits: 1,
  });
});
