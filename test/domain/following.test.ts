import { expect, test } from 'vitest';
import { conversations } from '../../src/domain/conversation.ts';
import {
  followings,
  followOwnThread,
  followThread,
  markThreadRead,
  unfollowThread,
} from '../../src/domain/following.ts';
import { sendMessage } from '../../src/domain/message.ts';
import type { Earlier } from '../../src/domain/references.ts';
import { Refused } from '../../src/domain/refused.ts';
import {
  ann,
  ben,
  cleo,
  event,
  given,
  messageSent,
  NOON,
  stateOf,
  team,
  userNamed,
  uuid,
} from '../support/scenario.ts';

const thread = { conversationId: team, threadId: uuid(9), userId: ann };
const followed = event('ThreadFollowed', thread);
const left = event('ThreadUnfollowed', thread);

test('an account follows a thread once, leaves it once, and may come back', () => {
  const follow = (...before: Parameters<typeof given>[1][]) =>
    given(followings, ...before).when((state) => followThread(state, thread));
  const leave = (...before: Parameters<typeof given>[1][]) =>
    given(followings, ...before).when((state) => unfollowThread(state, thread));
  follow().then(followed);
  follow(followed).thenNothing();
  leave().thenNothing();
  leave(followed).then(left);
  leave(followed, left).thenNothing();
  follow(followed, left).then(followed);
});

test('who began a thread follows it when it is answered, but does not come back to one that it left', () => {
  given(followings)
    .when((state) => followOwnThread(state, thread))
    .then(followed);
  for (const before of [[followed], [followed, left]])
    given(followings, ...before)
      .when((state) => followOwnThread(state, thread))
      .thenNothing();
});

test('how far a thread is read goes forwards and back', () => {
  const read = (upTo: number) => event('ThreadRead', { ...thread, upTo });
  const mark = (upTo: number, ...before: Parameters<typeof given>[1][]) =>
    given(followings, ...before).when((state) => markThreadRead(state, { ...thread, upTo }));
  mark(0).thenNothing();
  mark(5).then(read(5));
  mark(5, read(5), followed).thenNothing();
  mark(3, read(5)).then(read(3));
});

const group = {
  ...{ conversationId: team, number: 1, name: 'team', description: '', picture: null, public: false },
  ...{ slug: null, ownerId: ann },
};
const asked = messageSent(team) as ReturnType<typeof event> & { data: Earlier['sent'] };
const earlier: Earlier = {
  sent: { ...asked.data, at: NOON, seq: 7 },
  said: { isRemoved: false, isErased: false },
};
const gone = (how: Partial<Earlier['said']>): Earlier => ({ ...earlier, said: { ...earlier.said, ...how } });
const message = { messageId: uuid(8), number: 1, text: 'so?', file: null };

test('a message names what it quotes, and its thread', () => {
  const team = stateOf(conversations, [event('GroupCreated', group)]);
  const [sent] = sendMessage(team, userNamed(ann, 'ann'), message, { references: { quoted: earlier, root: earlier } });
  expect(sent!.data).toMatchObject({
    replyTo: { messageId: asked.data.messageId, seq: 7 },
    threadId: asked.data.messageId,
  });
  const [plain] = sendMessage(team, userNamed(ann, 'ann'), message);
  expect(Object.keys(plain!.data)).not.toEqual(expect.arrayContaining(['replyTo']));
  expect(Object.keys(plain!.data)).not.toEqual(expect.arrayContaining(['threadId']));
});

test.each([
  ['a quote of nothing', { quoted: undefined }, 'message-unknown'],
  ['a quote of what was removed', { quoted: gone({ isRemoved: true }) }, 'message-removed'],
  ['a quote of what was erased', { quoted: gone({ isErased: true }) }, 'message-removed'],
  [
    'a quote of what was erased with its sender',
    { quoted: { ...earlier, sent: { ...earlier.sent, isErased: true } } },
    'message-removed',
  ],
  ['a thread of nothing', { root: undefined }, 'thread-unknown'],
  ['a thread in a thread', { root: { ...earlier, sent: { ...earlier.sent, threadId: uuid(7) } } }, 'thread-unknown'],
] as const)('%s is refused, and a stranger is told nothing of it', (_, references, code) => {
  const state = stateOf(conversations, [event('GroupCreated', group)]);
  const send = (user: string) => () => sendMessage(state, userNamed(user, 'x'), message, { references });
  expect(send(ann)).toThrow(new Refused(code, 'quoted' in references ? 'replyTo' : 'threadId'));
  for (const user of [ben, cleo]) expect(send(user)).toThrow(new Refused('conversation-unknown'));
});

test('a removed message still has its thread', () => {
  const state = stateOf(conversations, [event('GroupCreated', group)]);
  const [sent] = sendMessage(state, userNamed(ann, 'ann'), message, {
    references: { root: gone({ isRemoved: true }) },
  });
  expect(sent!.data).toMatchObject({ threadId: asked.data.messageId });
});
