import { expect, test } from 'vitest';
import { conversationIdOf, isOfMessages, streams, userIdOf } from '../../src/domain/streams.ts';
import { ann, team } from '../support/scenario.ts';

test('the name of a stream says what it is about', () => {
  expect(userIdOf(streams.user(ann))).toBe(ann);
  expect(conversationIdOf(streams.conversation(team))).toBe(team);
  expect(conversationIdOf(streams.messages(team))).toBe(team);
  expect(conversationIdOf(streams.message(`${team}-${ann}`))).toBe(team);
  expect(
    [streams.messages(team), streams.conversation(team), streams.message(`${team}-${ann}`)].map(isOfMessages),
  ).toEqual([true, false, false]);
});

test('a stream about something else gives no id', () => {
  expect(userIdOf(streams.session(ann))).toBeUndefined();
  expect(conversationIdOf(streams.reads(`${team}-${ann}`))).toBeUndefined();
  expect(conversationIdOf(streams.user(team))).toBeUndefined();
});
