// Turns of requests that read long lists.

import { describe, expect, it } from 'vitest';
import { Busy } from '../../src/auth/workerPool.ts';
import { createReading } from '../../src/http/reading.ts';
import { createTurns } from '../../src/http/turns.ts';

const staying = (): AbortSignal => new AbortController().signal;

/** Is the promise settled after one round of the event loop? */
const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
};

describe('long lists', () => {
  it('of one user are read one after the other, in order; those of another user meanwhile', async () => {
    const turns = createTurns();
    const end = await turns.take('ann', staying());
    const second = turns.take('ann', staying());
    const third = turns.take('ann', staying());
    (await turns.take('ben', staying()))();
    expect(await isSettled(second)).toBe(false);
    end();
    end();
    const endSecond = await second;
    expect(await isSettled(third)).toBe(false);
    endSecond();
    await third;
  });

  it('are so many at once in all, whoever reads them', async () => {
    const turns = createTurns({ atOnce: 2 });
    await turns.take('ann', staying());
    const end = await turns.take('ben', staying());
    const third = turns.take('cleo', staying());
    expect(await isSettled(third)).toBe(false);
    end();
    await third;
  });

  it('are refused where too many wait, of one user or in all', async () => {
    const turns = createTurns({ atOnce: 1, waiting: 2, waitingInAll: 3 });
    await turns.take('ann', staying());
    const leaving = new AbortController();
    const waiting = [turns.take('ann', leaving.signal), turns.take('ann', leaving.signal)];
    await expect(turns.take('ann', staying())).rejects.toThrow(Busy);
    waiting.push(turns.take('ben', leaving.signal));
    await expect(turns.take('cleo', staying())).rejects.toThrow(Busy);
    leaving.abort(new Error('gone'));
    for (const each of waiting) await expect(each).rejects.toThrow('gone');
  });

  it('are refused where the turn does not come in time, and nobody stands in the way of the next', async () => {
    const turns = createTurns({ patience: 1 });
    const end = await turns.take('ann', staying());
    await expect(turns.take('ann', staying())).rejects.toThrow(Busy);
    end();
    await turns.take('ann', staying());
  });

  it('of one address are half of all at most, however many users it has; the others are for those elsewhere', async () => {
    const turns = createTurns({ atOnce: 4, waitingInAll: 4 });
    const takeAt = (user: string, address: string) => turns.take(user, staying(), address);
    const ends = [await takeAt('ann', 'here'), await takeAt('ben', 'here')];
    const waiting = [takeAt('cleo', 'here'), takeAt('dan', 'here')];
    await expect(takeAt('eve', 'here')).rejects.toThrow(Busy);
    ends.push(await takeAt('fay', 'there'), await takeAt('gus', 'there'));
    const next = takeAt('hal', 'there');
    ends[2]!();
    await next;
    expect(await isSettled(waiting[0]!)).toBe(false);
    ends[0]!();
    await waiting[0];
    expect(await isSettled(waiting[1]!)).toBe(false);
  });

  it('wait no longer once their client has gone', async () => {
    const turns = createTurns();
    const end = await turns.take('ann', staying());
    const leaving = new AbortController();
    const left = turns.take('ann', leaving.signal);
    const next = turns.take('ann', staying());
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    end();
    await next;
    await expect(turns.take('ann', leaving.signal)).rejects.toThrow('gone');
  });
});

describe('a request', () => {
  const page = async () => 'page';

  it('reads a few pages without a turn, then takes its turn and gives it back when it is over', async () => {
    const turns = createTurns();
    const over = new AbortController();
    const reading = createReading(turns, 'ann', over.signal);
    let dropped = 0;
    reading.onLong(() => dropped++);
    for (let i = 0; i < 8; i++) expect(await reading.page(page)).toBe('page');
    expect([reading.isLong, dropped]).toEqual([false, 0]);
    await Promise.all([reading.page(page), reading.page(page)]);
    expect([reading.isLong, dropped]).toEqual([true, 1]);

    const next = turns.take('ann', staying());
    expect(await isSettled(next)).toBe(false);
    over.abort();
    await next;
  });

  it('asks for no page once its client has gone', async () => {
    const over = new AbortController();
    const reading = createReading(createTurns(), 'ann', over.signal);
    await reading.page(page);
    over.abort(new Error('gone'));
    let asked = 0;
    await expect(reading.page(async () => asked++)).rejects.toThrow('gone');
    expect(asked).toBe(0);
  });

  it('reads one page in each round of the event loop, however many read at once', async () => {
    const turns = createTurns();
    const rounds = new Map<number, number>();
    const over = new AbortController();
    const loop = { round: 0 };
    const count = () => {
      loop.round++;
      if (!over.signal.aborted) setImmediate(count);
    };
    setImmediate(count);
    const readings = Array.from({ length: 5 }, (_, i) => createReading(turns, `user ${i}`, staying()));
    const read = async () => rounds.set(loop.round, (rounds.get(loop.round) ?? 0) + 1);
    await Promise.all(readings.flatMap((reading) => [reading.page(read), reading.page(read)]));
    over.abort();
    expect([...rounds.values()].reduce((sum, pages) => sum + pages)).toBe(10);
    expect(Math.max(...rounds.values())).toBe(1);
  });
});
