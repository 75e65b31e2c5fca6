// A download whose client goes before it begins leaves nothing behind.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { expect, test, vi } from 'vitest';
import type { Context } from '../../src/http/context.ts';
import { serveFile } from '../../src/http/serveFile.ts';

test('nobody watches over a download whose client went while it was prepared', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  client.write('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
  const [req, res] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  const end = vi.fn();
  const watchErasure = async () => {
    client.destroy();
    await once(res, 'close');
    return end;
  };
  const ctx = { req, res, method: 'HEAD', get: () => '' } as unknown as Context;
  const stored = { eventId: 'event', secret: 'key..text', contentKey: 'key' };
  await serveFile({ blobs: undefined as never, watchErasure }, ctx, {
    ...stored,
    hash: 'hash',
    size: 1,
    mediaType: 'text/plain',
    name: 'plan.txt',
  });
  expect(end).toHaveBeenCalledOnce();
  server.close();
});
