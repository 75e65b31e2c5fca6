// Who shows an account: what the views said a moment ago, and each change since.

import { expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.ts';
import type { Services } from '../../src/services.ts';
import { createAcquaintances } from '../../src/ws/subscribers/acquaintances.ts';
import { Subscriptions } from '../../src/ws/subscribers/subscriptions.ts';

const [KIM, TEAM] = ['kim', 'team'];

const setUp = () => {
  let inViews: readonly string[] = [TEAM];
  const membershipsOf = async () => ({
    items: inViews.map((conversationId, i) => ({ conversationId, since: i + 1 })),
    more: false,
  });
  const services = { queries: { membershipsOf }, progress: { isReady: true, isAway: false } } as unknown as Services;
  const acquaintances = createAcquaintances(services, new Subscriptions(() => 0));
  const apply = (type: 'MemberJoined' | 'MemberLeft', userId: string, conversationId: string): void =>
    acquaintances.apply({ type, data: { userId, conversationId }, position: 9 } as unknown as Event);
  return {
    apply,
    views: (...conversationIds: readonly string[]) => {
      inViews = conversationIds;
    },
    showing: async () => [...(await acquaintances.conversationsOf(KIM))],
  };
};

test.each<[string, (apply: ReturnType<typeof setUp>['apply']) => void]>([
  ['nothing', () => undefined],
  ['thousands of accounts', (apply) => Array.from({ length: 2000 }, (_, i) => apply('MemberJoined', `${i}`, 'room'))],
  ['hundreds of its own', (apply) => Array.from({ length: 500 }, (_, i) => apply('MemberLeft', KIM, `${i}`))],
])('a group that an account has left shows it no more, whatever else changes: %s', async (_, change) => {
  const { apply, views, showing } = setUp();
  expect(await showing()).toEqual([TEAM]);
  apply('MemberLeft', KIM, TEAM);
  expect(await showing()).toEqual([]);
  views();
  change(apply);
  expect(await showing()).toEqual([]);
});
