// What processes tell each other: heard by the others, bounded, lost in an outage, and gone with its process.

import type { Db } from 'mongodb';
import { afterEach, expect, it } from 'vitest';
import { connectMongo } from '../../../src/store/mongoDb/connection.ts';
import { openEphemera } from '../../../src/store/mongoDb/ephemera.ts';
import { EPHEMERA_CHARS } from '../../../src/store/ports.ts';
import { refusal, startAnsweringProxy } from '../../support/mongoDb/answeringProxy.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

await describeOnMongo('what processes tell each other', (databases) => {
  const open: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  const keep = <T extends { close(): Promise<unknown> }>(each: T): T => {
    open.push(each);
    return each;
  };
  const channelOn = async (url: string) => {
    const { db } = keep(await connectMongo({ url }));
    const channel = keep(openEphemera(db));
    const heard: string[] = [];
    const failures: string[] = [];
    channel.listen(
      (text) => heard.push(text),
      (error) => failures.push((error as Error).message),
    );
    return { db, channel, heard, failures };
  };
  type Channel = Awaited<ReturnType<typeof channelOn>>;
  /** Tells until the other hears: what is told before it listens is lost. */
  const reaches = (from: Channel, to: Channel, text: string) =>
    expect
      .poll(() => {
        from.channel.tell(text);
        return to.heard;
      })
      .toContain(text);

  const isEmpty = (db: Db) => expect.poll(() => db.collection('told').countDocuments()).toBe(0);
  const fail = (error: unknown) => {
    throw error;
  };

  it('the others hear it and the teller does not; nobody hears what was told before', async () => {
    const url = databases.url();
    const [one, two] = [await channelOn(url), await channelOn(url)];
    await reaches(one, two, 'early');
    await reaches(two, one, 'answer');
    one.channel.tell('the last before');
    await expect.poll(() => two.heard).toContain('the last before');
    const three = await channelOn(url);
    await reaches(one, three, 'late');
    expect(one.heard).not.toContain('early');
    expect(three.heard).not.toContain('early');
  });

  it('each text is heard once, in order, also after a silence', async () => {
    const url = databases.url();
    const [one, two] = [await channelOn(url), await channelOn(url)];
    await reaches(one, two, 'begin');
    const numbers = Array.from({ length: 12 }, (_, number) => `${number}`);
    for (const number of numbers) {
      one.channel.tell(number);
      if (Number(number) % 3 === 0) await expect.poll(() => two.heard).toContain(number);
      if (number === '6') await isEmpty(one.db);
    }
    await expect.poll(() => two.heard).toContain('11');
    expect(two.heard.filter((text) => text !== 'begin')).toEqual(numbers);
  });

  it('goes on after somebody dropped the database', async () => {
    const url = databases.url();
    const [one, two] = [await channelOn(url), await channelOn(url)];
    await reaches(one, two, 'before');
    await one.db.dropDatabase();
    await reaches(two, one, 'after');
    await reaches(one, two, 'answer');
  });

  it('a text lies there longer than for one write, so that a process that reads seldom hears it', async () => {
    const proxy = keep(await startAnsweringProxy(databases.url()));
    const written: string[][] = [];
    proxy.answers = ({ updates }) => void (updates && written.push(updates[0].u.texts));
    const { channel } = await channelOn(proxy.url);
    let count = 0;
    await expect
      .poll(() => {
        channel.tell(`${count++}`);
        return new Set(written.flat()).size < written.flat().length;
      })
      .toBe(true);
  });

  it('nothing is left of what was told, also by a process that was killed', async () => {
    const { db, channel, heard } = await channelOn(databases.url());
    await expect(db.collection('told').countDocuments()).resolves.toBe(0);
    channel.tell('soon over');
    await expect.poll(() => db.collection('told').countDocuments()).toBe(1);
    await isEmpty(db);
    const killed = { _id: 'killed' as never, count: 1, texts: ['old'], at: new Date(Date.now() - 3_600_000) };
    await db.collection('told').insertOne(killed);
    const next = keep(openEphemera(db));
    next.listen((text) => heard.push(text), fail);
    await isEmpty(db);
  });

  it('what is long, or comes faster than the server takes it, is lost', async () => {
    const url = databases.url();
    const [one, two] = [await channelOn(url), await channelOn(url)];
    await reaches(one, two, 'first');
    one.channel.tell('x'.repeat(EPHEMERA_CHARS + 1));
    for (let n = 0; n < 1000; n++) one.channel.tell(`burst ${n}`);
    await reaches(one, two, 'last');
    const burst = two.heard.filter((text) => text.startsWith('burst'));
    expect(burst.length).toBeGreaterThan(0);
    expect(burst.length).toBeLessThanOrEqual(200);
    expect(two.heard.every((text) => text.length <= EPHEMERA_CHARS)).toBe(true);
  });

  it('an outage costs only what was told meanwhile, and says why', async () => {
    const url = databases.url();
    const proxy = keep(await startAnsweringProxy(url));
    const [near, far] = [await channelOn(proxy.url), await channelOn(url)];
    await reaches(far, near, 'before');
    proxy.answers = () => refusal(10107, 'NotWritablePrimary', 'not primary');
    near.channel.tell('during');
    await expect.poll(() => near.failures.join()).toContain('NotWritablePrimary 10107');
    proxy.answers = () => undefined;
    await reaches(far, near, 'after');
    await reaches(near, far, 'answer');
  });

  it('the server is asked five times a second, however much is told', async () => {
    const url = databases.url();
    const proxy = keep(await startAnsweringProxy(url));
    const askedAt: Record<string, number[]> = { find: [], update: [] };
    proxy.answers = (command) => {
      for (const [name, times] of Object.entries(askedAt)) if (name in command) times.push(performance.now());
      return undefined;
    };
    const [near, far] = [await channelOn(proxy.url), await channelOn(url)];
    await expect
      .poll(() => {
        for (let n = 0; n < 10; n++) near.channel.tell('much');
        return Math.min(...Object.values(askedAt).map((times) => times.length));
      })
      .toBeGreaterThan(6);
    for (const times of Object.values(askedAt)) expect(times[6]! - times[0]!).toBeGreaterThan(1_180);
    await reaches(far, near, 'heard');
    expect(near.failures).toEqual([]);
  });

  it('a closed channel ends at once and asks nothing more', async () => {
    const proxy = keep(await startAnsweringProxy(databases.url()));
    const { db } = keep(await connectMongo({ url: proxy.url }));
    const channel = openEphemera(db);
    const failures: unknown[] = [];
    const waits = new Promise<void>((resolve) => {
      proxy.answers = (command) => {
        if ('find' in command) resolve();
        return undefined;
      };
    });
    channel.listen(
      () => undefined,
      (error) => failures.push(error),
    );
    await waits;
    await channel.close();
    const asked: string[] = [];
    proxy.answers = (command) => {
      asked.push(Object.keys(command)[0]!);
      return undefined;
    };
    channel.tell('x');
    expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
    // The question may have a connection of its own.
    expect(asked.filter((name) => !/^(ping|hello|sasl.*)$/.test(name))).toEqual([]);
    expect(failures).toEqual([]);
  });
});
