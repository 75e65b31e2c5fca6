// Who owns a group, whoever comes and goes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deleteUser, suspendUser } from '../../src/domain/administration.ts';
import { conversations } from '../../src/domain/conversation.ts';
import type { DomainEvent, Events } from '../../src/domain/events.ts';
import { type Absences, absenceOf } from '../../src/domain/heirs.ts';
import * as membership from '../../src/domain/membership.ts';
import { Refused } from '../../src/domain/refused.ts';
import { type User, users } from '../../src/domain/user.ts';
import {
  ann,
  ben,
  cleo,
  event,
  given,
  NOON,
  registration,
  stateOf,
  team,
  userNamed,
  uuid,
} from '../support/scenario.ts';

const group = { conversationId: team, number: 1, name: 'Team', description: '', picture: null, slug: null };
const created = event('GroupCreated', { ...group, public: true, ownerId: ann });
const joined = (userId: string) => event('MemberJoined', { conversationId: team, userId, upTo: 7 });
const left = (userId: string) => event('MemberLeft', { conversationId: team, userId });
const passed = (userId: string) => event('OwnershipPassed', { conversationId: team, userId });
const appointed = (userId: string) => event('OwnerAppointed', { conversationId: team, userId, appointedBy: ann });

const Ann = userNamed(ann, 'ann');
const Ben = userNamed(ben, 'ben');
const suspended = (userId: string) => event('UserSuspended', { userId, by: null });
const deleted = (userId: string) => event('UserDeleted', { userId });
const AnnSuspended = userNamed(ann, 'ann', suspended(ann));
const AnnDeleted = userNamed(ann, 'ann', deleted(ann));

describe('owners', () => {
  test('an owner appoints a member, or somebody who becomes one by it', () => {
    given(conversations, created, joined(ben))
      .when((state) => membership.appointOwner(state, Ann, ben, 7))
      .then(appointed(ben));
    given(conversations, created)
      .when((state) => membership.appointOwner(state, Ann, ben, 7))
      .then(event('MemberAdded', { conversationId: team, userId: ben, role: 'owner', addedBy: ann, upTo: 7 }));
  });
  test('an owner dismisses another, and steps down where another stays', () => {
    for (const userId of [ann, ben])
      given(conversations, created, joined(ben), appointed(ben))
        .when((state) => membership.dismissOwner(state, Ann, userId))
        .then(event('OwnerDismissed', { conversationId: team, userId, dismissedBy: ann }));
  });
  test('the last one who can manage the group does not step down', () => {
    given(conversations, created, joined(ben))
      .when((state) => membership.dismissOwner(state, Ann, ann))
      .thenRefused('last-owner', 'userId');
    given(conversations, created, joined(ben), appointed(ben))
      .when((state) => membership.dismissOwner(state, Ann, ann, new Map([[ben, 'away']])))
      .thenRefused('last-owner', 'userId');
  });
  test('a dismissed owner dismisses nobody', () => {
    const dismissed = event('OwnerDismissed', { conversationId: team, userId: ann, dismissedBy: ben });
    given(conversations, created, joined(ben), appointed(ben), dismissed)
      .when((state) => membership.dismissOwner(state, Ann, ben))
      .thenRefused('not-an-owner');
  });
});

describe('a group passes', () => {
  test('to the member who can manage it and has been in longest', () => {
    given(conversations, created, joined(ben), joined(cleo))
      .when((state) => membership.leave(state, Ann, new Map([[ben, 'away']])))
      .then(passed(cleo), left(ann));
  });
  test('to somebody who may come back, if nobody can manage it', () => {
    given(conversations, created, joined(ben), joined(cleo))
      .when((state) =>
        membership.leave(
          state,
          Ann,
          new Map([
            [ben, 'deleted'],
            [cleo, 'away'],
          ]),
        ),
      )
      .then(passed(cleo), left(ann));
  });
  test('to nobody, while another owner can manage it', () => {
    given(conversations, created, joined(ben), joined(cleo), appointed(cleo))
      .when((state) => membership.succeed(state, AnnDeleted, new Map()))
      .then(left(ann));
  });
  test('to nobody, while another owner may come back and nobody else can manage it', () => {
    given(conversations, created, joined(ben), joined(cleo), appointed(cleo))
      .when((state) =>
        membership.leave(
          state,
          Ann,
          new Map([
            [ben, 'away'],
            [cleo, 'away'],
          ]),
        ),
      )
      .then(left(ann));
  });
  test('from a deleted account, which leaves, and beside a suspended one, which stays', () => {
    given(conversations, created, joined(ben))
      .when((state) => membership.succeed(state, AnnDeleted, new Map()))
      .then(passed(ben), left(ann));
    given(conversations, created, joined(ben))
      .when((state) => membership.succeed(state, AnnSuspended, new Map()))
      .then(passed(ben));
    given(conversations, created, joined(ben), passed(ben))
      .when((state) => membership.succeed(state, AnnSuspended, new Map()))
      .thenNothing();
  });
  test('not from an account that is active, or no member any more', () => {
    given(conversations, created, joined(ben))
      .when((state) => membership.succeed(state, Ann, new Map()))
      .thenNothing();
    given(conversations, created, joined(ben), passed(ben), left(ann))
      .when((state) => membership.succeed(state, AnnDeleted, new Map()))
      .thenNothing();
  });
  test('to whoever joins it, if no owner can manage it', () => {
    given(conversations, created)
      .when((state) => membership.join(state, Ben, 7, new Map([[ann, 'away']])))
      .then(event('MemberAdded', { conversationId: team, userId: ben, role: 'owner', addedBy: ben, upTo: 7 }));
  });
  test('not to somebody who was imported and joins: nobody can sign in to the account', () => {
    const imported = { ...registration(ben, 'ben'), email: null, passwordHash: null };
    given(conversations, created)
      .when((state) =>
        membership.join(state, stateOf(users, [event('UserRegistered', imported)]), 7, new Map([[ann, 'away']])),
      )
      .then(joined(ben));
  });
});

test('a direct chat is left too, and has no owner', () => {
  given(
    conversations,
    event('DirectChatStarted', { conversationId: team, number: 1, userIds: [ann, ben], startedBy: ann }),
  )
    .when((state) => membership.succeed(state, AnnDeleted, new Map()))
    .then(left(ann));
});

test('whoever is deleted or suspended, a group in which somebody can manage has an owner who can', () => {
  const ids = [1, 2, 3, 4].map(uuid);
  const step = fc.record({
    what: fc.constantFrom('join', 'leave', 'add', 'remove', 'appoint', 'dismiss', 'suspend', 'delete'),
    by: fc.constantFrom(...ids),
    whom: fc.constantFrom(...ids),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const people = new Map(ids.map((id) => [id, userNamed(id, `user${id.slice(-1)}`)]));
      const history: DomainEvent[] = [created];
      const absences = (): Absences =>
        new Map(
          [...people].flatMap(([id, user]) => {
            const absence = absenceOf(user);
            return absence === undefined ? [] : [[id, absence] as const];
          }),
        );
      const change = (id: string, events: Events): Events => {
        for (const one of events) people.set(id, users.evolve(people.get(id)!, one, { at: NOON }));
        return membership.succeed(stateOf(conversations, history), people.get(id)!, absences());
      };
      const decide: Record<(typeof steps)[number]['what'], (by: User, whom: string) => Events> = {
        join: (by) => membership.join(stateOf(conversations, history), by, 7, absences()),
        leave: (by) => membership.leave(stateOf(conversations, history), by, absences()),
        add: (by, whom) => membership.addMember(stateOf(conversations, history), by, whom, 7),
        remove: (by, whom) => membership.removeMember(stateOf(conversations, history), by, whom, absences()),
        appoint: (by, whom) => membership.appointOwner(stateOf(conversations, history), by, whom, 7),
        dismiss: (by, whom) => membership.dismissOwner(stateOf(conversations, history), by, whom, absences()),
        suspend: (by) => change(by.userId, by.status === 'registered' ? suspendUser(by, null) : []),
        delete: (by) => change(by.userId, deleteUser(by)),
      };
      for (const { what, by, whom } of steps) {
        const isAlive = people.get(whom)!.status === 'registered';
        if (!isAlive && (what === 'add' || what === 'appoint')) continue;
        try {
          history.push(...decide[what](people.get(by)!, whom));
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
        }
        const { members } = stateOf(conversations, history);
        const away = absences();
        const canManage = (id: string): boolean => !away.has(id);
        const present = [...members].map(([id]) => id);
        expect(present.filter((id) => away.get(id) === 'deleted')).toEqual([]);
        expect(members.owners.keys().some(canManage)).toBe(present.some(canManage));
        expect(members.size > 0 && members.owners.size === 0).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});

describe('the roles of a group', () => {
  const Ann = userNamed(ann, 'ann');
  const Ben = userNamed(ben, 'ben');
  const Cleo = userNamed(cleo, 'cleo');
  const about = { conversationId: team, number: 1, name: 'Team', description: '', picture: null, slug: null };
  const created = event('GroupCreated', { ...about, public: true, ownerId: ann });
  const member = (userId: string) =>
    event('MemberAdded', { conversationId: team, userId, role: 'member' as const, addedBy: ann, upTo: 0 });
  const given_ = (userId: string, role: 'moderator' | 'member' | 'reader', givenBy: string | null = ann) =>
    event('RoleGiven', { conversationId: team, userId, role, givenBy });
  const all = [created, member(ben), member(cleo)];

  test('an owner makes a member a moderator, once', () => {
    given(conversations, ...all)
      .when((state) => membership.giveRole(state, Ann, ben, 'moderator'))
      .then(given_(ben, 'moderator'));
    given(conversations, ...all, given_(ben, 'moderator'))
      .when((state) => membership.giveRole(state, Ann, ben, 'moderator'))
      .thenNothing();
  });
  test('a moderator gives no roles, and removes members, but no moderator', () => {
    const state = [...all, given_(ben, 'moderator')];
    given(conversations, ...state)
      .when((group) => membership.giveRole(group, Ben, cleo, 'reader'))
      .thenRefused('not-an-owner');
    given(conversations, ...state)
      .when((group) => membership.removeMember(group, Ben, cleo))
      .then(event('MemberRemoved', { conversationId: team, userId: cleo, removedBy: ben }));
    given(conversations, ...state, given_(cleo, 'moderator'))
      .when((group) => membership.removeMember(group, Ben, cleo))
      .thenRefused('not-an-owner');
  });
  test('a reader who leaves and comes back is a reader again, until an owner says otherwise', () => {
    const left = event('MemberLeft', { conversationId: team, userId: cleo });
    const joined = event('MemberJoined', { conversationId: team, userId: cleo, upTo: 3 });
    given(conversations, ...all, given_(cleo, 'reader'), left)
      .when((state) => membership.join(state, Cleo, 3))
      .then(joined, given_(cleo, 'reader', null));
    given(conversations, ...all, given_(cleo, 'reader'), left)
      .when((state) => membership.addMember(state, Ann, cleo, 3))
      .then(
        event('MemberAdded', { conversationId: team, userId: cleo, role: 'member', addedBy: ann, upTo: 3 }),
        given_(cleo, 'reader', null),
      );
    given(conversations, ...all, given_(cleo, 'reader'), given_(cleo, 'member'), left)
      .when((state) => membership.join(state, Cleo, 3))
      .then(joined);
  });
  test('a reader who came back as an owner and was dismissed is a member, also after leaving once more', () => {
    const joined = event('MemberJoined', { conversationId: team, userId: cleo, upTo: 3 });
    const left = event('MemberLeft', { conversationId: team, userId: cleo });
    const dismissed = event('OwnerDismissed', { conversationId: team, userId: cleo, dismissedBy: ann });
    const added = (role: 'owner' | 'member') =>
      event('MemberAdded', { conversationId: team, userId: cleo, role, addedBy: ann, upTo: 2 });
    const takenOver = event('GroupTakenOver', { conversationId: team, userId: cleo });
    for (const asOwner of [[added('owner')], [added('member'), takenOver]])
      given(conversations, ...all, given_(cleo, 'reader'), left, ...asOwner, dismissed, left)
        .when((state) => membership.join(state, Cleo, 3))
        .then(joined);
  });
  test('the group passes to a moderator before members, and to a reader last', () => {
    given(conversations, ...all, given_(cleo, 'moderator'))
      .when((state) => membership.leave(state, Ann))
      .then(
        event('OwnershipPassed', { conversationId: team, userId: cleo }),
        event('MemberLeft', { conversationId: team, userId: ann }),
      );
    given(conversations, ...all, given_(ben, 'reader'))
      .when((state) => membership.leave(state, Ann))
      .then(
        event('OwnershipPassed', { conversationId: team, userId: cleo }),
        event('MemberLeft', { conversationId: team, userId: ann }),
      );
  });
});
