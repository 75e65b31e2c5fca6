// Whose what is private in an event is.

import { expect, test } from 'vitest';
import type { Event } from '../../src/domain/events.ts';
import { isSaidAtDesk } from '../../src/domain/ofPerson.ts';
import { streams } from '../../src/domain/streams.ts';
import { ann, ben, NOON, team, uuid } from '../support/scenario.ts';

test('at a desk, its visitor said what they asked and who they are, and nobody else did', () => {
  const isSaid = (type: Event['type'], data: object, actorId: string | null, by = ann): boolean => {
    const place = { id: uuid(1), revision: 0, position: 1, at: NOON, stream: streams.messages(team) };
    return isSaidAtDesk({ ...place, type, data, meta: { actorId, correlationId: 'r' } } as unknown as Event, by);
  };
  expect(isSaid('MessageSent', { senderId: null }, ann)).toBe(true);
  expect(isSaid('DeskOpened', { openedBy: ann }, ann)).toBe(true);
  expect(isSaid('MessageSent', { senderId: null }, ann, ben)).toBe(false);
  expect(isSaid('DeskOpened', { openedBy: ann }, ann, ben)).toBe(false);
  expect(isSaid('MessageSent', { senderId: null }, null)).toBe(false);
  // The answer of the desk itself.
  expect(isSaid('MessageSent', { senderId: null, answers: uuid(2) }, ann)).toBe(false);
});
