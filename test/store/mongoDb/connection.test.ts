// The way to MongoDB while its server starts.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { connectMongo } from '../../../src/store/mongoDb/connection.ts';
import { describeOnMongo } from '../../support/mongoDb/testDatabases.ts';

await describeOnMongo('a connection to MongoDB', (databases) => {
  it('waits for a server that starts later, although the first tries to connect fail', async () => {
    const server = new URL(databases.url());
    let tries = 0;
    const sockets: Socket[] = [];
    const gate = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => socket.destroy());
      if (++tries <= 3) return socket.destroy();
      const behind = connect(Number(server.port), server.hostname);
      sockets.push(behind);
      behind.on('error', () => socket.destroy());
      return socket.pipe(behind).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const { port } = gate.address() as { port: number };
    // So short that each tries connection ends one try.
    const { db, close } = await connectMongo({
      url: `mongodb://127.0.0.1:${port}${server.pathname}?serverSelectionTimeoutMS=100`,
    });
    expect(tries).toBeGreaterThan(3);
    expect(await db.command({ ping: 1 })).toMatchObject({ ok: 1 });
    await close();
    for (const socket of sockets) socket.destroy();
    gate.close();
  });
});
