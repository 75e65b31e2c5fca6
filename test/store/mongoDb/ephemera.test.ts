// What processes tell each other: heard by the others, bounded, lost in an outage, and gone with its process.

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

  it('the others hear it and the teller does not; nobody hears what was told before', async () => {
    const url = databases.url();
    const [one, two] = [await channelOn(url), await channelOn(url)];
    await reaches(one, two, 'early');
    await reaches(two, one, 'answer');
    const three = await channelOn(url);
    await reaches(one, three, 'late');
    expect(one.heard).not.toContain('early');
    expect(three.heard).not.toContain('early');
  });

  it('a collection without bounds, as a restored dump or an early text makes it, gives way to one with bounds', async () => {
    const url = databases.url();
    const { db, close } = await connectMongo({ url });
    await db.collection('ephemera').insertOne({ by: 'a process before', text: 'old' });
    const [one, two] = [await channelOn(url), await channelOn(url)];
    await reaches(one, two, 'first');
    await reaches(two, one, 'answer');
    expect(two.heard).not.toContain('old');
    await db.dropDatabase();
    await reaches(one, two, 'after a drop');
    const [found] = await db.listCollections({ name: 'ephemera' }).toArray();
    expect(found).toMatchObject({ options: { capped: true } });
    await close();
  });

  it('a collection of one size holds it; what is long, or comes faster than the server takes it, is lost', async () => {
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
    expect(await one.db.listCollections({ name: 'ephemera' }).next()).toMatchObject({ options: { capped: true } });
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

  it('a server that answers at once that there is nothing is not asked without a pause', async () => {
    const url = databases.url();
    const proxy = keep(await startAnsweringProxy(url));
    const askedAt: number[] = [];
    proxy.answers = ({ getMore: id, collection, $db }) => {
      if (id === undefined) return undefined;
      askedAt.push(performance.now());
      return askedAt.length > 10 ? undefined : { cursor: { id, ns: `${$db}.${collection}`, nextBatch: [] }, ok: 1 };
    };
    const [near, far] = [await channelOn(proxy.url), await channelOn(url)];
    await expect.poll(() => askedAt.length).toBeGreaterThan(10);
    expect(askedAt[10]! - askedAt[0]!).toBeGreaterThan(400);
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
        if ('getMore' in command) resolve();
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
    expect(asked.filter((name) => !['ping', 'hello'].includes(name))).toEqual([]);
    expect(failures).toEqual([]);
  });
});
