// S72, S73, S77: bytes that are no good frames, and floods of good ones, cost the server little and others nothing.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectLittleLeft } from '../../support/expectLittleLeft.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';
import { type RawConnection, rawConnection } from '../../support/rawConnection.ts';
import { type Client, clientFrame, listening } from '../../support/sockets.ts';

let program: Program;
let ann: Person;
let bystander: Client;

beforeAll(async () => {
  program = await startProgram({ settings: { MAX_FRAME: '65536' } });
  ann = await program.person('ann');
  bystander = await listening({ port: Number(new URL(program.url).port) }, ann.token);
});
afterEach(async () => {
  const key = crypto.randomUUID();
  bystander.send({ type: 'ping', key });
  await bystander.next('pong', { key });
});
afterAll(async () => {
  bystander.close();
  await program.close();
});

const upgrade = async (): Promise<RawConnection> => {
  const connection = await rawConnection(program.url);
  connection.write(
    [
      'GET /v1/socket HTTP/1.1',
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Authorization: Bearer ${ann.token}`,
      '\r\n',
    ].join('\r\n'),
  );
  await connection.until(/"type":"ready"[^}]*\}/);
  return connection;
};

const GONE = 'hung up';

/** The code in the close frame that follows everything else; the payload of a close frame may be empty. */
const closeCodeIn = (text: string): number | string => {
  const bytes = Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1');
  for (let at = 0; at + 1 < bytes.length; ) {
    const short = bytes[at + 1]! & 0x7f;
    const [length, header] = short === 126 ? [bytes.readUInt16BE(at + 2), 4] : [short, 2];
    if ((bytes[at]! & 0x0f) === 8) return length >= 2 ? bytes.readUInt16BE(at + header) : 1005;
    at += header + length;
  }
  return GONE;
};

/** Sends these bytes, then hangs up its own side once it was closed. */
const closeCodeAfter = async (...sent: readonly Uint8Array[]): Promise<number | string> => {
  const connection = await upgrade();
  for (const part of sent) connection.write(part);
  const text = await connection.closed;
  return closeCodeIn(text);
};

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);
const text = (value: string | Uint8Array) => clientFrame(1, Buffer.from(value));
const closing = (code: number, reason: Uint8Array = Buffer.alloc(0)) => {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code, 0);
  payload.set(reason, 2);
  return clientFrame(8, payload);
};
const opened = (first: number): Buffer => bytes(first, 0x80, 0, 0, 0, 0);

describe('a frame that breaks the protocol ends its socket with 1002', () => {
  const FIN = 0x80;
  const reserved = [0x10, 0x20, 0x40, 0x30, 0x50, 0x60, 0x70].flatMap((bits) =>
    [1, 2, 8, 9, 10].map((opcode) => FIN | bits | opcode),
  );
  test.each(reserved)('reserved bits in %i', async (first) => {
    expect(await closeCodeAfter(opened(first))).toBe(1002);
  });

  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])('the unknown opcode %i', async (opcode) => {
    expect(await closeCodeAfter(opened(FIN | opcode))).toBe(1002);
  });

  test.each([1, 2, 8, 9, 10])('no mask on opcode %i', async (opcode) => {
    expect(await closeCodeAfter(bytes(FIN | opcode, 0))).toBe(1002);
  });

  test.each([8, 9, 10])('the control opcode %i in fragments, or with more than 125 bytes', async (opcode) => {
    expect(await closeCodeAfter(opened(opcode))).toBe(1002);
    expect(await closeCodeAfter(clientFrame(opcode, 126))).toBe(1002);
    expect(await closeCodeAfter(clientFrame(opcode, 70_000))).toBe(1002);
  });

  test.each([
    ['a continuation of nothing', [clientFrame(0, 1)]],
    ['a first part of nothing that goes on', [clientFrame(0, 1, false)]],
    ['a continuation of a whole message', [text('{"type":"ping"}'), clientFrame(0, 1)]],
    ['a message inside another', [clientFrame(1, 1, false), clientFrame(1, 1)]],
    ['bytes inside a text', [clientFrame(1, 1, false), clientFrame(2, 1)]],
    ['a close of one byte', [clientFrame(8, bytes(3))]],
  ] as const)('%s', async (_, sent) => {
    expect(await closeCodeAfter(...sent)).toBe(1002);
  });

  const unspoken = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 65_535];
  test.each(unspoken)('a close with %i, which nobody may send', async (code) => {
    expect(await closeCodeAfter(closing(code))).toBe(1002);
  });
});

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
  'a close with %i is answered with it',
  async (code) => {
    expect(await closeCodeAfter(closing(code, Buffer.from('bye')))).toBe(code);
  },
);

describe('text that is no UTF-8 ends its socket with 1007', () => {
  const broken = [
    ['a byte that begins nothing', bytes(0x80)],
    ['a byte that is none', bytes(0xff)],
    ['a character that breaks off', bytes(0xe2, 0x82)],
    ['a character that goes on wrongly', bytes(0xc3, 0x28)],
    ['half of a pair', bytes(0xed, 0xa0, 0x80)],
    ['the other half', bytes(0xed, 0xbf, 0xbf)],
    ['a NUL in two bytes', bytes(0xc0, 0x80)],
    ['a slash in three bytes', bytes(0xe0, 0x80, 0xaf)],
    ['a code beyond Unicode', bytes(0xf4, 0x90, 0x80, 0x80)],
    ['a character of five bytes', bytes(0xf8, 0x88, 0x80, 0x80, 0x80)],
  ] as const;
  test.each(broken)('%s', async (_, bad) => {
    expect(await closeCodeAfter(text(Buffer.concat([Buffer.from('κόσμε '), bad])))).toBe(1007);
    expect(await closeCodeAfter(closing(1000, bad))).toBe(1007);
  });

  test('split at every byte', async () => {
    const whole = Buffer.concat([Buffer.from('κόσ'), bytes(0xed, 0xa0, 0x80), Buffer.from('μ')]);
    for (let at = 1; at < whole.length; at++)
      expect(
        await closeCodeAfter(clientFrame(1, whole.subarray(0, at), false), clientFrame(0, whole.subarray(at))),
      ).toBe(1007);
  });

  test('and good text split at every byte is read', async () => {
    const whole = Buffer.from(JSON.stringify({ type: 'ping', key: 'whole' }));
    for (let at = 1; at < whole.length; at += 3) {
      const connection = await upgrade();
      connection.write(clientFrame(1, whole.subarray(0, at), false));
      connection.write(clientFrame(9, 5));
      connection.write(clientFrame(0, whole.subarray(at)));
      expect(await connection.until(/"pong"/)).toContain('"key":"whole"');
      connection.socket.destroy();
    }
  });
});

describe('a length', () => {
  const long = (length: bigint) => {
    const frame = Buffer.concat([bytes(0x81, 0xff), Buffer.alloc(8), Buffer.alloc(4)]);
    frame.writeBigUInt64BE(length, 2);
    return frame;
  };
  test.each([65_537n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n])(
    'of %s ends the socket',
    async (n) => {
      expect(await closeCodeAfter(long(n))).toBe(1009);
    },
  );

  test('in more bytes than it needs is read all the same', async () => {
    const connection = await upgrade();
    const payload = Buffer.from('{"type":"ping","key":"short"}');
    connection.write(Buffer.concat([bytes(0x81, 0xfe, 0, payload.length), Buffer.alloc(4), payload]));
    expect(await connection.until(/"pong"/)).toContain('"key":"short"');
    connection.socket.destroy();
  });
});

describe('a flood', () => {
  const MIB = 1024 * 1024;

  /** Sends a part again and again, until the server closes. */
  const flood = async (part: Buffer, most: number, first?: Buffer): Promise<number | string> => {
    const connection = await upgrade();
    if (first) connection.write(first);
    const many = Buffer.concat(Array.from({ length: 500 }, () => part));
    let isClosed = false;
    void connection.closed.then(() => {
      isClosed = true;
    });
    for (let sent = 0; sent < most && !isClosed; sent += 500)
      if (!connection.socket.write(many))
        await Promise.race([new Promise((resolve) => connection.socket.once('drain', resolve)), connection.closed]);
    return closeCodeIn(await connection.closed);
  };

  test.each([
    ['fragments of one byte', clientFrame(0, 1, false), 10_000, clientFrame(1, 1, false), [1008]],
    ['empty fragments', clientFrame(0, 0, false), 1_000_000, clientFrame(1, 0, false), [1008]],
    ['pings', clientFrame(9, 125), 100_000, undefined, [1008]],
    ['pongs that nobody asked for', clientFrame(10, 125), 100_000, undefined, [1008]],
    ['empty messages', clientFrame(1, 0), 100_000, undefined, [1008]],
    ['messages that are no JSON', text('?'), 100_000, undefined, [1008]],
    ['good messages', text('{"type":"ping"}'), 100_000, undefined, [1008]],
  ] as const)('of %s ends its socket and leaves nothing', async (_, part, most, first, codes) => {
    await expectLittleLeft(2 * MIB, async () => {
      expect([...codes, GONE]).toContain(await flood(part, most, first));
    });
  });

  test('of messages a byte too long ends each socket and leaves nothing', async () => {
    await expectLittleLeft(2 * MIB, async () => {
      for (let i = 0; i < 50; i++) expect(await closeCodeAfter(clientFrame(1, 65_537))).toBe(1009);
    });
  });
});
