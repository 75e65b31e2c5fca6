import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createOutputBudget, type Outgoing, type OutputBudget } from '../../src/limits/outputBudget.ts';

const LIMIT = 1_000_000;

/** A connection that reads as the test says. */
class Reader implements Outgoing {
  readonly owner: string;
  readonly output: OutputBudget;
  readonly queue: number[] = [];
  isOpen: boolean = true;
  isTerminated: boolean = false;

  constructor(output: OutputBudget, owner: string) {
    this.output = output;
    this.owner = owner;
  }

  get waiting(): number {
    return this.queue.reduce((sum, length) => sum + length, 0);
  }

  gets(...frames: readonly { readonly length: number }[]): this {
    for (const frame of frames) {
      this.queue.push(frame.length);
      this.output.wrote(this, frame);
    }
    return this;
  }

  reads(count = this.queue.length): void {
    this.queue.splice(0, count);
  }

  endSlow(): void {
    this.isOpen = false;
  }

  terminate(): void {
    this.isTerminated = true;
    this.reads();
  }
}

const frame = (length: number): Buffer => Buffer.alloc(length);

const world = () => {
  let time = 0;
  const output = createOutputBudget({ MAX_BUFFERED: LIMIT, MAX_BUFFER: 100_000 }, () => time);
  return {
    output,
    reader: (owner: string) => new Reader(output, owner),
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    /** Whatever was written has been looked at. */
    looked: async () => void (await nextTurn()),
  };
};
const open = (readers: readonly Reader[]) => readers.map(({ isOpen }) => isOpen);

describe('when too much waits for all clients together', () => {
  test('those of the account for which most waits are closed, until there is room, and nobody else', async () => {
    const { reader, looked } = world();
    const others = ['ben', 'cleo'].map((owner) => reader(owner).gets(frame(150_000)));
    const greedy = Array.from({ length: 6 }, (_, i) => reader('ann').gets(frame(80_000 + i)));
    await looked();
    expect(open(others)).toEqual([true, true]);
    expect(open(greedy)).toEqual([true, true, true, true, false, false]);
  });

  test('a slow one is closed rather than a quick one for whom more waits', async () => {
    const { reader, pass, looked } = world();
    const slow = ['ann', 'ben'].map((owner) => reader(owner).gets(frame(100_000)));
    const read = reader('cleo').gets(frame(10));
    pass(1001);
    read.reads();
    read.gets(frame(600_000));
    await looked();
    expect(open([...slow, read])).toEqual([false, false, true]);
  });

  test('one whose oldest bytes have left is quick, however long something has waited for it', async () => {
    const { output, reader, pass, looked } = world();
    const quick = reader('ann');
    const slow = reader('ben').gets(frame(150_000));
    for (let i = 0; i < 20; i++) {
      quick.gets(frame(200_000), frame(200_000));
      pass(100);
      output.look();
      quick.reads(1);
      output.look();
      quick.reads();
    }
    quick.gets(frame(400_000), frame(210_000));
    await looked();
    expect(open([quick, slow])).toEqual([true, false]);
  });

  test('one that is closed may still read why; when there is no room any more, its bytes go', async () => {
    const { output, reader, pass, looked } = world();
    const slow = reader('ann').gets(frame(400_000));
    pass(1001);
    const quick = reader('ben').gets(frame(360_000));
    await looked();
    expect([slow.isOpen, slow.isTerminated]).toEqual([false, false]);
    quick.gets(frame(200_000));
    await looked();
    expect([slow.isTerminated, quick.isOpen]).toEqual([true, true]);
    expect(output.all).toBeLessThan(LIMIT);
  });

  test('it is looked at after what is written to many has been written to all of them', () => {
    const { reader } = world();
    const greedy = reader('ann').gets(frame(LIMIT));
    expect(greedy.isOpen).toBe(true);
  });
});

test('what waits for a thousand is in memory once, so nobody is closed for it', async () => {
  const { output, reader, looked } = world();
  const news = frame(300_000);
  const room = Array.from({ length: 1000 }, (_, i) => reader(`account ${i}`).gets(news));
  await looked();
  expect(open(room)).not.toContain(false);
  for (const one of room.slice(1)) one.reads();
  output.look();
  expect(output.all).toBeGreaterThan(news.length);
  room[0]!.reads();
  output.look();
  expect(output.all).toBe(0);
});

test('many small frames cost more than their bytes', async () => {
  const { reader, looked } = world();
  const one = reader('ann').gets(...Array.from({ length: 2000 }, () => frame(1)));
  await looked();
  expect(one.isOpen).toBe(false);
});

test('what has left, and what waited for a connection that is gone, is not counted any more', async () => {
  const { output, reader, looked } = world();
  const [one, other] = [reader('ann'), reader('ben')];
  for (let i = 0; i < 50; i++) {
    one.gets(frame(100_000), frame(1));
    one.reads();
    other.gets(frame(100_000));
    other.reads();
    output.forget(other);
    await looked();
  }
  output.look();
  expect([one.isOpen, other.isOpen, output.all]).toEqual([true, true, 0]);
});

test('an answer that is sent in pieces is noted as it is when it is looked at', async () => {
  const { output, reader, looked } = world();
  const one = reader('ann');
  one.queue.push(300_000);
  output.note(one, 300_000);
  output.note(one, 0);
  expect(output.all).toBeLessThan(301_000);
  one.queue.push(500_000);
  output.note(one, 500_000);
  await looked();
  expect(one.isOpen).toBe(false);
});

test('the next answer of a client that has read the one before is not as old as that one', async () => {
  const { output, reader, pass, looked } = world();
  const [one, slow] = [reader('ann'), reader('ben').gets(frame(200_000))];
  one.queue.push(600_000);
  output.note(one, 600_000);
  pass(900);
  one.reads();
  one.queue.push(600_000);
  output.note(one, 600_000);
  pass(200);
  await looked();
  expect([one.isOpen, slow.isOpen]).toEqual([true, false]);
});

test('an answer that is sent in pieces, and leaves as it comes, is that of a quick client', async () => {
  const { output, reader, pass, looked } = world();
  const quick = reader('ann');
  const slow = reader('ben').gets(frame(250_000));
  for (let i = 0; i < 20; i++) {
    quick.reads();
    quick.queue.push(400_000);
    // More has come, and some of it has left.
    output.note(quick, 900_000);
    expect(output.all).toBeLessThan(652_000);
    pass(100);
  }
  quick.gets(frame(110_000));
  await looked();
  expect(open([quick, slow])).toEqual([true, false]);
});

test('there is always room for two of the fullest sockets', async () => {
  const output = createOutputBudget({ MAX_BUFFERED: 1, MAX_BUFFER: 1_000_000 });
  const one = new Reader(output, 'ann').gets(frame(1_000_000));
  await nextTurn();
  expect(one.isOpen).toBe(true);
});
