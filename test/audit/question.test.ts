// Which events fit a question, told by their texts.

import { describe, expect, test, vi } from 'vitest';
import { fitsOf, type Question } from '../../src/audit/question.ts';
import { encode } from '../../src/domain/codec.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { streams } from '../../src/domain/streams.ts';
import type { Recorded } from '../../src/store/ports.ts';
import { ann, ben, cleo, event, NOON, team, uuid } from '../support/scenario.ts';

const at = (position: number, stream: string, one: DomainEvent, meta: object = {}, time = NOON): Recorded => ({
  ...encode(uuid(position), one, time, { actorId: null, correlationId: `r-${position}`, ...meta }),
  stream,
  revision: 0,
  position,
});

const removed = event('MemberRemoved', { conversationId: team, userId: ben, removedBy: ann });
const log = [
  at(1, streams.user(ann), event('RoleGranted', { userId: ann, role: 'admin' }), { correlationId: 'promote "x"' }),
  at(3, streams.conversation(team), removed, { actorId: ann }),
  at(5, streams.reads(`${team}-${cleo}`), event('MessagesRead', { conversationId: team, userId: cleo, upTo: 1 })),
  at(7, streams.session(uuid(9)), event('SessionRefreshed', { sessionId: uuid(9), generation: 2 }), { actorId: cleo }),
  at(9, 'log', event('LogBegun', { logId: uuid(8), format: 1 }), {}, '2026-01-05T12:00:00.001Z'),
  at(11, streams.message(`${team}-${uuid(7)}`), event('LoggedIn', { userId: uuid(6) })),
];

test('what names something within another text is about it, too: a picture, what an auditor asked for', () => {
  const [file, group, message] = [uuid(21), uuid(22), uuid(23)];
  const described = event('ConversationDescribed', { conversationId: team, changes: { picture: `/v1/files/${file}` } });
  const read = event('LogRead', {
    ...{ readerId: cleo, stream: streams.message(`${group}-${message}`), type: null, after: 0, until: NOON },
  });
  const recorded = [at(13, streams.conversation(team), described), at(15, streams.audit(cleo), read)];
  const about = (subject: string) => recorded.filter(fitsOf({ after: 0, subject })).map(({ position }) => position);
  expect([file, group, message, ben].map(about)).toEqual([[13], [15], [15], []]);
});

describe('a question is answered by', () => {
  test.each<[string, Partial<Question>, readonly number[]]>([
    ['nothing asked', {}, [1, 3, 5, 7, 9, 11]],
    ['positions', { after: 3, upTo: 7 }, [5, 7]],
    ['the first moment of a time', { from: '2026-01-05T12:00:00.001Z' }, [9]],
    ['the last moment before a time', { to: '2026-01-05T12:00:00.001Z' }, [1, 3, 5, 7, 11]],
    ['the stream', { stream: 'log' }, [9]],
    ['the kind of stream', { category: 'message' }, [11]],
    ['the stream that is alone of its kind', { category: 'log' }, [9]],
    ['the type', { type: 'MemberRemoved' }, [3]],
    ['who did it', { actor: ann }, [3]],
    ['whom it is about, in any role', { subject: ben }, [3]],
    ['who removed somebody', { subject: ann }, [1, 3]],
    ['who did it, where nothing else says whom it is about', { subject: cleo }, [5, 7]],
    ['the conversation', { subject: team }, [3, 5, 11]],
    ['the request', { correlation: 'r-5' }, [5]],
    ['a request whose name has quotes', { correlation: 'promote "x"' }, [1]],
    ['all of that together', { subject: team, actor: ann, type: 'MemberRemoved', upTo: 3 }, [3]],
    ['none, if one part does not fit', { subject: team, actor: ann, type: 'MemberLeft' }, []],
  ])('%s', (_, question, expected) => {
    expect(log.filter(fitsOf({ after: 0, ...question })).map(({ position }) => position)).toEqual(expected);
  });
});

test('no event is parsed to learn that it does not fit', () => {
  const parse = vi.spyOn(JSON, 'parse');
  const question = { after: 0, from: NOON, to: NOON, actor: ann, subject: ben, correlation: 'r', category: 'user' };
  expect(log.filter(fitsOf(question))).toEqual([]);
  expect(parse).not.toHaveBeenCalled();
  parse.mockRestore();
});

test('no text that somebody chose passes for the actor or the request of an event', () => {
  const said = at(13, 'log', event('LogBegun', { logId: uuid(8), format: 1 }), {
    correlationId: `x","actorId":"${ben}`,
  });
  expect(fitsOf({ after: 0, actor: ben })(said)).toBe(false);
  expect(fitsOf({ after: 0, subject: ben })(said)).toBe(false);
  expect(fitsOf({ after: 0, correlation: 'x' })(said)).toBe(false);
});
