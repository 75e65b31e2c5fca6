// Readers that stop reading, for a while or for good: the server closes them, keeps nothing for them without bound, serves
// everybody else, and each message comes once when they go on from the position they were told.

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import { createChecker, type Observer } from '../support/checker.ts';
import { temporaryDirectory } from '../support/cli.ts';
import { embeddedSite } from '../support/embeddedSite.ts';
import { type FaultRun, faultRun } from '../support/faultRun.ts';
import { type Load, startLoad } from '../support/load.ts';
import { askingOf } from '../support/program.ts';
import { survived } from '../support/survived.ts';

const READERS = 12;
const TOO_SLOW = 4408;
/** Of four bytes each: a hundred messages fill what the system holds for a socket. */
const PADDING = { padding: 7900, letter: '😀' };

interface Counts {
  closedAsTooSlow: number;
  /** Told another position than that of the last frame it got. */
  resumedElsewhere: number;
}

/** Reads as the run's numbers say, until it is told to read all there is. */
const slowReader = (url: string, key: string, observer: Observer, load: Load, run: FaultRun, counts: Counts) => {
  let isHurrying = false;
  let stop = false;
  let socket: WebSocket;
  let after = 0;
  /** Of any frame. */
  let last = 0;

  const stutter = async (own: WebSocket): Promise<void> => {
    while (!isHurrying && own.readyState === WebSocket.OPEN) {
      own.pause();
      // By what others say, not by time.
      await load.acknowledges(run.between(1, 300));
      own.resume();
      await load.acknowledges(run.between(0, 20));
    }
  };
  const connect = async (): Promise<void> => {
    const own = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, { headers: { Authorization: `Token ${key}` } });
    socket = own;
    own.on('error', () => undefined);
    own.on('open', () => {
      own.send(JSON.stringify({ type: 'subscribe', after }));
      void stutter(own);
    });
    own.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string; position?: number; message: { text: string } };
      if (frame.type === 'message')
        observer.hears({ position: frame.position!, mark: frame.message.text.split(' ')[0]! });
      if (frame.type !== 'ready' && frame.type !== 'caught-up') last = frame.position ?? last;
    });
    const [code, reason] = await new Promise<[number, Buffer]>((done) => own.once('close', (...given) => done(given)));
    after = last;
    if (code !== TOO_SLOW) return;
    counts.closedAsTooSlow += 1;
    after = (JSON.parse(String(reason)) as { resume: number }).resume;
    if (after !== last) counts.resumedElsewhere += 1;
  };
  const running = (async () => {
    while (!stop) await connect();
  })();
  return {
    hurry: () => {
      isHurrying = true;
      socket.resume();
    },
    stop: async () => {
      stop = true;
      socket.terminate();
      await running;
    },
  };
};

const memory = async (url: string): Promise<number> =>
  Number(/^process_resident_memory_bytes (\d+)/m.exec((await askingOf(url).call('GET', '/metrics')).text)![1]);

test('slow readers are closed with a position from which each message comes once', async () => {
  const run = faultRun('slow readers', 10);
  const home = await temporaryDirectory();
  const site = embeddedSite(join(home.path, 'data'), { MAX_BUFFER: String(64 * 1024) });
  try {
    await site.start();
    const checker = createChecker();
    const load = await startLoad({ target: site, checker, writers: 8, listeners: 2, ...PADDING });
    const counts: Counts = { closedAsTooSlow: 0, resumedElsewhere: 0 };
    const before = await memory(site.url);
    const readers = Array.from({ length: READERS }, (_, i) => {
      const observer = checker.observer(`slow${i}`);
      return { observer, ...slowReader(site.url, load.key, observer, load, run, counts) };
    });
    for (let round = 0; round < run.rounds; round++) await load.acknowledges(200);
    const after = await memory(site.url);
    for (const { hurry } of readers) hurry();
    await load.acknowledges(1);
    await load.stopWriting();
    const end = (await site.log()).findLast(({ type }) => type === 'MessageSent')!.position;
    while (!readers.every(({ observer }) => observer.last >= end)) await pause(20);
    await Promise.all(readers.map(({ stop }) => stop()));
    const findings = await survived(site, load, checker);
    run.report({ ...counts, memoryMiB: [before, after].map((bytes) => Math.round(bytes / 2 ** 20)), ...findings });
    expect(counts.closedAsTooSlow).toBeGreaterThan(0);
  } finally {
    await site.kill();
    await home.remove();
  }
});
