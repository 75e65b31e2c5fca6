// The log goes to standard output, and the server goes on whatever becomes of that.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { createLogOutput } from '../src/logOutput.ts';
import { ended, startVerb, temporaryDirectory } from './support/cli.ts';
import { freePort } from './support/freePort.ts';

let home: Awaited<ReturnType<typeof temporaryDirectory>>;
let pipe: number;
beforeAll(async () => {
  home = await temporaryDirectory();
  execFileSync('mkfifo', [join(home.path, 'pipe')]);
  // Both ends at once: what is written and not read stays in it, and when it is full it takes nothing.
  pipe = openSync(join(home.path, 'pipe'), constants.O_RDWR | constants.O_NONBLOCK);
});
afterAll(async () => {
  closeSync(pipe);
  await home.remove();
});

/** What is in the pipe now. */
const inPipe = (): string => {
  const buffer = Buffer.alloc(1024 * 1024);
  try {
    return buffer.toString('utf8', 0, readSync(pipe, buffer));
  } catch {
    return '';
  }
};

/** Bytes that a pipe holds at most. */
const PIPE_BYTES = 64 * 1024;

const lineOf = (n: number): string => `${JSON.stringify({ n, text: 'x'.repeat(990) })}\n`;

test('lines that a slow reader does not take wait up to a bound; those beyond it are counted, and the reader learns of them', async () => {
  const output = createLogOutput({ fd: pipe, most: 200_000 });
  const more = 2000;
  for (let n = 0; n < more; n++) output.write(lineOf(n));
  let read = '';
  await expect
    .poll(() => {
      read += inPipe();
      return read.includes('lines of the log are lost');
    })
    .toBe(true);
  const lines = read.trim().split('\n');
  const { lost, level } = JSON.parse(lines.pop()!);
  expect(lines).toEqual(lines.map((_, n) => lineOf(n).trim()));
  expect([level, lost]).toEqual([50, more - lines.length]);
  expect(lost).toBeGreaterThan(1000);

  output.write(lineOf(more));
  await expect.poll(inPipe).toBe(lineOf(more));
});

test('lines that wait are written at once when the process is about to end', async () => {
  const fill = Buffer.alloc(1000);
  try {
    while (writeSync(pipe, fill) > 0);
  } catch {
    // It is full.
  }
  const output = createLogOutput({ fd: pipe });
  output.flushSync();
  output.write(lineOf(0));
  // There is no room, so it does not wait for any.
  output.flushSync();
  let read = '';
  for (let some = inPipe(); some !== ''; some = inPipe()) read += some;
  output.write(lineOf(1));
  output.flushSync();
  read += inPipe();
  expect(read).toContain(lineOf(1));
  // Nothing waits any more when the pipe is closed.
  await expect
    .poll(() => {
      read += inPipe();
      return read;
    })
    .toContain(lineOf(0));
});

test('what waits behind a write that does not end is not written at once: where the reader hangs, that would wait for ever', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const output = createLogOutput({ fd: pipe });
  for (const n of [2, 3]) output.write(lineOf(n));
  vi.advanceTimersByTime(1001);
  output.flushSync();
  let read = inPipe();
  expect(read).not.toContain(lineOf(3));
  vi.useRealTimers();
  await expect
    .poll(() => {
      read += inPipe();
      return read;
    })
    .toContain(lineOf(3));
});

test('a line that is printed among those of the log comes in its place, and is known to be written', async () => {
  const output = createLogOutput({ fd: pipe, most: 200_000 });
  let read = '';
  // More than a pipe holds at once, so that a line is written in parts.
  for (let n = 0; n < 150; n++) output.write(lineOf(n));
  const printing = output.print('{"seal":1}\n').then(() => read);
  output.write(lineOf(150));
  await expect
    .poll(() => {
      read += inPipe();
      return read.endsWith(lineOf(150));
    })
    .toBe(true);
  const logged = Array.from({ length: 151 }, (_, n) => lineOf(n));
  const before = logged.slice(0, 150).join('').length;
  expect((await printing).length).toBeGreaterThan(before - PIPE_BYTES);
  expect(read).toBe(logged.toSpliced(150, 0, '{"seal":1}\n').join(''));
});

test('a printed line that nobody will read is no written one', async () => {
  const path = join(home.path, 'left');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(reader);
  const output = createLogOutput({ fd: writer });
  await expect(output.print('1\n')).rejects.toThrow('EPIPE');
  await expect(output.print('2\n')).rejects.toThrow('EPIPE');
  closeSync(writer);
  const small = createLogOutput({ fd: pipe, most: 3 });
  await expect(small.print('1234\n')).rejects.toThrow('too many lines wait before it');
});

// Other systems have no /dev/full.
test.runIf(process.platform === 'linux')(
  'a server whose log lies on a full disk answers, and stops when it is asked',
  async () => {
    const port = await freePort();
    const around = ['sh', '-c', 'exec "$@" >/dev/full 2>&1', 'sh'];
    const child = startVerb(['serve'], { DATA_DIR: join(home.path, 'data'), PORT: String(port) }, around);
    const end = ended(child);
    const status = () =>
      fetch(`http://127.0.0.1:${port}/livez`).then(
        (answer) => answer.status,
        () => undefined,
      );
    await expect.poll(status).toBe(200);
    // Each answer is a line.
    for (let i = 0; i < 5; i++) expect(await status()).toBe(200);
    child.kill('SIGTERM');
    expect(await end).toMatchObject({ code: 0 });
  },
);
