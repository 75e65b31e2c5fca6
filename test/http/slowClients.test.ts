// Whatever a client does slowly or not at all, it loses its connection within a deadline.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Person, type Program, startProgram } from '../support/program.ts';
import { type RawConnection, rawConnection } from '../support/rawConnection.ts';
import { type SocketServer, startSockets } from '../support/sockets.ts';

let program: Program;
let server: SocketServer;
let ann: Person;
let large: string;
beforeAll(async () => {
  program = await startProgram();
  server = await startSockets(program, {
    stall: 150,
    deadlines: { headersTimeout: 150, keepAliveTimeout: 100, connectionsCheckingInterval: 20 },
    signInWithin: 100,
    heartbeat: 150,
    patience: 100,
  });
  ann = await program.person('ann');
  const body = Buffer.alloc(20_000_000);
  large = (await program.call('POST', '/v1/files', { token: ann.token, body })).json.id;
});
afterAll(async () => {
  await server.close();
  await program.close();
});

const HOST = 'HTTP/1.1\r\nHost: x\r\n';
const POST = `POST /v1/sessions ${HOST}Content-Type: application/json\r\n`;
const upgrade = (path: string, more = ''): string =>
  `GET ${path} ${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${more}\r\n`;
const bearer = () => `Authorization: Bearer ${ann.token}\r\n`;

/** What a client sends at first, then again and again; `ends`: it closes its own side. */
interface Slow {
  readonly first: () => string | Buffer;
  readonly again?: string;
  readonly ends?: true;
  readonly reads?: false;
}

const slow: Readonly<Record<string, Slow>> = {
  'says nothing': { first: () => '' },
  'sends its headers byte by byte': { first: () => `GET /livez ${HOST}X-A: `, again: 'a' },
  'stops within its headers': { first: () => `GET /livez ${HOST}` },
  'closes its side within its headers': { first: () => `GET /livez ${HOST}`, ends: true },
  'idles between two requests': { first: () => `GET /livez ${HOST}\r\n` },
  'sends the headers of its second request byte by byte': {
    first: () => `GET /livez ${HOST}\r\nGET /livez ${HOST}X-A: `,
    again: 'a',
  },
  'sends its body byte by byte': { first: () => `${POST}Content-Length: 5000\r\n\r\n`, again: ' ' },
  'sends chunks of one byte': { first: () => `${POST}Transfer-Encoding: chunked\r\n\r\n`, again: '1\r\n \r\n' },
  'sends its trailers byte by byte': {
    first: () => `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: `,
    again: 'a',
  },
  'is asked to send its body, and does not': {
    first: () => `${POST}Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n`,
  },
  'does not read a download': { first: () => `GET /v1/files/${large} ${HOST}${bearer()}\r\n`, reads: false },
  'never signs in at its socket': { first: () => upgrade('/v1/socket') },
  'closes its side of its socket': { first: () => upgrade('/v1/socket', bearer()), ends: true },
  'never answers a ping': { first: () => upgrade('/v1/socket', bearer()) },
  'stops within a frame': {
    first: () => Buffer.concat([Buffer.from(upgrade('/v1/socket', bearer())), Buffer.from([0x81, 0xfe, 0x10])]),
  },
  'is refused its socket, and stays': { first: () => upgrade('/v1/nothing') },
  'sends its request to upgrade byte by byte': { first: () => upgrade('/v1/socket').slice(0, -2), again: 'a' },
};

test.each(Object.entries(slow))('a client that %s loses its connection', async (_, { first, again, ends, reads }) => {
  const client: RawConnection = await rawConnection(server.url, reads ?? true);
  client.write(first());
  if (ends) client.socket.end();
  const trickle = setInterval(() => {
    if (again !== undefined && client.socket.writable) client.write(again);
  }, 20);
  if (reads === false) {
    // A client that reads nothing learns of the end by a look at what is left.
    await expect.poll(() => server.connections()).toBe(1);
    await expect.poll(() => server.connections()).toBe(0);
    client.socket.resume();
  }
  await client.closed;
  clearInterval(trickle);
  if (reads === false) expect(client.socket.bytesRead).toBeLessThan(20_000_000);
  await expect.poll(() => server.sockets.size).toBe(0);
});
