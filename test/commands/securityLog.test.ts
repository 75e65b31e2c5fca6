// What the counts of the security log become: few lines and few events, whatever somebody does.

import { pino } from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import type { MessageLane } from '../../src/commands/messageLane.ts';
import { createNoteLogRead } from '../../src/commands/noteLogRead.ts';
import { createSecurityLog, type SecurityLog } from '../../src/commands/securityLog.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { Refused } from '../../src/domain/refused.ts';

const ANN = '00000000-0000-4000-8000-000000000001';
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes));

interface Recorded {
  readonly stream: string;
  readonly event: DomainEvent;
}

let recorded: Recorded[];
let lines: Record<string, unknown>[];
let minute: number;
let isAway: boolean;
let security: SecurityLog;

const messages = {
  append: async (
    aggregate: { stream: (id: string) => string },
    id: string,
    _: unknown,
    decide: () => DomainEvent[],
  ) => {
    if (isAway) throw new Error('away');
    recorded.push(...decide().map((event) => ({ stream: aggregate.stream(id), event })));
  },
} as unknown as MessageLane;

beforeEach(() => {
  [recorded, lines, minute, isAway] = [[], [], 0, false];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  security = createSecurityLog(messages, () => at(minute), { log, recordEvery: 3_600_000 });
  return () => security.close();
});

const guess = (address = '192.0.2.1', userId: string | null = ANN) =>
  security.refused(new Refused('credentials-wrong'), { address, userId, requestId: 'r' });

describe('wrong passwords for an account', () => {
  test('are one event within a minute, and one an hour later with all that followed', async () => {
    for (let i = 0; i < 50; i++) guess();
    expect(recorded).toEqual([]);
    minute = 1;
    await security.recordDue();
    const first = { userId: ANN, count: 50, since: at(0).toISOString() };
    expect(recorded).toEqual([{ stream: `security-${ANN}`, event: { type: 'SignInsFailed', data: first } }]);
    minute = 2;
    for (let i = 0; i < 7; i++) guess();
    for (; minute <= 61; minute++) await security.recordDue();
    expect(recorded.slice(1).map(({ event }) => event.data)).toEqual([
      { userId: ANN, count: 7, since: at(2).toISOString() },
    ]);
  });

  test('at a steady rate are one event an hour', async () => {
    for (minute = 0; minute < 600; minute++) {
      guess();
      await security.recordDue();
    }
    expect(recorded).toHaveLength(10);
  });

  test('are recorded on, though the clock is set back by a day', async () => {
    for (const present of [1, 2 - 1440]) {
      minute = present;
      guess();
      await security.recordDue();
    }
    expect(recorded.map(({ event }) => event.data)).toMatchObject([{ count: 1 }, { count: 1 }]);
  });

  test('are recorded when the server stops, and are kept while the store is away', async () => {
    isAway = true;
    guess();
    await security.recordDue();
    minute = 1;
    guess();
    isAway = false;
    await security.close();
    expect(recorded.map(({ event }) => event.data)).toEqual([{ userId: ANN, count: 2, since: at(0).toISOString() }]);
  });

  test('for no account are a line and no event', async () => {
    guess('192.0.2.1', null);
    guess('192.0.2.1', 'R0lGODlhAQABAIAAAAAAAP-hash-of-a-name');
    await security.close();
    expect(recorded).toEqual([]);
    expect(lines).toMatchObject([{ security: 'refused', code: 'credentials-wrong', address: '192.0.2.1' }]);
    expect(lines[0]).not.toHaveProperty('userId');
  });
});

test('a flood from ten thousand addresses is few lines, and the next moment of another kind has its own', () => {
  for (let i = 0; i < 10_000; i++) guess(`10.0.${i >> 8}.${i & 255}`);
  expect(lines.length).toBeLessThan(120);
  security.refuse('too-many-requests', { address: '192.0.2.1', limit: 'sends' });
  expect(lines.at(-1)).toMatchObject({ security: 'refused', limit: 'sends' });
});

test('a refusal that several places know of counts once, and a mistake not at all', async () => {
  const about = { address: '192.0.2.1', userId: ANN };
  const error = new Refused('not-permitted');
  for (let i = 0; i < 3; i++) security.refused(error, about);
  security.refused(new Refused('name-required'), about);
  security.refused(new Error('a bug'), about);
  expect(lines).toMatchObject([{ code: 'not-permitted', times: 1 }]);
  await security.recordDue();
  expect(recorded.map(({ event }) => event.data)).toMatchObject([{ code: 'not-permitted', count: 1 }]);
});

test('what the program itself is refused is nobody’s attempt', () => {
  security.refused(new Refused('not-permitted'), { address: null, userId: ANN });
  expect(lines).toEqual([]);
});

test('recorded events give their line without texts, and messages give none', () => {
  const names = { email: 'ann@example.org', username: 'ann', phone: null, externalId: null };
  const profile = { firstName: 'Ann', lastName: 'Lee', address: null, nationalCode: null, avatar: null };
  const data = { userId: ANN, number: 1, ...names, ...profile, passwordHash: '$2b$hash' };
  const meta = { actorId: null, correlationId: 'r' };
  security.recorded([{ type: 'UserRegistered', data }], meta);
  security.recorded([{ type: 'MessagesRead', data: { conversationId: ANN, userId: ANN, upTo: 1 } }], meta);
  expect(lines).toEqual([
    expect.objectContaining({ security: 'user-registered', userId: ANN, actorId: null, requestId: 'r' }),
  ]);
  expect(Object.keys(lines[0]!)).toEqual(['level', 'time', 'security', 'actorId', 'userId', 'requestId', 'msg']);
});

test('a blocked desk and ended tokens of an outside sign-on have their lines', () => {
  const meta = { actorId: ANN, correlationId: 'r' };
  const desk = '00000000-0000-4000-8000-00000000000d';
  security.recorded([{ type: 'DeskBlocked', data: { conversationId: desk, userId: ANN } }], meta);
  security.recorded([{ type: 'OutsideSignInsEnded', data: { userId: ANN, issuedUpTo: 1 } }], meta);
  const who = { level: 30, time: expect.any(Number), actorId: ANN, userId: ANN, requestId: 'r', msg: 'security' };
  expect(lines).toEqual([
    { ...who, security: 'desk-blocked', conversationId: desk },
    { ...who, security: 'outside-sign-ins-ended' },
  ]);
});

describe('a question about the log', () => {
  const origin = { actorId: ANN, address: null, correlationId: 'r' };
  const ask = async (asked: { stream?: string; type?: string; after?: number }, note = noting()) => {
    const { stream, type, after = 0 } = asked;
    await note(origin, ANN, { stream, type, after });
  };
  const noting = () => createNoteLogRead(messages, () => at(minute));

  test('is recorded once an hour: to go on with it is no new question, to go back or to ask for more is', async () => {
    const note = noting();
    await ask({}, note);
    await ask({ after: 1 }, note);
    await ask({ after: 99 }, note);
    const first = { readerId: ANN, stream: null, type: null, after: 0, until: at(60).toISOString() };
    expect(recorded).toEqual([{ stream: `audit-${ANN}`, event: { type: 'LogRead', data: first } }]);
    await ask({ type: 'MessageSent', after: 9 }, note);
    await ask({ type: 'MessageSent', after: 8 }, note);
    minute = 60;
    await ask({ after: 99 }, note);
    expect(recorded.slice(1).map(({ event }) => event.data)).toMatchObject([
      { type: 'MessageSent', after: 9 },
      { type: 'MessageSent', after: 8 },
      { type: null, after: 99 },
    ]);
  });

  test('names only streams of the program', async () => {
    for (const stream of ['log', `user-${ANN}`, 'my secret thoughts', 'user-<b>']) await ask({ stream });
    const streams = recorded.map(({ event }) => event.type === 'LogRead' && event.data.stream);
    expect(streams).toEqual(['log', `user-${ANN}`, 'other', 'other']);
  });

  test('that cannot be recorded is not answered', async () => {
    isAway = true;
    const note = noting();
    await expect(ask({}, note)).rejects.toThrow('away');
    isAway = false;
    await ask({}, note);
    expect(recorded).toHaveLength(1);
  });
});
