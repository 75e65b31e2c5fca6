// Who waits for a name, in the index of subscribers.

import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.ts';
import { directChatId } from '../../src/domain/ids.ts';
import { native } from '../../src/ws/frames.ts';
import { newPrincipal, type Subscriber } from '../../src/ws/subscribers/subscriber.ts';
import { Subscriptions } from '../../src/ws/subscribers/subscriptions.ts';

const ANN = '00000000-0000-4000-8000-00000000000a';
const BEN = '00000000-0000-4000-8000-00000000000b';
const TEAM = '00000000-0000-4000-8000-00000000000c';

const waiting = (): Subscriber => {
  const account = {
    userId: ANN,
    verifiedEmail: null,
    acceptsDesks: true,
    showsReceipts: true,
    roles: [],
    deleted: false,
  };
  return {
    ...{ protocol: native, principal: newPrincipal(account), byMembership: false, state: 'silent', cursor: 0 },
    ...{ watches: undefined, awaits: undefined },
  } as unknown as Subscriber;
};
const registered = (username: string, userId = BEN) =>
  ({ type: 'UserRegistered', stream: `user-${userId}`, data: { userId, username } }) as unknown as Event;
const slugGiven = (slug: string) =>
  ({ type: 'SlugGiven', stream: `conversation-${TEAM}`, data: { conversationId: TEAM, slug } }) as unknown as Event;

const chat = directChatId(ANN, BEN);

test('each name leads to its conversation, and nobody who has gone waits any more', () => {
  const subscriptions = new Subscriptions(() => 0);
  const names = subscriptions.awaitedNames;
  const [one, other] = [waiting(), waiting()];
  for (const subscriber of [one, other]) {
    subscriptions.add(subscriber);
    expect(
      names.found(subscriber, names.add(subscriber, 'username', ['ann', 'Ben']), [ANN, undefined]),
    ).toBeUndefined();
    names.add(subscriber, 'slug', ['ben']);
  }
  expect(names.givenBy(registered('ben'))).toEqual([
    [one, chat],
    [other, chat],
  ]);
  expect(names.givenBy(slugGiven('BEN'))).toEqual([
    [one, TEAM],
    [other, TEAM],
  ]);
  expect(names.givenBy(registered('benno'))).toEqual([]);
  subscriptions.remove(one);
  expect(names.givenBy(registered('ben'))).toEqual([[other, chat]]);
  names.add(one, 'slug', ['ben']);
  expect(names.givenBy(slugGiven('ben'))).toEqual([[other, TEAM]]);
});

describe('a pair of usernames', () => {
  const pairOf = (...usernames: readonly string[]) => {
    const names = new Subscriptions(() => 0).awaitedNames;
    const subscriber = waiting();
    const awaited = names.add(subscriber, 'username', usernames);
    const givenTo = (username: string, userId: string) =>
      names.givenBy(registered(username, userId)).map(([, id]) => id);
    return { givenTo, found: (...owners: (string | undefined)[]) => names.found(subscriber, awaited, owners) };
  };

  test('leads to the chat of its two accounts, in whichever order they take the names', () => {
    for (const [first, second] of [
      ['ann', 'ben'],
      ['ben', 'ann'],
    ] as const) {
      const { givenTo } = pairOf('ann', 'ben');
      const accounts = { ann: ANN, ben: BEN };
      expect(givenTo(first, accounts[first])).toEqual([]);
      expect(givenTo(second, accounts[second])).toEqual([chat]);
    }
  });

  test('leads its subscriber to no chat of two others', () => {
    const { givenTo, found } = pairOf('ben', 'cleo');
    expect(found(BEN, undefined)).toBeUndefined();
    expect(givenTo('cleo', TEAM)).toEqual([]);
  });

  test('counts whom an event named over whom a look at the log found before', () => {
    const { givenTo, found } = pairOf('ann', 'ben');
    expect(givenTo('ben', BEN)).toEqual([]);
    expect(found(ANN, TEAM)).toBe(chat);
  });

  test('that one account had in turn is not the chat with oneself', () => {
    const { givenTo } = pairOf('ann', 'anna');
    expect([givenTo('ann', ANN), givenTo('anna', ANN)]).toEqual([[], []]);
    expect(givenTo('ann', BEN)).toEqual([chat]);
  });

  test('of one name is the chat with oneself', () => {
    expect(pairOf('ann', 'ANN').givenTo('Ann', ANN)).toEqual([directChatId(ANN, ANN)]);
  });
});
