// Who may react to a message, pin it or bookmark it, and what comes of it.

import { describe, expect, test } from 'vitest';
import { bookmarkMessage, bookmarks, MOST_BOOKMARKS, removeBookmark } from '../../src/domain/bookmarks.ts';
import { conversations } from '../../src/domain/conversation.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { pinMessage, unpinMessage } from '../../src/domain/pinning.ts';
import { firstPolicy } from '../../src/domain/policy.ts';
import { addReaction, MOST_EMOJI, takeBackReaction } from '../../src/domain/reacting.ts';
import { type SaidMessage, type Sent, saidMessages } from '../../src/domain/saidMessage.ts';
import type { User } from '../../src/domain/user.ts';
import { ann, ben, cleo, event, given, NOON, stateOf, team, userNamed, uuid } from '../support/scenario.ts';

const Ann = userNamed(ann, 'ann');
const Ben = userNamed(ben, 'ben');
const Cleo = userNamed(cleo, 'cleo');
const dan = uuid(4);
const Dan = userNamed(dan, 'dan');

const described = { number: 7, name: 'Team', description: '', picture: null, slug: null };
const made = (isPublic: boolean, ...more: DomainEvent[]) =>
  stateOf(conversations, [
    event('GroupCreated', { conversationId: team, ...described, public: isPublic, ownerId: ann }),
    event('MemberAdded', { conversationId: team, userId: ben, role: 'member', addedBy: ann, upTo: 0 }),
    ...more,
  ]);
const readsOnly = event('RoleGiven', { conversationId: team, userId: ben, role: 'reader', givenBy: ann });
const moderatorsPin = event('PolicySet', {
  conversationId: team,
  policy: { ...firstPolicy.group, pin: 'moderators' },
  setBy: ann,
});
const group = made(false);
const open = made(true);

const messageId = uuid(9);
const at = { conversationId: team, messageId };
const sent: Sent = {
  ...at,
  seq: 1,
  at: NOON,
  number: 1,
  senderId: ann,
  receiverId: null,
  kind: 'text',
  text: 'tea?',
  fileId: null,
};
const added = (userId: string, emoji: string, count: number) => event('ReactionAdded', { ...at, userId, emoji, count });
const back = (userId: string, emoji: string, count: number) =>
  event('ReactionTakenBack', { ...at, userId, emoji, count });
const removed = event('MessageRemoved', { ...at, removedBy: ann });
const restored = event('MessageRestored', { ...at, seq: 1, senderId: ann, restoredBy: ann });
const erased = event('MessageErased', { ...at, key: 'k', by: ann });
const pinned = event('MessagePinned', { ...at, pinnedBy: ann });
const unpinned = event('MessageUnpinned', { ...at, unpinnedBy: ben });

type Decide = (
  said: SaidMessage,
  ...asked: Parameters<typeof pinMessage> extends [unknown, ...infer A] ? A : never
) => readonly DomainEvent[];
const by =
  (decide: Decide) =>
  (user: User, where = group, what: Sent | undefined = sent) =>
  (said: SaidMessage) =>
    decide(said, where, user, what);
const reacts = (emoji: string) => by((said, ...asked) => addReaction(said, emoji, ...asked));
const takesBack = (emoji: string) => by((said, ...asked) => takeBackReaction(said, emoji, ...asked));
const pins = by(pinMessage);
const unpins = by(unpinMessage);
const thumb = '👍';
const emojis = Array.from({ length: MOST_EMOJI.atOnce }, (_, i) => String.fromCodePoint(0x1f600 + i));

describe('a reaction', () => {
  test('says how many react with its emoji', () => {
    given(saidMessages)
      .when(reacts(thumb)(Ann))
      .then(added(ann, thumb, 1));
    given(saidMessages, added(ann, thumb, 1))
      .when(reacts(thumb)(Ben))
      .then(added(ben, thumb, 2));
    given(saidMessages, added(ann, thumb, 1))
      .when(reacts('🎉')(Ben))
      .then(added(ben, '🎉', 1));
  });
  test('is recorded in the spelling of the standard, and once', () => {
    given(saidMessages)
      .when(reacts('\u2764')(Ann))
      .then(added(ann, '\u2764\ufe0f', 1));
    given(saidMessages, added(ann, '\u2764\ufe0f', 1))
      .when(reacts('\u2764')(Ann))
      .thenNothing();
  });
  test('is taken back by who reacted, and once', () => {
    const both = [added(ann, thumb, 1), added(ben, thumb, 2)];
    given(saidMessages, ...both)
      .when(takesBack(thumb)(Ann))
      .then(back(ann, thumb, 1));
    given(saidMessages, ...both, back(ann, thumb, 1))
      .when(takesBack(thumb)(Ben))
      .then(back(ben, thumb, 0));
    given(saidMessages, ...both, back(ann, thumb, 1))
      .when(takesBack(thumb)(Ann))
      .thenNothing();
    given(saidMessages).when(takesBack(thumb)(Ann)).thenNothing();
  });
  test('is one emoji', () => {
    given(saidMessages).when(reacts(':tea:')(Ann)).thenRefused('emoji-unknown', 'emoji');
    given(saidMessages).when(takesBack('a')(Ann)).thenRefused('emoji-unknown', 'emoji');
  });
  test('is no emoji beyond fifty on one message, until one of them is gone', () => {
    const all = emojis.map((emoji) => added(ann, emoji, 1));
    given(saidMessages, ...all)
      .when(reacts(thumb)(Ann))
      .thenRefused('too-many-reactions', 'emoji');
    given(saidMessages, ...all)
      .when(reacts(emojis[7]!)(Ben))
      .then(added(ben, emojis[7]!, 2));
    given(saidMessages, ...all, back(ann, emojis[3]!, 0))
      .when(reacts(thumb)(Ann))
      .then(added(ann, thumb, 1));
  });
  test('is no emoji beyond a hundred that a message ever had, be they taken back, but any of those again', () => {
    const kept = thumb;
    const some = Array.from({ length: MOST_EMOJI.ever - 2 }, (_, i) => String.fromCodePoint(0x1f600 + i));
    const gone = some.flatMap((emoji) => [added(ann, emoji, 1), back(ann, emoji, 0)]);
    given(saidMessages, added(ann, kept, 1), ...gone)
      .when(reacts('🧵')(Ben))
      .then(added(ben, '🧵', 1));
    const full = [added(ann, kept, 1), ...gone, added(ben, '🧵', 1), back(ben, '🧵', 0)];
    given(saidMessages, ...full)
      .when(reacts('🧶')(Ben))
      .thenRefused('too-many-reactions', 'emoji');
    given(saidMessages, ...full)
      .when(reacts(kept)(Ben))
      .then(added(ben, kept, 2));
    given(saidMessages, ...full)
      .when(reacts('🧵')(Ann))
      .then(added(ann, '🧵', 1));
  });
  test('is that of a member who does more than read', () => {
    given(saidMessages).when(reacts(thumb)(Cleo)).thenRefused('conversation-unknown');
    given(saidMessages).when(reacts(thumb)(Cleo, open)).thenRefused('not-a-member');
    given(saidMessages)
      .when(reacts(thumb)(Ben, made(false, readsOnly)))
      .thenRefused('read-only');
  });
  test('is to a message that is there', () => {
    const unknown = (said: SaidMessage) => addReaction(said, thumb, group, Ann, undefined);
    given(saidMessages).when(unknown).thenRefused('message-unknown');
    for (const gone of [removed, erased]) {
      given(saidMessages, gone).when(reacts(thumb)(Ann)).thenRefused('message-removed');
      given(saidMessages, added(ann, thumb, 1), gone)
        .when(takesBack(thumb)(Ann))
        .thenRefused('message-removed');
    }
  });
  test('comes back with its message', () => {
    given(saidMessages, added(ann, thumb, 1), removed, restored)
      .when(reacts(thumb)(Ben))
      .then(added(ben, thumb, 2));
  });
  test('leaves every earlier state alone', () => {
    const one = stateOf(saidMessages, [added(ann, thumb, 1)]);
    const two = saidMessages.evolve(one, added(ben, thumb, 2), { at: '' });
    saidMessages.evolve(two, back(ann, thumb, 1), { at: '' });
    expect([one, two].map(({ reactions }) => reactions.get(thumb)!.size)).toEqual([1, 2]);
  });
});

describe('a pin', () => {
  test('is set once, by whoever may, and taken away by another', () => {
    given(saidMessages).when(pins(Ann)).then(pinned);
    given(saidMessages, pinned).when(pins(Ben)).thenNothing();
    given(saidMessages, pinned).when(unpins(Ben)).then(unpinned);
    given(saidMessages, pinned, unpinned).when(unpins(Ann)).thenNothing();
    given(saidMessages, pinned, unpinned).when(pins(Ann)).then(pinned);
  });
  test('is set by those whom the policy names', () => {
    const strict = made(false, moderatorsPin);
    given(saidMessages).when(pins(Ann, strict)).then(pinned);
    given(saidMessages).when(pins(Ben, strict)).thenRefused('read-only');
    given(saidMessages, pinned).when(unpins(Ben, strict)).thenRefused('read-only');
    given(saidMessages).when(pins(Cleo)).thenRefused('conversation-unknown');
    given(saidMessages).when(pins(Cleo, open)).thenRefused('not-a-member');
  });
  test('ends with its message, and does not come back with it', () => {
    for (const gone of [removed, erased]) {
      given(saidMessages, gone).when(pins(Ann)).thenRefused('message-removed');
      given(saidMessages, pinned, gone).when(unpins(Ann)).thenNothing();
    }
    given(saidMessages, pinned, removed, restored).when(pins(Ann)).then(pinned);
  });
  test('is of a message that is there', () => {
    given(saidMessages)
      .when((said) => pinMessage(said, group, Ann, undefined))
      .thenRefused('message-unknown');
    given(saidMessages)
      .when((said) => unpinMessage(said, group, Ann, undefined))
      .thenRefused('message-unknown');
  });
});

describe('a bookmark', () => {
  const kept = (userId: string, n = 9) =>
    event('MessageBookmarked', { conversationId: team, messageId: uuid(n), userId });
  const said = stateOf(saidMessages, []);
  const sets =
    (user: User, where = group, state = said) =>
    (before: ReturnType<typeof bookmarks.initial>) =>
      bookmarkMessage(before, state, where, user, sent);

  test('is set once, by whoever may read', () => {
    given(bookmarks).when(sets(Ben)).then(kept(ben));
    given(bookmarks, kept(ben)).when(sets(Ben)).thenNothing();
    given(bookmarks).when(sets(Cleo)).thenRefused('conversation-unknown');
    given(bookmarks).when(sets(Cleo, open)).then(kept(cleo));
    given(bookmarks)
      .when(sets(Dan, made(true, readsOnly)))
      .then(kept(dan));
  });
  test('is of a message that is there', () => {
    given(bookmarks)
      .when((before) => bookmarkMessage(before, said, group, Ann, undefined))
      .thenRefused('message-unknown');
    for (const gone of [removed, erased])
      given(bookmarks)
        .when(sets(Ann, group, stateOf(saidMessages, [gone])))
        .thenRefused('message-removed');
  });
  test('is removed once, wherever the message is', () => {
    const gone = event('BookmarkRemoved', { ...at, userId: ben });
    given(bookmarks, kept(ben))
      .when((before) => removeBookmark(before, at))
      .then(gone);
    given(bookmarks, kept(ben), gone)
      .when((before) => removeBookmark(before, at))
      .thenNothing();
    given(bookmarks, kept(ben))
      .when((before) => removeBookmark(before, { ...at, conversationId: uuid(5) }))
      .thenNothing();
  });
  test('is one of ten thousand at most', () => {
    const all = Array.from({ length: MOST_BOOKMARKS }, (_, i) => kept(ben, 100 + i));
    given(bookmarks, ...all)
      .when(sets(Ben))
      .thenRefused('too-many-bookmarks');
    given(bookmarks, ...all.slice(1))
      .when(sets(Ben))
      .then(kept(ben));
  });
});
