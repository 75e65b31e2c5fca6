// Only one projects; and when it dies, or only sleeps, another does.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { shape } from '../../../src/projections/index.ts';
import { lastFence } from '../../../src/store/mongoDb/generations.ts';
import { createLease, type MongoLease } from '../../../src/store/mongoDb/lease.ts';
import { openMongoViewStore } from '../../../src/store/mongoDb/viewStore.ts';
import { type Placed, Unavailable } from '../../../src/store/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { refusal, startAnsweringProxy } from '../../support/mongoDb/answeringProxy.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';
import { upTo } from '../../support/upTo.ts';

const TTL_MS = 900;
const forEver = new AbortController().signal;

await describeOnMongo('a lease', ({ server, url: newUrl, connect }) => {
  const leases: MongoLease[] = [];
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const lease of leases.splice(0)) await lease.release();
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  const leaseOn = async (url: string, holder = 'a') => {
    const connection = await connect(url);
    const lease = createLease({ db: connection.db, name: 'projector', holder, ttlMs: TTL_MS });
    leases.push(lease);
    return { lease, die: () => connection.close() };
  };

  it('is held by one of many at a time, and by each in the end', async () => {
    const url = newUrl();
    let holding = 0;
    const tokens: number[] = [];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const { lease } = await leaseOn(url);
        const { token, lost } = await lease.held(forEver);
        expect(++holding).toBe(1);
        tokens.push(token);
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(lost.aborted).toBe(false);
        holding--;
        await lease.release();
        expect(lost.aborted).toBe(true);
      }),
    );
    expect(tokens).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('that somebody dropped goes on with higher tokens, so that its holder may write to the views', async () => {
    const url = newUrl();
    const { db } = await connect(url);
    const before = await openMongoViewStore({ url, shape, fence: () => 7 });
    await before.apply([room], upTo(1));
    await before.close();
    const lease = createLease({
      db,
      name: 'projector',
      holder: 'a',
      ttlMs: TTL_MS,
      written: () => lastFence(db, shape),
    });
    leases.push(lease);
    const { token } = await lease.held(forEver);
    const store = await openMongoViewStore({ url, shape, fence: () => token });
    await store.checkpoint();
    await store.apply([joined(2)], upTo(2));
    expect(await store.checkpoint()).toMatchObject({ position: 2 });
    await store.close();
  });

  it('is kept for as long as its holder lives', async () => {
    const url = newUrl();
    const { lost } = await (await leaseOn(url)).lease.held(forEver);
    await expect((await leaseOn(url, 'b')).lease.held(AbortSignal.timeout(TTL_MS * 2))).rejects.toThrow();
    expect(lost.aborted).toBe(false);
  });

  it('passes on when its holder dies, with a higher token; the dead one knows it is lost', async () => {
    const url = newUrl();
    const first = await leaseOn(url);
    const { token, lost } = await first.lease.held(forEver);
    await first.die();
    const second = await (await leaseOn(url, 'b')).lease.held(forEver);
    expect(second.token).toBe(token + 1);
    expect(lost.aborted).toBe(true);
  });

  it('is not waited for any longer than one wants to', async () => {
    const url = newUrl();
    await (await leaseOn(url)).lease.held(forEver);
    const stop = new AbortController();
    const waiting = (await leaseOn(url, 'b')).lease.held(stop.signal);
    stop.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow();
  });

  it.skipIf(!server.own)('is lost when the server is away for too long, and can be had again', async () => {
    const { lease } = await leaseOn(newUrl());
    const { token, lost } = await lease.held(forEver);
    await server.kill();
    await eventually(() => expect(lost.aborted).toBe(true));
    await expect(lease.held(forEver)).rejects.toBeInstanceOf(Unavailable);
    await server.restart();
    expect((await lease.held(forEver)).token).toBeGreaterThan(token);
  });

  it('needs no clock of the server: it passes on where `$$NOW` is unknown', async () => {
    const proxy = await startAnsweringProxy(newUrl());
    proxy.answers = (command) => {
      if (JSON.stringify(command).includes('$$NOW'))
        return refusal(17276, 'Location17276', 'Use of undefined variable: NOW');
      return undefined;
    };
    const first = await leaseOn(proxy.url);
    const { token } = await first.lease.held(forEver);
    await first.die();
    expect((await (await leaseOn(proxy.url, 'b')).lease.held(forEver)).token).toBe(token + 1);
    for (const lease of leases.splice(0)) await lease.release();
    await proxy.close();
  });

  it('is not taken from a holder of an older version that lives, and such a one does not take it either', async () => {
    const url = newUrl();
    const { db } = await connect(url);
    const old = db.collection<{ _id: string; holder: string; token: number; until: number }>('leases');
    await old.insertOne({ _id: 'projector', holder: 'old', token: 7, until: 1 });
    const { lease } = await leaseOn(url);
    // It asks five to ten times in a term.
    let asked = 0;
    const taken = lease.held(forEver, () => {
      if (++asked <= 12) void old.updateOne({ _id: 'projector', holder: 'old' }, { $set: { until: asked + 1 } });
    });
    expect((await taken).token).toBe(8);
    expect(asked).toBeGreaterThan(12);
    // As an older version asks: is the moment over?
    expect((await old.findOne({ _id: 'projector' }))!.until).toBeGreaterThan(Date.now() * 2);
  });

  it('a projector that slept while another took over is refused when it wakes, and the views are right', async () => {
    const url = newUrl();
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../support/mongoDb/projectingProcess.ts', import.meta.url)), url, `${TTL_MS}`],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    children.push(child);
    const lines = createInterface({ input: child.stdout! });
    const told = async () => JSON.parse(String(await once(lines, 'line')));
    const apply = (batch: readonly Placed[], checkpoint: number) => {
      child.stdin!.write(`${JSON.stringify({ batch, checkpoint })}\n`);
      return told();
    };
    expect(await told()).toEqual({ token: 1 });
    expect(await apply([room, joined(2)], 2)).toEqual({ applied: 2, lost: false });

    child.kill('SIGSTOP');
    const { token } = await (await leaseOn(url, 'parent')).lease.held(forEver);
    const store = await openMongoViewStore({ url, shape, fence: () => token });
    expect(await store.checkpoint()).toMatchObject({ position: 2 });
    await store.apply([joined(3), joined(4)], upTo(4));
    const answer = apply([joined(3), joined(4), joined(5)], 5);
    child.kill('SIGCONT');

    expect(await answer).toMatchObject({ refused: 'Unavailable' });
    expect(await store.checkpoint()).toMatchObject({ position: 4 });
    await store.apply([joined(5)], upTo(5));
    expect(await store.get('conversations', ['c'])).toMatchObject([{ memberCount: 4 }]);
    await store.close();
  });
});

const room: Placed = {
  position: 1,
  changes: [{ op: 'put', collection: 'conversations', doc: { id: 'c', memberCount: 0 } }],
};
const joined = (position: number): Placed => ({
  position,
  changes: [{ op: 'add', collection: 'conversations', id: 'c', field: 'memberCount', by: 1 }],
});
