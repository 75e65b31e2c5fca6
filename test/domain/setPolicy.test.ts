import { expect, test } from 'vitest';
import { seesAfter } from '../../src/domain/access.ts';
import { conversations } from '../../src/domain/conversation.ts';
import type { Policy } from '../../src/domain/events.ts';
import { addMember } from '../../src/domain/membership.ts';
import { firstPolicy } from '../../src/domain/policy.ts';
import { Refused } from '../../src/domain/refused.ts';
import { setPolicy } from '../../src/domain/setPolicy.ts';
import { checkPace, isSlowed } from '../../src/domain/slowMode.ts';
import { ann, ben, cleo, event, given, stateOf, team, userNamed } from '../support/scenario.ts';

const [Ann, Ben] = [userNamed(ann, 'ann'), userNamed(ben, 'ben')];
const described = { name: 'Team', description: '', picture: null };
const created = event('GroupCreated', {
  ...{ conversationId: team, number: 1, ...described, public: false, slug: null, ownerId: ann },
});
const room = event('RoomOpened', {
  ...{ conversationId: team, number: 1, ...described, capacity: null, link: null, passwordHash: null, openedBy: ann },
});
const set = (changes: Partial<Policy>, kind: 'group' | 'room' = 'group') =>
  event('PolicySet', { conversationId: team, policy: { ...firstPolicy[kind], ...changes }, setBy: ann });
const joined = event('MemberJoined', { conversationId: team, userId: ben, upTo: 7 });

test('a part of a policy is set, and the rest stays as it was', () => {
  given(conversations, created, set({ write: 'moderators' }))
    .when((group) => setPolicy(group, Ann, { slowMode: 30, pin: undefined }))
    .then(set({ write: 'moderators', slowMode: 30 }));
});

test('what is so already is not set again', () => {
  given(conversations, created, set({ editFor: 60 }))
    .when((group) => setPolicy(group, Ann, { editFor: 60, write: 'members' }))
    .thenNothing();
  given(conversations, created)
    .when((group) => setPolicy(group, Ann, {}))
    .thenNothing();
});

test('a room has what makes sense for everybody in it', () => {
  given(conversations, room)
    .when((it) => setPolicy(it, Ann, { write: 'moderators', pin: 'moderators', callAll: 'members', slowMode: 5 }))
    .then(set({ write: 'moderators', pin: 'moderators', callAll: 'members', slowMode: 5 }, 'room'));
  for (const changes of [{ invite: 'owners' }, { receipts: false }, { history: 'all' }] as const)
    given(conversations, room)
      .when((it) => setPolicy(it, Ann, changes))
      .thenRefused('cannot-set-for-this-kind', Object.keys(changes)[0]);
});

test('a member sees what was sent since the last joining, if the policy says so, and who made the group all of it', () => {
  const upTo = (events: Parameters<typeof stateOf>[1], userId: string) => {
    const group = stateOf(conversations, [created, ...events]);
    return seesAfter(group, group.members.upToOf(userId));
  };
  const since = set({ history: 'since-joining' });
  const left = event('MemberLeft', { conversationId: team, userId: ben });
  const again = event('MemberAdded', { conversationId: team, userId: ben, role: 'member', addedBy: ann, upTo: 9 });
  expect(upTo([joined], ben)).toBe(0);
  expect(upTo([joined, since], ben)).toBe(7);
  expect(upTo([joined, since], ann)).toBe(0);
  expect(upTo([joined, since, left, again], ben)).toBe(9);
  expect(upTo([joined, since, left], ben)).toBe(Number.MAX_SAFE_INTEGER);
  expect(
    upTo([joined, since, event('OwnerAppointed', { conversationId: team, userId: ben, appointedBy: ann })], ben),
  ).toBe(7);
  expect(upTo([joined, since, set({})], ben)).toBe(0);
  const open = { ...stateOf(conversations, [created, joined, since]), public: true };
  expect(seesAfter(open, undefined)).toBe(0);
});

test('in slow mode a member waits, and nobody who moderates', () => {
  const slow = stateOf(conversations, [created, joined, set({ slowMode: 30 })]);
  expect([isSlowed(slow, Ben), isSlowed(slow, Ann)]).toEqual([true, false]);
  expect(isSlowed(stateOf(conversations, [created, joined]), Ben)).toBe(false);
  const lobby = stateOf(conversations, [room, set({ slowMode: 30 }, 'room')]);
  expect([isSlowed(lobby, Ben), isSlowed(lobby, Ann)]).toEqual([true, false]);
});

test.each([
  [0, 30],
  [1, 30],
  [29_001, 1],
  [29_999, 1],
  [30_000, undefined],
  // Another process' clock.
  [-90_000, 30],
])('%d milliseconds after a message, %o seconds are left', (passed, left) => {
  const slow = stateOf(conversations, [created, set({ slowMode: 30 })]);
  const before = new Date(0).toISOString();
  const wait = () => checkPace(slow, before, new Date(passed).toISOString());
  if (left === undefined) return wait();
  try {
    wait();
  } catch (error) {
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ code: 'slow-mode', retryAfter: left });
    return;
  }
  expect.fail('not refused');
});

test('an owner adds somebody with another role, and whoever only read before reads again unless it gets another one', () => {
  const added = event('MemberAdded', { conversationId: team, userId: cleo, role: 'member', addedBy: ann, upTo: 3 });
  const role = (one: 'moderator' | 'reader', givenBy: string | null = ann) =>
    event('RoleGiven', { conversationId: team, userId: cleo, role: one, givenBy });
  const gone = event('MemberLeft', { conversationId: team, userId: cleo });
  given(conversations, created)
    .when((group) => addMember(group, Ann, cleo, 3, 'moderator'))
    .then(added, role('moderator'));
  const former = [created, added, role('reader'), gone] as const;
  given(conversations, ...former)
    .when((group) => addMember(group, Ann, cleo, 3))
    .then(added, role('reader', null));
  given(conversations, ...former)
    .when((group) => addMember(group, Ann, cleo, 3, 'moderator'))
    .then(added, role('moderator'));
  given(conversations, created, joined, set({ invite: 'members' }))
    .when((group) => addMember(group, Ben, cleo, 3, 'reader'))
    .thenRefused('not-an-owner');
});
