// Who waits for a name, in the index of subscribers.

import { expect, test } from 'vitest';
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
const registered = (username: string) =>
  ({ type: 'UserRegistered', stream: `user-${BEN}`, data: { userId: BEN, username } }) as unknown as Event;
const slugGiven = (slug: string) =>
  ({ type: 'SlugGiven', stream: `conversation-${TEAM}`, data: { conversationId: TEAM, slug } }) as unknown as Event;

test('each name leads to its conversation, and nobody who has gone waits any more', () => {
  const subscriptions = new Subscriptions(() => 0);
  const [one, other] = [waiting(), waiting()];
  for (const subscriber of [one, other]) {
    subscriptions.add(subscriber);
    subscriptions.awaitName(subscriber, 'username', 'Ben');
    subscriptions.awaitName(subscriber, 'slug', 'ben');
  }
  const chat = directChatId(ANN, BEN);
  expect(subscriptions.waitingFor(registered('ben'))).toEqual([
    [one, chat],
    [other, chat],
  ]);
  expect(subscriptions.waitingFor(slugGiven('BEN'))).toEqual([
    [one, TEAM],
    [other, TEAM],
  ]);
  expect(subscriptions.waitingFor(registered('benno'))).toEqual([]);
  subscriptions.remove(one);
  expect(subscriptions.waitingFor(registered('ben'))).toEqual([[other, chat]]);
  subscriptions.awaitName(one, 'username', 'ben');
  expect(subscriptions.waitingFor(registered('ben'))).toEqual([[other, chat]]);
});
