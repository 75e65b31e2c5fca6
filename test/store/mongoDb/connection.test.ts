// The way to MongoDB while its server starts.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Document, MongoClient, MongoNetworkError } from 'mongodb';
import { expect, it, onTestFinished, vi } from 'vitest';
import { connectMongo } from '../../../src/store/mongoDb/connection.ts';
import { openMongoViewStore } from '../../../src/store/mongoDb/viewStore.ts';
import { collections } from '../../contracts/viewStore.contract.ts';
import { startAnsweringProxy } from '../../support/mongoDb/answeringProxy.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';
import { shapeOf } from '../../support/shapeOf.ts';

await describeOnMongo('a connection to MongoDB', (databases) => {
  it('waits for a server that starts later, although the first try to connect fails', async () => {
    const server = new URL(databases.url());
    const connecting = vi.spyOn(MongoClient.prototype, 'connect');
    onTestFinished(() => connecting.mockRestore());
    const hasFailed = (): boolean => connecting.mock.settledResults.some(({ type }) => type === 'rejected');
    const sockets: Socket[] = [];
    const gate = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => socket.destroy());
      if (!hasFailed()) return socket.destroy();
      const behind = connect(Number(server.port), server.hostname);
      sockets.push(behind);
      behind.on('error', () => socket.destroy());
      return socket.pipe(behind).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const { port } = gate.address() as { port: number };
    const { db, close } = await connectMongo({ url: `mongodb://127.0.0.1:${port}${server.pathname}` });
    expect(hasFailed()).toBe(true);
    expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
    await close();
    for (const socket of sockets) socket.destroy();
    gate.close();
  });

  it('refuses an address that the driver does not take, by the name of the setting and without the password', async () => {
    for (const url of ['mongodb://ann:s3cret@a/?tls=s3cret', 'mongodb://ann:s3cret@a/?tsl=s3cret'])
      await expect(connectMongo({ url })).rejects.toThrow(/^MONGODB_URL: (?!.*s3cret)/);
  });

  it('ends a call whose connection broke a moment before it is made, and makes the next over another', async () => {
    const sockets: Socket[] = [];
    const onSocket = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket);
    subscribe('net.client.socket', onSocket);
    const { db, close } = await connectMongo({ url: databases.url() });
    await db.command({ ping: 1 });
    unsubscribe('net.client.socket', onSocket);
    for (const socket of sockets) socket.destroy();
    await expect(db.collection('any').findOne()).rejects.toThrow(MongoNetworkError);
    for (const _ of Array(2)) expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
    await close();
  });

  it('asks the primary, and the majority which views serve, whatever the address asks for', async () => {
    const proxy = await startAnsweringProxy(databases.url());
    const asked: Document[] = [];
    const more = '&readPreference=secondaryPreferred&readPreferenceTags=dc:here&readConcernLevel=available';
    const { db, close } = await connectMongo({ url: `${proxy.url}${more}` });
    proxy.answers = (command) => void asked.push(command);
    const views = await openMongoViewStore({ db, shape: shapeOf(collections) });
    await views.get('messages', ['one']);
    await views.find('messages', { where: { conversationId: 'lobby' }, sort: 'seq', limit: 1 });
    await views.close();
    await close();
    await proxy.close();
    const reads = asked.filter((command) => 'find' in command);
    expect(reads.length).toBeGreaterThan(2);
    // To a single server the driver writes another preference, whatever the collections have.
    expect(db.readPreference).toMatchObject({ mode: 'primary' });
    expect(db.collection('views_serving').readPreference).toMatchObject({ mode: 'primary' });
    const serving = reads.filter(({ find }) => find === 'views_serving');
    expect(serving.map(({ readConcern }) => readConcern)).toEqual(serving.map(() => ({ level: 'majority' })));
  });
});
