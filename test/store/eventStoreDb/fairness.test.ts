// Two processes that append to one stream, played with a clock of their own.

import { expect, test } from 'vitest';
import { takeTurns } from '../../../src/store/eventStoreDb/fairness.ts';
import { Conflict } from '../../../src/store/ports.ts';

/** A process whose appends take 10 ms, and what it paused before each of them. */
const newProcess = ({ random = 0.5 } = {}) => {
  let time = 0;
  const paused: number[] = [];
  const { inTurn, saw } = takeTurns({
    clock: () => time,
    random: () => random,
    pause: async (milliseconds) => {
      time += milliseconds;
      paused.push(milliseconds);
    },
  });
  const pass = (milliseconds: number): void => {
    time += milliseconds;
  };
  return {
    paused,
    pass,
    saw,
    wins: (expected: number) =>
      inTurn('busy', expected, 1, async () => {
        pass(10);
        return { revision: expected + 1, position: expected + 2 };
      }),
    loses: (expected: number) =>
      expect(inTurn('busy', expected, 1, () => Promise.reject(new Conflict('busy')))).rejects.toThrow(Conflict),
  };
};

test('a process alone with a stream does not pause', async () => {
  const { wins, pass, paused } = newProcess();
  for (let i = 0; i < 200; i++) {
    await wins(i - 1);
    pass(60);
  }
  expect(paused).toEqual([]);
});

test('the loser tries again at once, and pauses once it has won', async () => {
  const { wins, loses, paused } = newProcess();
  await wins(-1);
  await loses(0);
  await wins(1);
  expect(paused).toEqual([]);
  await wins(2);
  expect(paused).toEqual([30]);
});

test('the winner pauses too once it sees the appends of another process', async () => {
  const { wins, paused } = newProcess();
  await wins(-1);
  await wins(0);
  await wins(5);
  expect(paused).toEqual([30]);
});

test('a pause is never longer than 100 ms, and none follows when the other process has been silent for half a second', async () => {
  const { wins, loses, pass, paused } = newProcess({ random: 0.001 });
  await wins(-1);
  await loses(0);
  await wins(1);
  await wins(2);
  expect(paused).toEqual([100]);
  pass(500);
  await wins(3);
  expect(paused).toEqual([100]);
});

test('a process alone with the log pauses once a second at most, for a slower process that has never won', async () => {
  const { wins, saw, paused } = newProcess();
  for (let i = 0; i < 199; i++) {
    await wins(i - 1);
    saw({ stream: 'busy', revision: i });
  }
  expect(paused).toEqual([50]);
});

test('a stream written without a pause is left alone now and then, for a process that always loses', async () => {
  const { wins, saw, paused } = newProcess();
  saw({ stream: 'elsewhere', revision: 7 });
  for (let i = 0; i < 100; i++) await wins(i - 1);
  expect(paused).toEqual([50, 50, 50]);
});

test('a process that has been silent for two seconds gets less room', async () => {
  const { wins, pass, saw, paused } = newProcess();
  saw({ stream: 'elsewhere', revision: 7 });
  pass(2001);
  for (let i = 0; i < 199; i++) await wins(i - 1);
  expect(paused).toEqual([50]);
});

test('an event that comes before the answer to its append is no other process', async () => {
  let time = 0;
  const paused: number[] = [];
  const { inTurn, saw } = takeTurns({
    clock: () => time,
    random: () => 0.5,
    pause: async (milliseconds) => void paused.push(milliseconds),
  });
  for (let i = 0; i < 100; i++)
    await inTurn('busy', i - 1, 1, async () => {
      saw({ stream: 'busy', revision: i });
      time += 10;
      return { revision: i, position: i + 1 };
    });
  expect(paused).toEqual([]);
});
