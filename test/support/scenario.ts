// given(…).when(…).then(…): what happened, what somebody wants, what comes of it.

import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Aggregate } from '../../src/domain/aggregate.ts';
import type { DataOf, DomainEvent, EventType } from '../../src/domain/events.ts';
import { type RefusalCode, Refused } from '../../src/domain/refused.ts';
import { type User, users } from '../../src/domain/user.ts';

const DAY = 24 * 60 * 60 * 1000;

export const NOON = '2026-01-05T12:00:00.000Z';

/** A UUID that is easy to tell apart: `uuid(7)` ends in 7. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const ann = uuid(1);
export const ben = uuid(2);
export const cleo = uuid(3);
export const team = uuid(101);

export const event = <T extends EventType>(type: T, data: DataOf<T>): DomainEvent => ({ type, data }) as DomainEvent;

/** So many milliseconds after noon, with the usual limits of sessions. */
export const later = (milliseconds: number) => ({
  now: new Date(Date.parse(NOON) + milliseconds),
  idle: 30 * DAY,
  lifetime: 180 * DAY,
});

/** Somebody without a name says something. */
export const messageSent = (conversationId: string, text = 'hello'): DomainEvent =>
  event('MessageSent', {
    messageId: randomUUID(),
    conversationId,
    number: 1,
    senderId: null,
    receiverId: null,
    kind: 'text',
    text,
    fileId: null,
  });

export const stateOf = <State>(aggregate: Aggregate<State>, history: readonly DomainEvent[]): State =>
  history.reduce((state, event) => aggregate.evolve(state, event, { at: NOON }), aggregate.initial());

export const registration = (userId: string, name: string): DataOf<'UserRegistered'> => ({
  userId,
  number: Number(userId.slice(-3)),
  email: `${name}@example.com`,
  username: name,
  phone: null,
  externalId: null,
  passwordHash: 'hash',
  firstName: name,
  lastName: '',
  address: null,
  nationalCode: null,
  avatar: null,
});

export const userNamed = (userId: string, name: string, ...more: DomainEvent[]): User =>
  stateOf(users, [event('UserRegistered', registration(userId, name)), ...more]);

/** The scenario of one aggregate. */
export const given = <State>(aggregate: Aggregate<State>, ...history: DomainEvent[]) => ({
  when: (decide: (state: State) => readonly DomainEvent[]) => {
    const run = () => decide(stateOf(aggregate, history));
    return {
      // biome-ignore lint/suspicious/noThenProperty: never awaited; the sentence is given, when, then
      then: (...events: DomainEvent[]) => expect(run()).toEqual(events),
      thenNothing: () => expect(run()).toEqual([]),
      thenRefused: (code: RefusalCode, field?: string) => {
        try {
          run();
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
          expect({ code: (error as Refused).code, field: (error as Refused).field }).toEqual({ code, field });
          return;
        }
        expect.fail(`not refused; expected ${code}`);
      },
    };
  },
});
