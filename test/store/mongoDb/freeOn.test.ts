// The room on the server's disk is asked for seldom: the answer costs the server more, the more it holds.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectMongo } from '../../../src/store/mongoDb/connection.ts';
import { freeOn } from '../../../src/store/mongoDb/freeOn.ts';
import { type Answers, refusal, startAnsweringProxy } from '../../support/mongoDb/answeringProxy.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

const SECOND = 1000;
const told: ReturnType<Answers> = { ok: 1, fsTotalSize: 100, fsUsedSize: 30 };
const untold: ReturnType<Answers> = { ok: 1, dataSize: 30 };
const failed = refusal(8000, 'AtlasError', 'not now');

await describeOnMongo('the room on the disk of MongoDB', (databases) => {
  let proxy: Awaited<ReturnType<typeof startAnsweringProxy>>;
  let mongo: Awaited<ReturnType<typeof connectMongo>>;
  let asked: number;
  let time: number;
  beforeEach(async () => {
    proxy = await startAnsweringProxy(databases.url());
    // Over one connection the server gets commands in the order in which they are sent.
    mongo = await connectMongo({ url: `${proxy.url}&maxPoolSize=1` });
    [asked, time] = [0, 0];
  });
  afterEach(async () => {
    await mongo.close();
    await proxy.close();
  });

  const answering = (answer: ReturnType<Answers>): void => {
    proxy.answers = (command) => {
      if (!('dbStats' in command)) return undefined;
      asked++;
      return answer;
    };
  };
  /** Asks every five seconds, also before the server answers. Returns how often the server was asked, and the last answer. */
  const within = async (free: () => Promise<number | undefined>, seconds: number) => {
    const before = asked;
    let last: number | undefined;
    for (const end = time + seconds * SECOND; time < end; time += 5 * SECOND) {
      last = await free();
      await free();
      await mongo.db.command({ ping: 1 });
    }
    return [asked - before, last];
  };

  it('is asked for every ten seconds', async () => {
    answering(told);
    expect(
      await within(
        freeOn(mongo.db, () => time),
        60,
      ),
    ).toEqual([6, 70]);
  });

  it('is asked for once if the server does not tell', async () => {
    answering(untold);
    expect(
      await within(
        freeOn(mongo.db, () => time),
        3600,
      ),
    ).toEqual([1, undefined]);
  });

  it('is asked for ever more seldom while the server fails to answer, and as before once it does', async () => {
    const free = freeOn(mongo.db, () => time);
    answering(failed);
    // After 0, 20, 60 and 140 seconds.
    expect(await within(free, 150)).toEqual([4, undefined]);
    // Every ten minutes in the end.
    expect((await within(free, 7200))[0]).toBeLessThan(15);
    answering(told);
    expect((await within(free, 600))[1]).toBe(70);
    expect(await within(free, 60)).toEqual([6, 70]);
  });
});
