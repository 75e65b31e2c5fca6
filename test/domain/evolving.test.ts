// Folding events: whoever holds a state can go on holding it.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Aggregate } from '../../src/domain/aggregate.ts';
import { claims } from '../../src/domain/claim.ts';
import { conversations } from '../../src/domain/conversation.ts';
import { type DomainEvent, type EventType, schemas } from '../../src/domain/events.ts';
import { files } from '../../src/domain/file.ts';
import { invitations } from '../../src/domain/invitation.ts';
import { logs } from '../../src/domain/log.ts';
import { Members } from '../../src/domain/members.ts';
import { numbers } from '../../src/domain/numbers.ts';
import { readings } from '../../src/domain/reading.ts';
import { saidMessages } from '../../src/domain/saidMessage.ts';
import { sessions } from '../../src/domain/session.ts';
import { tickets } from '../../src/domain/ticket.ts';
import { users } from '../../src/domain/user.ts';
import { event, NOON, uuid } from '../support/scenario.ts';

const aggregates = {
  claims,
  conversations,
  files,
  invitations,
  logs,
  numbers,
  readings,
  saidMessages,
  sessions,
  tickets,
  users,
};

const frozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
};

/** Everything a state says, members in their order too. */
const said = (state: unknown): string =>
  JSON.stringify(state, (_, value: unknown) => (value instanceof Members ? [...value, ...value.owners.keys()] : value));

const userId = fc.constantFrom(uuid(1), uuid(2), uuid(3));
/** An event of any type about a few people; fields that a type does not have are of no account. */
const anyEvent: fc.Arbitrary<DomainEvent> = fc
  .record({
    type: fc.constantFrom(...(Object.keys(schemas) as EventType[])),
    userId,
    ownerId: userId,
    userIds: fc.tuple(userId, userId),
    role: fc.constantFrom('owner', 'member', 'admin', 'staff'),
    changes: fc.record({ name: fc.string(), firstName: fc.string() }, { requiredKeys: [] }),
    claim: fc.constantFrom('slug-a', 'slug-b'),
    turn: fc.nat(3),
    upTo: fc.nat(9),
    generation: fc.nat(9),
    visitorEmail: fc.constant('ann@example.com'),
    name: fc.string(),
    marks: fc.constant([]),
    logId: userId,
  })
  .map(({ type, ...data }) => event(type, data as never));

describe.each(Object.entries(aggregates))('a state of %s', (_, aggregate) => {
  test('stays as it was whatever comes after it', () => {
    const { initial, evolve } = aggregate as Aggregate<unknown>;
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (history) => {
        const states = [frozen(initial())];
        for (const each of frozen(history)) states.push(frozen(evolve(states.at(-1), each, { at: NOON })));
        const before = states.map(said);
        for (const state of states) for (const each of history) evolve(state, each, { at: NOON });
        expect(states.map(said)).toEqual(before);
      }),
    );
  });
});

describe('members', () => {
  const change = fc.tuple(fc.constantFrom('owner', 'member', 'gone'), fc.nat(40).map(uuid)) as fc.Arbitrary<
    readonly ['owner' | 'member' | 'gone', string]
  >;

  test('are those of a map that is copied for each change, in the order of joining', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        let members = Members.none;
        const expected = new Map<string, string>();
        for (const [role, id] of changes) {
          const before = [...members];
          const after = role === 'gone' ? members.without(id) : members.with(id, role);
          expect([...members]).toEqual(before);
          members = after;
          if (role === 'gone') expected.delete(id);
          else expected.set(id, role);
        }
        expect([...members]).toEqual([...expected]);
        expect(members.size).toBe(expected.size);
        const owners = [...expected.keys()].filter((id) => expected.get(id) === 'owner');
        expect(new Set(members.owners.keys())).toEqual(new Set(owners));
        for (let n = 0; n <= 40; n++) {
          expect(members.get(uuid(n))).toBe(expected.get(uuid(n)));
          expect(members.has(uuid(n))).toBe(expected.has(uuid(n)));
        }
      }),
    );
  });
});

describe('a group of many', () => {
  afterEach(() => vi.restoreAllMocks());

  /** How often something is put into a set or a map while `count` members become readers, leave, come back and own the group for a time. */
  const copiesFor = (count: number): number => {
    const { initial, evolve } = conversations;
    const people = Array.from({ length: count }, (_, n) => uuid(n + 1));
    const put = [vi.spyOn(Set.prototype, 'add'), vi.spyOn(Map.prototype, 'set')];
    const conversationId = uuid(0);
    let state = evolve(initial(), event('GroupCreated', { conversationId, ownerId: uuid(0) } as never), { at: NOON });
    const fold = (type: EventType, data: object): void => {
      for (const userId of people) state = evolve(state, event(type, { userId, ...data } as never), { at: NOON });
    };
    fold('MemberJoined', { upTo: 0 });
    fold('RoleGiven', { role: 'reader' });
    fold('MemberLeft', {});
    fold('MemberJoined', { upTo: 0 });
    fold('OwnerAppointed', { appointedBy: uuid(0) });
    for (const _ of people) state.members.owners.keys().some(() => true);
    fold('OwnerDismissed', { dismissedBy: uuid(0) });
    const copies = put.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    vi.restoreAllMocks();
    return copies;
  };

  test('costs hardly more for each reader who leaves or comes back, and for each owner, however many there were before', () => {
    expect(copiesFor(800)).toBeLessThan(6 * copiesFor(200));
  });
});
