// S43, S45: bodies that are too large, too deep or no text are refused at their limit, while others are answered.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectLittleLeft } from '../../support/expectLittleLeft.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';
import { rawConnection } from '../../support/rawConnection.ts';

const MIB = 1024 * 1024;
let program: Program;
let ann: Person;
let path: string;

beforeAll(async () => {
  program = await startProgram();
  ann = await program.person('ann');
  const { id } = (await program.call('POST', '/v1/rooms', { token: ann.token, json: { name: 'Room' } })).json;
  path = `/v1/conversations/${id}/messages`;
});
afterAll(() => program.close());

const send = (body: Buffer<ArrayBuffer> | string, headers: Readonly<Record<string, string>> = {}) =>
  program.call('POST', path, { token: ann.token, body, headers: { 'Content-Type': 'application/json', ...headers } });

/** The longest time in milliseconds for which the event loop stood still during `work`. */
const standstill = async (work: () => Promise<unknown>): Promise<number> => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return delay.max / 1e6;
};

const LIMIT = 256 * 1024;
const bodies: readonly (readonly [string, Buffer<ArrayBuffer> | string, number])[] = [
  ['lists in lists to the limit', '['.repeat(LIMIT / 2) + ']'.repeat(LIMIT / 2), 400],
  ['lists that do not end', '['.repeat(LIMIT), 400],
  ['objects in objects', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, 400],
  ['one field again and again', `{${'"text":"x",'.repeat(9000)}"text":"y"}`, 201],
  ['many fields', `{${Array.from({ length: 20_000 }, (_, i) => `"f${i}":1`).join()}}`, 400],
  ['numbers without end', `{"text":${'9'.repeat(LIMIT - 100)}}`, 400],
  ['an exponent beyond numbers', '{"text":1e400}', 400],
  ['escapes alone', `{"text":"${'\\u0061'.repeat(40_000)}"}`, 400],
  ['space to the limit', ' '.repeat(LIMIT), 400],
  ['space beyond it', ' '.repeat(10 * MIB), 413],
  ['bytes that are no UTF-8', Buffer.alloc(LIMIT, 0xff), 400],
  ['NULs', Buffer.alloc(LIMIT), 400],
];

test.each(bodies)('%s: the answer is that of the limit, and small', async (name, body, expected) => {
  const still = await standstill(async () => {
    const [{ status, text }, live] = await Promise.all([send(body), program.call('GET', '/livez')]);
    expect([status, live.status]).toEqual([expected, 200]);
    expect(text.length).toBeLessThan(20_000);
  });
  console.log(`${name}: the event loop stood still for ${still.toFixed(0)} ms at most, the client's work included`);
});

describe('a body that is larger than it says', () => {
  test('packed with gzip, deflate or br is refused unread, and costs no memory', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * MIB));
    await expectLittleLeft(
      4 * MIB,
      async () => {
        for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip', 'x-gzip'])
          expect((await send(bomb, { 'Content-Encoding': encoding })).status).toBe(415);
      },
      20,
    );
  });

  test('in chunks without end is cut at the limit', async () => {
    await expectLittleLeft(
      4 * MIB,
      async () => {
        const connection = await rawConnection(program.url);
        connection.write(
          `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ann.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        );
        const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
        for (let i = 0; i < 100; i++) connection.write(chunk);
        connection.write('0\r\n\r\n');
        expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 413 /);
        connection.socket.destroy();
        await connection.closed;
      },
      20,
    );
  });
});
