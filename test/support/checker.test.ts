// The checker of the fault tests finds each kind of fault, and finds none where there is none.

import { expect, test } from 'vitest';
import type { Recorded } from '../../src/store/ports.ts';
import { type Checker, createChecker } from './checker.ts';

const message = (position: number, text: string, revision = position - 1): Recorded => ({
  position,
  stream: 'messages-1',
  revision,
  id: `event-${position}`,
  type: 'MessageSent',
  data: '{}',
  opened: JSON.stringify({ text }),
  meta: '{}',
});

const said = async (checker: Checker, mark: string, status = 201, made = mark): Promise<void> =>
  void (await checker.attempt('ann', mark, async () => ({ status, made })));
const unanswered = async (checker: Checker, mark: string): Promise<void> =>
  void (await checker.attempt('ann', mark, () => Promise.reject(new Error('cut'))));

/** The rules that `play`, together with the log, breaks. */
const broken = async (log: readonly Recorded[], play: (checker: Checker) => Promise<void>) => {
  const checker = createChecker();
  await play(checker);
  const { violations } = checker.compare(log);
  return Object.entries(violations).filter(([, count]) => count > 0);
};

test('an acknowledged operation that the log has once, heard once, breaks no rule', async () => {
  const log = [message(1, 'a'), message(2, 'b')];
  const play = async (checker: Checker) => {
    await said(checker, 'a');
    // Recorded, though the views do not show it yet: 202 does not say what was made.
    await checker.attempt('ann', 'a', async () => ({ status: 202 }));
    await unanswered(checker, 'b');
    await unanswered(checker, 'c');
    await said(checker, 'd', 403);
    const observer = checker.observer('bob');
    observer.hears({ position: 1, mark: 'a' });
    observer.hears({ position: 2, mark: 'b' });
  };
  expect(await broken(log, play)).toEqual([]);
});

test.each<[string, readonly Recorded[], (checker: Checker) => Promise<void>]>([
  ['lost', [], (checker) => said(checker, 'a')],
  ['doubled', [message(1, 'a'), message(2, 'a')], (checker) => said(checker, 'a')],
  ['aborted', [message(1, 'a')], (checker) => said(checker, 'a', 403)],
  [
    'otherAnswers',
    [message(1, 'a')],
    async (checker) => {
      await said(checker, 'a', 201, 'one');
      await said(checker, 'a', 201, 'two');
    },
  ],
  [
    'outOfOrder',
    [message(1, 'b'), message(2, 'a')],
    async (checker) => {
      await said(checker, 'a');
      await said(checker, 'b');
    },
  ],
  ['streamsBroken', [message(1, 'a'), message(2, 'b', 5)], async () => undefined],
  ['missed', [message(1, 'a')], async (checker) => void checker.observer('bob')],
  [
    'heardTwice',
    [message(1, 'a')],
    async (checker) => {
      const observer = checker.observer('bob');
      observer.hears({ position: 1, mark: 'a' });
      observer.hears({ position: 1, mark: 'a' });
    },
  ],
  [
    'heardOutOfOrder',
    [message(1, 'a'), message(2, 'b')],
    async (checker) => {
      const observer = checker.observer('bob');
      observer.hears({ position: 2, mark: 'b' });
      observer.hears({ position: 1, mark: 'a' });
    },
  ],
  ['heardElsewhere', [], async (checker) => checker.observer('bob').hears({ position: 1, mark: 'a' })],
])('%s is found', async (rule, log, play) => {
  expect(await broken(log, play)).toEqual([[rule, 1]]);
});

test('what was unknown and is acknowledged later counts as acknowledged', async () => {
  const checker = createChecker();
  await unanswered(checker, 'a');
  await said(checker, 'a', 503);
  await said(checker, 'a');
  expect(checker.compare([message(1, 'a')])).toMatchObject({ acknowledged: 1, unknown: 0, failed: 0 });
});

test('a refused retry does not say that the first try was not recorded', async () => {
  const checker = createChecker();
  await unanswered(checker, 'a');
  await said(checker, 'a', 409);
  expect(checker.compare([message(1, 'a')])).toMatchObject({ unknown: 1, unknownRecorded: 1, failed: 0 });
});
