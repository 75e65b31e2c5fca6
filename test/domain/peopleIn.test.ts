// Whom events name.

import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Event, schemas } from '../../src/domain/events.ts';
import { peopleIn, personFields } from '../../src/domain/peopleIn.ts';
import { streams } from '../../src/domain/streams.ts';
import { ann, ben, cleo, NOON, team, uuid } from '../support/scenario.ts';

/** Fields with ids of other things than accounts. */
const things = ['logId', 'from', 'keptSessionId', 'sessionId', 'invitationId', 'ticketId', 'conversationId'];
const more = ['messageId', 'fileId', 'answers', 'inConversationId', 'replyTo', 'threadId'];

test('every id in an event is known for that of a person or of something else', () => {
  const holdsId = (schema: object): boolean =>
    JSON.stringify(z.toJSONSchema(schema as z.ZodType, { unrepresentable: 'any' })).includes('"minLength":36');
  const fields = Object.values(schemas).flatMap(({ shape }) =>
    Object.entries(shape)
      .filter(([name, field]) => name !== 'asked' && holdsId(field))
      .map(([name]) => name),
  );
  expect(new Set(fields)).toEqual(new Set([...personFields, ...things, ...more]));
});

test('the people of an event are those in its data, its stream, and who did it; each once', () => {
  const place = { id: uuid(1), revision: 0, position: 1, at: NOON };
  const of = (stream: string, data: object, actorId: string | null) =>
    peopleIn({ ...place, stream, data, meta: { actorId, correlationId: 'r' }, type: 'LoggedIn' } as unknown as Event);
  expect(of(streams.conversation(team), { conversationId: team, userIds: [ann, ben], startedBy: ann }, ann)).toEqual([
    ann,
    ben,
  ]);
  expect(of(streams.reads(`${team}-${cleo}`), { conversationId: team }, null)).toEqual([cleo]);
  expect(of(streams.session(uuid(9)), { sessionId: uuid(9) }, ben)).toEqual([ben]);
  expect(of(streams.audit(ann), {}, null)).toEqual([ann]);
  expect(of('log', { logId: uuid(8), ownerId: null }, null)).toEqual([]);
});
