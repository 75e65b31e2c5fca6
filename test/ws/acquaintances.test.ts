// Who shows an account: what the views said a moment ago, and each change since.

import { expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.ts';
import type { Services } from '../../src/services.ts';
import type { LogPage } from '../../src/ws/delivery/logPages.ts';
import { createAcquaintances } from '../../src/ws/subscribers/acquaintances.ts';
import { Subscriptions } from '../../src/ws/subscribers/subscriptions.ts';

const [KIM, TEAM] = ['kim', 'team'];

const setUp = () => {
  let inViews: readonly string[] = [TEAM];
  let asked = 0;
  const membershipsOf = async () => {
    asked++;
    return { items: inViews.map((conversationId, i) => ({ conversationId, since: i + 1 })), more: false };
  };
  const decode = ({ type, data }: { type: string; data: string }) => ({ type, data: JSON.parse(data) });
  const progress = { isReady: true, isAway: false };
  const services = { queries: { membershipsOf }, progress, decode } as unknown as Services;
  const acquaintances = createAcquaintances(services, new Subscriptions(() => 0));
  const apply = (type: 'MemberJoined' | 'MemberLeft', userId: string, conversationId: string): void =>
    acquaintances.apply({ type, data: { userId, conversationId }, position: 9 } as unknown as Event);
  const changed = { type: 'ProfileChanged', data: JSON.stringify({ userId: KIM, changes: { firstName: 'Kim' } }) };
  return {
    apply,
    /** How often the views were asked. */
    get asked(): number {
      return asked;
    },
    views: (...conversationIds: readonly string[]) => {
      inViews = conversationIds;
    },
    showing: async () => [...(await acquaintances.conversationsOf(KIM))],
    /** To those who come back. */
    showingSince: async () => {
      const audiences = await acquaintances.among({ personal: [0], events: [changed] } as unknown as LogPage);
      return [...audiences.get(0)!.conversations.keys()];
    },
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

test('views are asked once for somebody who changes all the time, for all who are there and all who come back', async () => {
  const world = setUp();
  for (let i = 0; i < 3; i++)
    for (const show of [world.showing, world.showingSince]) expect(await show()).toEqual([TEAM]);
  expect(world.asked).toBe(1);
});
