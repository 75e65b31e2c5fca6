// Who may do what: every kind of conversation, asked by everybody there is to it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Action, explain, may } from '../../src/domain/access.ts';
import {
  type ConversationFacts,
  factsOf,
  factsOfFile,
  readerOf,
  type Standing,
  server,
  visitor,
} from '../../src/domain/accessFacts.ts';
import { deleteUser, grantRole, revokeRole } from '../../src/domain/administration.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { permitted } from '../../src/domain/conversationAccess.ts';
import { describeConversation } from '../../src/domain/describeConversation.ts';
import type { DomainEvent, Event, Policy, Role } from '../../src/domain/events.ts';
import { createExplainer } from '../../src/domain/explainer.ts';
import * as membership from '../../src/domain/membership.ts';
import { sendMessage } from '../../src/domain/message.ts';
import { acceptDesks, verifyEmail } from '../../src/domain/ownAccount.ts';
import { Refused } from '../../src/domain/refused.ts';
import { streams } from '../../src/domain/streams.ts';
import { treatDesk } from '../../src/domain/treatDesk.ts';
import { accountOf, users } from '../../src/domain/user.ts';
import { attitudes } from '../../src/projections/attitudes.ts';
import { conversations as conversationDocs } from '../../src/projections/conversations.ts';
import { memberships } from '../../src/projections/memberships.ts';
import { type Projection, project } from '../../src/projections/projection.ts';
import { createQueries } from '../../src/projections/queries.ts';
import { users as userDocs } from '../../src/projections/users.ts';
import type { Change, Doc } from '../../src/store/ports.ts';
import { native } from '../../src/ws/frames.ts';
import { newPrincipal, type Subscriber } from '../../src/ws/subscribers/subscriber.ts';
import { Subscriptions } from '../../src/ws/subscribers/subscriptions.ts';
import { ann, ben, cleo, event, NOON, registration, stateOf, team, uuid } from '../support/scenario.ts';

const about = { name: 'Team', description: '', picture: null };
const group = { ...about, conversationId: team, number: 1, public: false, slug: null, ownerId: ann };
const created = event('GroupCreated', group);
const publicCreated = event('GroupCreated', { ...group, public: true });
const opened = event('RoomOpened', {
  ...about,
  conversationId: team,
  number: 1,
  capacity: null,
  link: null,
  passwordHash: null,
  openedBy: ann,
});
const started = event('DirectChatStarted', { conversationId: team, number: 1, userIds: [ann, ben], startedBy: ann });
const deskOpened = event('DeskOpened', {
  conversationId: team,
  number: 1,
  room: 'r',
  visitorName: 'Ben',
  visitorEmail: 'BEN@example.com',
});
const facts = (creation: DomainEvent): ConversationFacts => factsOf(creation)!;

const account = (userId: string, name: string, roles: readonly Role[] = []) => ({
  userId,
  verifiedEmail: `${name}@example.com`,
  acceptsDesks: true,
  showsReceipts: true,
  roles,
  deleted: false,
});
const reader = (standing: Standing, roles: readonly Role[] = []) => readerOf(account(cleo, 'cleo', roles), standing);

const inConversations = [
  'read',
  'write',
  'markRead',
  'join',
  'leave',
  'addMember',
  'removeMember',
  'describe',
] as const;
type InConversation = (typeof inConversations)[number];

/** What each may do; everything else is refused with the code that stands beside it. */
const table: readonly [
  what: string,
  creation: DomainEvent,
  standing: Standing,
  may: readonly InConversation[],
  refused: Partial<Record<InConversation, string>>,
][] = [
  [
    'a private group',
    created,
    'none',
    [],
    Object.fromEntries(inConversations.map((one) => [one, 'conversation-unknown'])),
  ],
  [
    'a private group',
    created,
    'member',
    ['read', 'write', 'markRead', 'join', 'leave'],
    { addMember: 'not-an-owner', removeMember: 'not-a-moderator', describe: 'not-an-owner' },
  ],
  ['a private group', created, 'owner', inConversations, {}],
  [
    'a public group',
    publicCreated,
    'none',
    ['read', 'markRead', 'join', 'leave'],
    { write: 'not-a-member', addMember: 'not-a-member', removeMember: 'not-a-member', describe: 'not-an-owner' },
  ],
  [
    'a public group',
    publicCreated,
    'member',
    ['read', 'write', 'markRead', 'join', 'leave'],
    { addMember: 'not-an-owner', removeMember: 'not-a-moderator', describe: 'not-an-owner' },
  ],
  ['a public group', publicCreated, 'owner', inConversations, {}],
  [
    'a room',
    opened,
    'none',
    ['read', 'write', 'markRead', 'join', 'leave'],
    { addMember: 'cannot-add-to-this-kind', removeMember: 'cannot-add-to-this-kind', describe: 'not-an-owner' },
  ],
  [
    'a direct chat',
    started,
    'none',
    [],
    Object.fromEntries(inConversations.map((one) => [one, 'conversation-unknown'])),
  ],
  [
    'a direct chat',
    started,
    'member',
    ['read', 'write', 'markRead', 'join'],
    {
      leave: 'cannot-leave-this-kind',
      addMember: 'cannot-add-to-this-kind',
      removeMember: 'cannot-add-to-this-kind',
      describe: 'cannot-set-for-this-kind',
    },
  ],
  ['a desk', deskOpened, 'none', [], Object.fromEntries(inConversations.map((one) => [one, 'conversation-unknown']))],
];

const withPolicy = (creation: DomainEvent, policy: Partial<Policy>): ConversationFacts => {
  const known = facts(creation);
  return { ...known, policy: { ...known.policy, ...policy } };
};
const inGroup = ['write', 'react', 'pin', 'callAll', 'addMember', 'moderate', 'giveRole', 'setPolicy'] as const;

test.each<[Standing, Partial<Policy>, readonly string[]]>([
  ['reader', {}, []],
  ['member', {}, ['write', 'react', 'pin']],
  ['member', { write: 'moderators', pin: 'moderators' }, ['react']],
  ['member', { callAll: 'members', invite: 'members' }, ['write', 'react', 'pin', 'callAll', 'addMember']],
  ['reader', { callAll: 'members', invite: 'members' }, []],
  ['moderator', {}, ['write', 'react', 'pin', 'callAll', 'moderate']],
  [
    'moderator',
    { invite: 'moderators', write: 'moderators' },
    ['write', 'react', 'pin', 'callAll', 'addMember', 'moderate'],
  ],
  ['owner', { invite: 'owners', write: 'moderators', pin: 'moderators' }, inGroup],
])('a %s of a group with the policy %o may do what it says', (standing, policy, allowed) => {
  const group = withPolicy(publicCreated, policy);
  expect(inGroup.filter((action) => may(reader(standing), action, group))).toEqual(allowed);
});

test('a room takes calls and messages as its policy says, and always those of who opened it and of staff', () => {
  const quiet = withPolicy(opened, { write: 'moderators' });
  const asked = ['write', 'callAll', 'moderate', 'setPolicy'] as const;
  const of = (who: Parameters<typeof may>[0]) => asked.filter((action) => may(who, action, quiet));
  expect(of(reader('none'))).toEqual([]);
  expect(of(reader('none', ['staff']))).toEqual(asked);
  expect(of(readerOf(account(ann, 'ann')))).toEqual(asked);
});

test.each<[Policy['versions'], isModerated: boolean, roles: readonly Role[], sees: boolean]>([
  ['everyone', false, [], true],
  ['moderators', false, [], false],
  ['moderators', true, [], true],
  ['auditors', true, [], false],
  ['auditors', false, ['auditor'], true],
])('where %s see earlier texts, with moderating %s and roles %o: %s', (versions, isModerated, roles, sees) => {
  const message = {
    kind: 'message',
    createdBy: ann,
    isReadable: true,
    isShown: true,
    isModerated,
    versions,
    removedBy: null,
  } as const;
  expect(may(reader('none', roles), 'seeVersions', message)).toBe(sees);
  expect(may(readerOf(account(ann, 'ann')), 'seeVersions', message)).toBe(true);
});

describe.each(table)('%s', (_, creation, standing, allowed, refused) => {
  test.each(inConversations)(`for who is ${standing} in it: %s`, (action) => {
    const explanation = explain(reader(standing), action, facts(creation));
    expect(explanation.refusal === undefined).toBe(allowed.includes(action));
    expect(explanation.refusal).toBe(refused[action]);
  });
});

describe('a desk', () => {
  const atDesk = {
    join: 'cannot-add-to-this-kind',
    describe: 'cannot-set-for-this-kind',
    setPolicy: 'cannot-set-for-this-kind',
  };
  test.each([
    ['the account that has proved the visitor’s e-mail address its own', readerOf(account(ben, 'ben'))],
    ['staff', reader('none', ['staff'])],
    ['admins', reader('none', ['admin'])],
    ['the account that opened it', reader('none')],
    ['the visitor that opened it', readerOf(visitor, 'member')],
  ])('is read and written by %s', (_, who) => {
    const desk = { ...facts(deskOpened), createdBy: cleo };
    expect(inConversations.filter((action) => may(who, action, desk))).toEqual(['read', 'write', 'markRead', 'leave']);
    for (const [action, refusal] of Object.entries(atDesk))
      expect(explain(who, action as Action, desk)).toMatchObject({ refusal });
    expect(may({ ...who, standing: 'away' }, 'read', desk)).toBe(false);
  });
  test('is closed to auditors and to accounts without a verified e-mail address', () => {
    expect(may(reader('none', ['auditor']), 'read', facts(deskOpened))).toBe(false);
    expect(may({ ...reader('none'), verifiedEmail: null }, 'read', facts(deskOpened))).toBe(false);
    expect(may({ ...reader('none'), verifiedEmail: null }, 'read', { ...facts(deskOpened), visitorEmail: null })).toBe(
      false,
    );
  });
  test('is where anybody asks, and nothing else is', () => {
    const stranger = readerOf(visitor);
    expect(may(stranger, 'enquire', facts(deskOpened))).toBe(true);
    expect(explain(readerOf(visitor, 'blocked'), 'enquire', facts(deskOpened))).toMatchObject({
      refusal: 'desk-blocked',
    });
    for (const creation of [created, publicCreated, opened, started])
      expect(explain(stranger, 'enquire', facts(creation))).toMatchObject({ refusal: 'conversation-unknown' });
  });
  test('is closed to other visitors, whatever they call themselves', () => {
    expect(may(readerOf(visitor), 'read', facts(deskOpened))).toBe(false);
  });
});

describe('a room', () => {
  test('is described by who opened it and by staff', () => {
    expect(may(readerOf(account(ann, 'ann')), 'describe', facts(opened))).toBe(true);
    expect(may(reader('none', ['staff']), 'describe', facts(opened))).toBe(true);
  });
  test('that nobody opened is described by nobody but staff', () => {
    expect(may(readerOf(visitor), 'describe', { ...facts(opened), createdBy: null })).toBe(false);
  });
});

describe('a file', () => {
  test('is read and sent by who stored it', () => {
    const mine = factsOfFile({ ownerId: cleo });
    expect((['readFile', 'sendFile'] as const).map((action) => may(reader('none'), action, mine))).toEqual([
      true,
      true,
    ]);
  });
  test('that was sent to a conversation is read, and not sent, by who may read there', () => {
    const sent = factsOfFile({ ownerId: ann }, { isSent: true });
    expect((['readFile', 'sendFile'] as const).map((action) => may(reader('none'), action, sent))).toEqual([
      true,
      false,
    ]);
  });
  test('is unknown to anybody else', () => {
    expect(explain(reader('none'), 'readFile', factsOfFile({ ownerId: ann }))).toMatchObject({
      refusal: 'file-unknown',
    });
    expect(may(readerOf(visitor), 'readFile', factsOfFile({ ownerId: null }))).toBe(false);
  });
});

describe('roles', () => {
  test.each([
    ['audit', 'auditor', true],
    ['audit', 'admin', true],
    ['audit', 'staff', false],
    ['appoint', 'admin', true],
    ['appoint', 'auditor', false],
    ['appoint', 'staff', false],
    ['suspend', 'admin', true],
    ['suspend', 'staff', false],
    ['invite', 'admin', true],
    ['invite', 'staff', false],
  ] as const)('to %s is for %s: %s', (action, role, expected) => {
    expect(may(reader('none', [role]), action, server)).toBe(expected);
    expect(explain(reader('none'), action, server)).toMatchObject({ refusal: 'not-permitted' });
  });
});

test('a deleted account may do nothing, whatever it was', () => {
  const gone = { ...reader('owner', ['admin']), deleted: true };
  for (const creation of [created, publicCreated, opened, started, deskOpened])
    for (const action of inConversations) expect(may(gone, action, facts(creation))).toBe(false);
  expect(may(gone, 'audit', server)).toBe(false);
});

/** The events as recorded, each in its stream, in this order. */
const recorded = (...events: readonly DomainEvent[]): readonly Event[] =>
  events.map((one, i) => {
    const { data } = one;
    const stream = 'conversationId' in data ? streams.conversation(data.conversationId) : '';
    const inStream = stream === '' && 'userId' in data ? streams.user(data.userId) : stream;
    const place = { id: uuid(1000 + i), stream: inStream, revision: i, position: i + 1, at: NOON };
    return { ...one, ...place, meta: { actorId: null, correlationId: 'test' } } as Event;
  });

/** `events`: positions. */
const explainFrom = (history: readonly Event[], ...asked: Parameters<typeof createExplainer>) => {
  const explainer = createExplainer(...asked);
  for (const each of history) explainer.see(each);
  const { events, ...explained } = explainer.explained();
  return { ...explained, events: events.map(({ position }) => position) };
};

const people = { [ann]: 'ann', [ben]: 'ben', [cleo]: 'cleo' };
const registered = Object.entries(people).map(([id, name]) => event('UserRegistered', registration(id, name)));

const joined = (userId: string) => event('MemberJoined', { conversationId: team, userId, upTo: 0 });

describe('an explanation names', () => {
  const why = (userId: string, action: Action, ...events: readonly DomainEvent[]) =>
    explainFrom(recorded(...registered, ...events), userId, action, team);

  test('the event by which a member may read', () => {
    const added = event('MemberAdded', { conversationId: team, userId: ben, role: 'member', addedBy: ann, upTo: 0 });
    expect(why(ben, 'read', created, added)).toEqual({
      refusal: undefined,
      rule: 'may-read',
      grounds: ['member'],
      events: [4, 5],
    });
  });
  test('the event by which somebody may read no longer', () => {
    const removed = event('MemberRemoved', { conversationId: team, userId: ben, removedBy: ann });
    expect(why(ben, 'write', publicCreated, joined(ben), joined(cleo), removed)).toEqual({
      rule: 'is-in',
      grounds: ['member'],
      refusal: 'not-a-member',
      events: [4, 7],
    });
  });
  test('the latest event that gave the standing', () => {
    const left = event('MemberLeft', { conversationId: team, userId: ben });
    expect(why(ben, 'write', publicCreated, joined(ben), left, joined(ben)).events).toEqual([4, 7]);
    const passed = event('OwnershipPassed', { conversationId: team, userId: ben });
    expect(why(ben, 'addMember', publicCreated, joined(ben), passed).events).toEqual([4, 5, 6]);
  });
  test('the role by which a desk is open, and its end', () => {
    const granted = event('RoleGranted', { userId: cleo, role: 'staff' });
    const other = event('RoleGranted', { userId: cleo, role: 'auditor' });
    expect(why(cleo, 'read', deskOpened, granted, other)).toMatchObject({ grounds: ['staff'], events: [4, 5] });
    const revoked = event('RoleRevoked', { userId: cleo, role: 'staff' });
    expect(why(cleo, 'read', deskOpened, granted, other, revoked)).toMatchObject({
      refusal: 'conversation-unknown',
      events: [4, 7],
    });
  });
  test('who blocked the desk at which somebody may ask no longer, and that who has left it may', () => {
    const treated = (type: 'DeskBlocked' | 'DeskLeft') => event(type, { conversationId: team, userId: ben });
    expect(why(ben, 'enquire', deskOpened, treated('DeskBlocked'))).toEqual({
      refusal: 'desk-blocked',
      rule: 'may-enquire',
      grounds: ['unblocked'],
      events: [4, 5],
    });
    expect(why(ben, 'enquire', deskOpened, treated('DeskLeft'))).toMatchObject({ refusal: undefined });
    const erased = event('VisitorErased', { conversationId: team, by: null });
    expect(why(ben, 'enquire', deskOpened, erased)).toMatchObject({ refusal: 'desk-blocked', events: [4, 5] });
  });
  test('no desk of an erased visitor to somebody whose own address was erased', () => {
    const verified = event('EmailVerified', { userId: ben, email: '' });
    const erased = event('VisitorErased', { conversationId: team, by: null });
    expect(why(ben, 'read', deskOpened, verified, erased)).toMatchObject({ refusal: 'conversation-unknown' });
  });
  test('the deletion of an account', () => {
    expect(why(ben, 'read', opened, event('UserDeleted', { userId: ben }))).toMatchObject({
      refusal: 'conversation-unknown',
      events: [4, 5],
    });
  });
  test('no event where there is no such conversation', () => {
    expect(why(ann, 'read')).toMatchObject({ refusal: 'conversation-unknown', events: [] });
  });
  test('the role that lets somebody audit', () => {
    const granted = recorded(...registered, event('RoleGranted', { userId: ben, role: 'auditor' }));
    expect(explainFrom(granted, ben, 'audit', null)).toMatchObject({
      refusal: undefined,
      rule: 'is-auditor',
      events: [4],
    });
    expect(explainFrom(granted, ann, 'audit', null)).toMatchObject({ refusal: 'not-permitted', events: [] });
  });
});

/** The documents that the projections make of the events. */
const queriesAfter = (history: readonly Event[], projections: readonly Projection[]) => {
  const docs = new Map<string, Doc>();
  const apply = (change: Change): void => {
    const id = `${change.collection}/${change.op === 'put' ? change.doc.id : change.id}`;
    const before = docs.get(id);
    if (change.op === 'put') docs.set(id, change.doc);
    else if (change.op === 'remove') docs.delete(id);
    else if (before && change.op === 'patch') docs.set(id, { ...before, ...change.fields });
  };
  history.flatMap(project(projections)).forEach(apply);
  const views = {
    get: async (collection: string, ids: readonly string[]) => ids.map((id) => docs.get(`${collection}/${id}`)),
    find: () => Promise.reject(new Error('not asked')),
    count: () => Promise.reject(new Error('not asked')),
    search: () => Promise.reject(new Error('not asked')),
  };
  return createQueries(views, async () => []);
};

/** A subscriber of an account that receives the conversation, as far as it may, after these events. */
const subscriberAfter = (history: readonly Event[], userId: string) => {
  const subscriptions = new Subscriptions(() => Number.MAX_SAFE_INTEGER);
  const principal = newPrincipal({
    userId,
    verifiedEmail: null,
    acceptsDesks: true,
    showsReceipts: true,
    roles: [],
    deleted: false,
  });
  principal.pending = undefined;
  subscriptions.principals.set(userId, principal);
  const subscriber = {
    ...{ protocol: native, principal, byMembership: true, sessionId: null, keyHash: null, goodAt: 0 },
    ...{ state: 'silent', cursor: 0, watches: undefined, awaits: undefined },
    sink: { write: () => undefined },
  } as unknown as Subscriber;
  subscriptions.add(subscriber);
  subscriptions.goLive(subscriber);
  subscriptions.watch(subscriber, team);
  for (const one of history) subscriptions.apply(one);
  return { follows: subscriptions.follows(subscriber, team), belongs: subscriptions.belongs(subscriber, team) };
};

const isAllowed = (decide: () => unknown): boolean => {
  try {
    decide();
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
};

test('whatever happened, the explanation is what commands, queries and pushes decide', async () => {
  const step = fc.record({
    does: fc.constantFrom(
      'join',
      'leave',
      'add',
      'remove',
      'grant',
      'revoke',
      'delete',
      'email',
      'verify',
      'treat',
      'accept',
    ),
    by: fc.constantFrom(ann, ben, cleo),
    whom: fc.constantFrom(ann, ben, cleo),
    role: fc.constantFrom('staff' as const, 'admin' as const, 'auditor' as const),
  });
  const creation = fc.constantFrom(created, publicCreated, opened, started, deskOpened);
  await fc.assert(
    fc.asyncProperty(creation, fc.array(step, { maxLength: 20 }), async (first, steps) => {
      const history: DomainEvent[] = [...registered, first];
      const ofUser = (id: string) =>
        stateOf(
          users,
          history.filter(({ data }) => 'userId' in data && data.userId === id && !('conversationId' in data)),
        );
      const state = () =>
        stateOf(
          conversations,
          history.filter(({ data }) => 'conversationId' in data),
        );
      for (const { does, by, whom, role } of steps) {
        const user = ofUser(by);
        const decisions: Record<typeof does, () => readonly DomainEvent[]> = {
          join: () => membership.join(state(), user, 0),
          leave: () => membership.leave(state(), user),
          add: () => membership.addMember(state(), user, whom, 0),
          remove: () => membership.removeMember(state(), user, whom),
          grant: () => grantRole(ofUser(whom), role, by),
          revoke: () => revokeRole(ofUser(whom), role, by),
          delete: () => (by === cleo && whom === cleo ? deleteUser(user) : []),
          email: () => [event('EmailChanged', { userId: by, email: whom === ann ? 'ben@example.com' : null })],
          treat: () => treatDesk(state(), user, whom === ben ? 'left' : whom === ann ? 'muted' : 'open'),
          accept: () => acceptDesks(user, whom === ann),
          verify: () => verifyEmail(user, user.names.email ?? ''),
        };
        let made: readonly DomainEvent[] = [];
        isAllowed(() => {
          made = decisions[does]();
        });
        history.push(...made);
      }
      const log = recorded(...history);
      const queries = queriesAfter(log, [userDocs, conversationDocs, memberships, attitudes]);
      for (const userId of Object.keys(people)) {
        const user = ofUser(userId);
        const explained = (action: Action) => explainFrom(log, userId, action, team).refusal === undefined;
        const other = uuid(9);
        const message = { messageId: uuid(8), number: 1, text: 'x', file: null };
        const decided: Record<InConversation, () => unknown> = {
          read: () => permitted(state(), user, 'read'),
          markRead: () => permitted(state(), user, 'markRead'),
          write: () => sendMessage(state(), user, message),
          join: () => membership.join(state(), user, 0),
          leave: () => membership.leave(state(), user),
          addMember: () => membership.addMember(state(), user, other, 0),
          removeMember: () => membership.removeMember(state(), user, other),
          describe: () => describeConversation(state(), user, { name: 'New' }),
        };
        for (const action of inConversations)
          expect([action, explained(action)]).toEqual([action, isAllowed(decided[action])]);
        expect(explained('read')).toBe((await queries.readable(team, userId)) !== undefined);
        expect(explained('write')).toBe((await queries.writable(team, userId)) !== undefined);
        // The hub closes the sockets of a deleted account.
        if (!accountOf(user).deleted)
          expect(subscriberAfter(log, userId)).toEqual({ follows: explained('read'), belongs: explained('receive') });
      }
    }),
    { numRuns: 200 },
  );
});
