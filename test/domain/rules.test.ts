// Sessions, names, messages, numbers, reading: the small ones.

import { describe, expect, test } from 'vitest';
import { visitor as stranger } from '../../src/domain/accessFacts.ts';
import { claimName, claims, forfeitName } from '../../src/domain/claim.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { kindOf } from '../../src/domain/file.ts';
import { derivedId, directChatId, idSource, timedId } from '../../src/domain/ids.ts';
import { type Invitation, invitations, useInvitation, withdrawInvitation } from '../../src/domain/invitation.ts';
import { makeEnquiry, sendMessage } from '../../src/domain/message.ts';
import { canonical } from '../../src/domain/names.ts';
import { markRead, readings, TOLD } from '../../src/domain/reading.ts';
import {
  closeSession,
  isOpen,
  openSession,
  refreshSession,
  sessions,
  signOutByToken,
} from '../../src/domain/session.ts';
import { ann, ben, cleo, event, given, later, NOON, stateOf, team, userNamed, uuid } from '../support/scenario.ts';

const Ann = userNamed(ann, 'ann');
const Ben = userNamed(ben, 'ben');

describe('sessions', () => {
  const sessionId = uuid(50);
  const opened = event('SessionOpened', { sessionId, userId: ann, epoch: 0 });
  const refreshed = event('SessionRefreshed', { sessionId, generation: 2 });

  test('a session is opened once', () => {
    given(sessions)
      .when((state) => openSession(state, sessionId, Ann))
      .then(opened);
    given(sessions, opened)
      .when((state) => openSession(state, sessionId, Ann))
      .thenRefused('conflict');
  });
  test('each refresh token is good for one refresh', () => {
    given(sessions, opened)
      .when((state) => refreshSession(state, Ann, 1, later(0)))
      .then(refreshed);
    given(sessions, opened)
      .when((state) => refreshSession(state, Ann, 2, later(0)))
      .thenRefused('refresh-token-invalid');
  });
  test('an old refresh token, used again, ends the session, but two tabs may refresh at once', () => {
    const reused = event('SessionClosed', { sessionId, userId: ann, reason: 'refresh-token-reused' });
    given(sessions, opened, refreshed)
      .when((state) => refreshSession(state, Ann, 1, later(10_000)))
      .thenNothing();
    given(sessions, opened, refreshed)
      .when((state) => refreshSession(state, Ann, 1, later(10_001)))
      .then(reused);
    given(sessions, opened, refreshed, event('SessionRefreshed', { sessionId, generation: 3 }))
      .when((state) => refreshSession(state, Ann, 1, later(0)))
      .then(reused);
  });
  test('a session that was reinstated with its account stays ended', () => {
    const suspended = event('UserSuspended', { userId: ann, by: ben });
    const Reinstated = userNamed(ann, 'ann', suspended, event('UserReinstated', { userId: ann, by: ben }));
    expect(isOpen(stateOf(sessions, [opened]), Reinstated, later(0))).toBe(false);
    const anew = event('SessionOpened', { sessionId, userId: ann, epoch: 1 });
    expect(isOpen(stateOf(sessions, [anew]), Reinstated, later(0))).toBe(true);
  });
  test('a session ends when it is not used, and when it is old; the token of a bot does not', () => {
    const { idle, lifetime } = later(0);
    const session = stateOf(sessions, [opened]);
    expect([idle - 1, idle].map((age) => isOpen(session, Ann, later(age)))).toEqual([true, false]);
    const used = { ...session, refreshedAt: later(lifetime).now.toISOString() };
    expect([lifetime - 1, lifetime].map((age) => isOpen(used, Ann, later(age)))).toEqual([true, false]);
    expect(() => refreshSession(session, Ann, 1, later(idle))).toThrow('refresh-token-invalid');
    const bot = stateOf(sessions, [
      event('SessionOpened', { sessionId, userId: ann, epoch: 0, bot: { scopes: ['read'] }, botName: 'weather' }),
    ]);
    expect(isOpen(bot, Ann, later(2 * lifetime))).toBe(true);
    expect(() => refreshSession(bot, Ann, 1, later(0))).toThrow('refresh-token-invalid');
  });
  test('a closed session is not refreshed and not closed again', () => {
    const closed = event('SessionClosed', { sessionId, userId: ann, reason: 'logged-out' });
    given(sessions, opened)
      .when((state) => closeSession(state, 'logged-out'))
      .then(closed);
    given(sessions, opened, closed)
      .when((state) => refreshSession(state, Ann, 1, later(0)))
      .thenRefused('refresh-token-invalid');
    given(sessions, opened, closed)
      .when((state) => closeSession(state, 'logged-out'))
      .thenNothing();
  });
  test('a new password, a deletion, a suspension and the wish of its user or an admin end a session', () => {
    const session = stateOf(sessions, [opened]);
    expect(isOpen(session, Ann, later(0))).toBe(true);
    for (const end of [
      event('PasswordChanged', { userId: ann, passwordHash: 'x' }),
      event('SessionsEnded', { userId: ann, by: ben }),
      event('UserSuspended', { userId: ann, by: ben }),
      event('UserDeleted', { userId: ann }),
    ])
      expect(isOpen(session, userNamed(ann, 'ann', end), later(0))).toBe(false);
    expect(isOpen(session, Ben, later(0))).toBe(false);
  });
  test('the session in which a password is set goes on, until one is set elsewhere', () => {
    const session = stateOf(sessions, [opened]);
    const kept = event('PasswordChanged', { userId: ann, passwordHash: 'x', keptSessionId: sessionId });
    const elsewhere = event('PasswordChanged', { userId: ann, passwordHash: 'y', keptSessionId: uuid(51) });
    expect(isOpen(session, userNamed(ann, 'ann', kept), later(0))).toBe(true);
    expect(isOpen(session, userNamed(ann, 'ann', kept, elsewhere), later(0))).toBe(false);
  });
  test('a session is ended by its own user, with the refresh token in force', () => {
    given(sessions, opened, refreshed)
      .when((state) => signOutByToken(state, Ann, 2, later(0)))
      .then(event('SessionClosed', { sessionId, userId: ann, reason: 'logged-out' }));
    given(sessions, opened, refreshed)
      .when((state) => signOutByToken(state, Ann, 1, later(0)))
      .thenRefused('refresh-token-invalid');
    given(sessions, opened, refreshed)
      .when((state) => signOutByToken(state, Ben, 2, later(0)))
      .thenRefused('refresh-token-invalid');
  });
});

describe('invitations', () => {
  const invitationId = uuid(60);
  const endsAt = later(1000).now.toISOString();
  const made = event('InvitationMade', { invitationId, uses: 1, endsAt, by: cleo });
  const used = event('InvitationUsed', { invitationId, userId: ann });
  const use =
    (userId: string, ms = 0) =>
    (state: Invitation) =>
      useInvitation(state, userId, later(ms).now);

  test('an invitation is good for as many accounts as it says; a repeated registration counts once', () => {
    given(invitations, made).when(use(ann)).then(used);
    given(invitations, made, used).when(use(ann)).thenNothing();
    given(invitations, made, used).when(use(ben)).thenRefused('invitation-invalid', 'invitation');
  });
  test('an invitation is over at its end, once it is withdrawn, and where there is none', () => {
    const withdrawn = event('InvitationWithdrawn', { invitationId, by: cleo });
    given(invitations, made).when(use(ann, 999)).then(used);
    given(invitations, made).when(use(ann, 1000)).thenRefused('invitation-invalid', 'invitation');
    given(invitations).when(use(ann)).thenRefused('invitation-invalid', 'invitation');
    given(invitations, made)
      .when((state) => withdrawInvitation(state, cleo))
      .then(withdrawn);
    given(invitations, made, withdrawn).when(use(ann)).thenRefused('invitation-invalid', 'invitation');
  });
});

describe('names', () => {
  test.each([
    ['email', ' Ann@Example.COM ', 'ann@example.com'],
    ['username', 'ANN', 'ann'],
    ['username', '\ufb01sh', 'fish'],
    ['username', 'e\u0301', '\u00e9'],
    ['phone', '+98 (912) 345-67.89', '+989123456789'],
    ['phone', '\u06f0\u06f9\u06f1\u06f2', '0912'],
    ['slug', 'Arash', 'arash'],
  ] as const)('%s %j is compared as %j', (kind, given, form) => {
    expect(canonical(kind, given)).toBe(form);
  });
  test('a name belongs to one owner, and a stale claim passes on by turns', () => {
    const claimed = event('NameClaimed', { kind: 'email', ownerId: ann });
    given(claims)
      .when((claim) => claimName(claim, 'email', ann, 0))
      .then(claimed);
    given(claims, claimed)
      .when((claim) => claimName(claim, 'email', ben, 0))
      .thenRefused('conflict');
    given(claims, claimed)
      .when((claim) => claimName(claim, 'email', ben, 1))
      .then(event('NameClaimed', { kind: 'email', ownerId: ben }));
  });
  test('a name that is held is not forfeited, one that is not is forfeited once', () => {
    expect(() => forfeitName({}, true, { claim: 'email-1', term: 1 })).toThrow('conflict');
    expect(forfeitName({}, false, { claim: 'email-1', term: 1 })).toEqual([
      event('NameForfeited', { claim: 'email-1', turn: 1 }),
    ]);
    expect(forfeitName({ 'email-1': 1 }, false, { claim: 'email-1', term: 1 })).toEqual([]);
  });
});

describe('messages', () => {
  const group = stateOf(conversations, [
    event('GroupCreated', {
      conversationId: team,
      number: 1,
      name: 'T',
      description: '',
      picture: null,
      public: false,
      slug: null,
      ownerId: ann,
    }),
  ]);
  const chat = stateOf(conversations, [
    event('DirectChatStarted', { conversationId: team, number: 1, userIds: [ann, ben], startedBy: ann }),
  ]);
  const file = { fileId: uuid(7), number: 1, ownerId: ann, hash: 'h', size: 1, mediaType: 'image/png', name: 'a.png' };
  const message = { messageId: uuid(9), number: 4, text: 'hello', file: null };
  const sent = {
    messageId: uuid(9),
    conversationId: team,
    number: 4,
    senderId: ann,
    receiverId: null,
    kind: 'text',
    text: 'hello',
    fileId: null,
  } as const;

  test('a member says something', () => {
    expect(sendMessage(group, Ann, message)).toEqual([event('MessageSent', sent)]);
  });
  test('a direct message knows to whom', () => {
    expect(sendMessage(chat, Ben, message)).toEqual([
      event('MessageSent', { ...sent, senderId: ben, receiverId: ann }),
    ]);
  });
  test('what is sent with a file is of its kind', () => {
    expect(sendMessage(group, Ann, { ...message, text: '', file })).toEqual([
      event('MessageSent', { ...sent, text: '', kind: 'image', fileId: uuid(7) }),
    ]);
    expect([kindOf('audio/ogg'), kindOf('video/mp4'), kindOf('application/pdf')]).toEqual([
      'audio',
      'document',
      'document',
    ]);
  });
  test('a stranger says nothing, and does not learn that the group exists', () => {
    expect(() => sendMessage(group, Ben, message)).toThrow('conversation-unknown');
  });
  test('a deleted account says nothing', () => {
    expect(() => sendMessage(group, userNamed(ann, 'ann', event('UserDeleted', { userId: ann })), message)).toThrow(
      'user-unknown',
    );
  });
  test('a message has words or a file', () => {
    expect(() => sendMessage(group, Ann, { ...message, text: '' })).toThrow('message-empty');
  });
  test("nobody sends somebody else's file", () => {
    expect(() => sendMessage(group, Ann, { ...message, file: { ...file, ownerId: cleo } })).toThrow('file-unknown');
  });
  describe('calls', () => {
    const add = (userId: string, role: 'member' | 'owner' = 'member') =>
      event('MemberAdded', { conversationId: team, userId, role, addedBy: ann, upTo: 0 });
    const withBen = conversations.evolve(group, add(ben), { at: NOON });
    const [room, open] = [
      { ...withBen, kind: 'room', public: true, createdBy: ann, members: group.members } as const,
      { ...withBen, public: true },
    ];
    const Cleo = userNamed(cleo, 'cleo');
    const nobody = { named: [], everyone: false, here: undefined };
    const calls = (where: typeof group, by: typeof Ann, callable: Partial<typeof nobody> | object) => {
      const [said] = sendMessage(where, by, message, { callable: { ...nobody, ...callable } });
      const { mentioned, call } = said!.data as { mentioned?: readonly string[]; call?: string };
      return [mentioned, call];
    };
    test('those whom it names and who may read it, each once, and not its sender', () => {
      expect(calls(withBen, Ann, { named: [Ben, Cleo, Ben, Ann] })).toEqual([[ben], undefined]);
      expect(calls(open, Ann, { named: [Cleo] })).toEqual([[cleo], undefined]);
      expect(calls(room, Ann, { named: [Cleo] })).toEqual([[cleo], undefined]);
      expect(calls(room, Ann, { named: [{ ...Cleo, suspended: true }] })).toEqual([undefined, undefined]);
    });
    test('everybody, or those who are present, by right: else the text is only text', () => {
      expect(calls(withBen, Ann, { everyone: true })).toEqual([undefined, 'everyone']);
      expect(calls(withBen, Ann, { here: [ann, ben, cleo] })).toEqual([[ben], 'here']);
      expect(calls(withBen, Ann, { everyone: true, here: [ben] })).toEqual([undefined, 'everyone']);
      expect(calls(withBen, Ben, { everyone: true })).toEqual([undefined, undefined]);
      expect(calls(withBen, Ben, { here: [ann] })).toEqual([undefined, undefined]);
      const policy = { ...withBen.policy, callAll: 'members' } as const;
      expect(calls({ ...withBen, policy }, Ben, { here: [ann] })).toEqual([[ann], 'here']);
      expect(calls(room, Ann, { here: [ben, cleo] })).toEqual([[ben, cleo], 'here']);
      expect(calls(chat, Ann, { everyone: true })).toEqual([undefined, undefined]);
    });
  });
  test('a desk answers each enquiry at once', () => {
    const desk = stateOf(conversations, [
      event('DeskOpened', { conversationId: team, number: 1, room: '1', visitorName: 'v', visitorEmail: 'v@x.io' }),
    ]);
    const visitor = { name: 'v', email: 'v@x.io' };
    const answer = { messageId: uuid(10), number: 5, text: 'thanks', file: null };
    expect(makeEnquiry(desk, stranger, visitor, message, answer)).toEqual([
      event('MessageSent', { ...sent, senderId: null, visitor }),
      event('MessageSent', {
        ...sent,
        messageId: uuid(10),
        number: 5,
        senderId: null,
        text: 'thanks',
        answers: uuid(9),
      }),
    ]);
    expect(() => makeEnquiry(group, stranger, visitor, message, answer)).toThrow('conversation-unknown');
  });
});

describe('marking as read', () => {
  const about = { conversationId: team, name: 'team', description: '', picture: null, slug: null };
  const created = event('GroupCreated', { ...about, number: 1, public: false, ownerId: ann });
  const added = (userId: string) =>
    event('MemberAdded', { conversationId: team, userId, role: 'member', addedBy: ann, upTo: 0 });
  const group = stateOf(conversations, [created, added(ben)]);
  const alone = stateOf(conversations, [created]);
  const read = { conversationId: team, userId: ann, upTo: 5, membership: 0 };
  const before = event('MessagesRead', read);

  test('twice up to the same message is once', () => {
    given(readings)
      .when((state) => markRead(state, alone, Ann, 5))
      .then(before);
    given(readings, before)
      .when((state) => markRead(state, alone, Ann, 5))
      .thenNothing();
  });
  test('may go back, and what had been read before stays known, until more is', () => {
    const back = event('MessagesRead', { ...read, upTo: 3, furthest: 5 });
    given(readings, before)
      .when((state) => markRead(state, alone, Ann, 3))
      .then(back);
    given(readings, before, back)
      .when((state) => markRead(state, alone, Ann, 4))
      .then(event('MessagesRead', { ...read, upTo: 4, furthest: 5 }));
    given(readings, before, back)
      .when((state) => markRead(state, alone, Ann, 6))
      .then(event('MessagesRead', { ...read, upTo: 6 }));
  });
  test('after a return to the group goes back to where it was before, and begins anew', () => {
    const left = event('MemberLeft', { conversationId: team, userId: ben });
    const returned = stateOf(conversations, [created, added(ben), left, added(ben)]);
    const membership = returned.members.placeOf(ben)!;
    const his = { ...read, userId: ben };
    given(readings, event('MessagesRead', { ...his, membership: membership - 1 }))
      .when((state) => markRead(state, returned, Ben, 5))
      .then(event('MessagesRead', { ...his, membership, receipt: true }));
    given(readings, event('MessagesRead', { ...his, membership: membership - 1 }))
      .when((state) => markRead(state, returned, Ben, 2))
      .then(event('MessagesRead', { ...his, upTo: 2, membership, receipt: true }));
  });
  test('is told to the others, but not that it goes back', () => {
    given(readings)
      .when((state) => markRead(state, group, Ann, 5))
      .then(event('MessagesRead', { ...read, receipt: true }));
    given(readings, before)
      .when((state) => markRead(state, group, Ann, 3))
      .then(event('MessagesRead', { ...read, upTo: 3, furthest: 5 }));
  });
  test('is told to nobody by who withholds it, where the policy says so, and in a large group', () => {
    const { policy } = group;
    const silent = stateOf(conversations, [
      created,
      added(ben),
      event('PolicySet', { conversationId: team, policy: { ...policy, receipts: false }, setBy: ann }),
    ]);
    const members = (count: number) => Array.from({ length: count }, (_, i) => added(uuid(100 + i)));
    const groups = [TOLD, TOLD + 1].map((size) => stateOf(conversations, [created, ...members(size - 1)]));
    for (const [where, who, isTold] of [
      [group, { ...Ann, showsReceipts: false }, false],
      [silent, Ann, false],
      [groups[0]!, Ann, true],
      [groups[1]!, Ann, false],
    ] as const)
      given(readings)
        .when((state) => markRead(state, where, who, 5))
        .then(event('MessagesRead', isTold ? { ...read, receipt: true } : read));
  });
});

describe('ids', () => {
  test('an id of a later time sorts later', () => {
    const random = new Uint8Array(10).fill(255);
    const earlier = timedId(new Date('2026-01-01T00:00:00.000Z'), random);
    expect(earlier < timedId(new Date('2026-01-01T00:00:00.001Z'), new Uint8Array(10))).toBe(true);
    expect(earlier).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
  test('a derived id is a function of its parts', () => {
    expect(derivedId('a', 1)).toBe(derivedId('a', 1));
    expect(new Set([derivedId('a', 1), derivedId('a1'), derivedId('a', '1'), derivedId('b', 1)]).size).toBe(4);
  });
  test('a direct chat is the same from either side', () => {
    expect(directChatId(ann, ben)).toBe(directChatId(ben, ann));
    expect(directChatId(ann, ann)).not.toBe(directChatId(ann, ben));
  });
});

test('a source gives ids that never repeat, in the order of time, of version 7', () => {
  let now = Date.parse('2026-01-05T12:00:00.000Z');
  const next = idSource(() => new Date(now));
  const ids = Array.from({ length: 3000 }, (_, i) => {
    if (i % 500 === 0) now += 1;
    return next();
  });
  expect(new Set(ids).size).toBe(3000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(ids[0]! < ids[500]! && ids[500]! < ids[1000]!).toBe(true);
  expect(Number.parseInt(ids[0]!.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.parse('2026-01-05T12:00:00.001Z'));
});
