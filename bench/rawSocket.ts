// A WebSocket client that does not parse what it gets, or only finds where frames end: on its own it would be the limit.

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { Target } from './target.ts';

const CONNECT_WAIT = 30_000;
const HEADERS_END = '\r\n\r\n';

/** A text frame as clients send it (RFC 6455, 5.2), with a mask of zeros. */
export const clientFrame = (text: string): Buffer => {
  const body = Buffer.from(text);
  if (body.length > 125) throw new Error('too long for a short frame');
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
};

/**
 * Opens a socket of the person `who`; resolves when it hears everything. `onData` gets each byte that comes behind the
 * answer to the handshake; the buffer is used again when it returns. @throws Error the server declines
 */
export const openRawSocket = (target: Target, who: number, onData: (bytes: Buffer) => void): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { hello } = target;
    let opening: string | undefined = '';
    let hasSaidHello = false;
    const opened = (): void => {
      opening = undefined;
      clearTimeout(timer);
      resolve(socket);
    };
    const open = (bytes: Buffer): void => {
      opening += bytes.toString('latin1');
      const frames = opening!.indexOf(HEADERS_END) + HEADERS_END.length;
      if (frames < HEADERS_END.length) return;
      if (!opening!.startsWith('HTTP/1.1 101')) {
        reject(new Error(`no socket: ${opening!.slice(0, 500)}`));
        socket.destroy();
        return;
      }
      onData(bytes.subarray(Math.max(0, bytes.length - (opening!.length - frames))));
      if (hello === undefined || opening!.includes(hello.until)) {
        opened();
      } else if (!hasSaidHello) {
        socket.write(clientFrame(hello.says));
        hasSaidHello = true;
      }
    };
    const socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      onread: {
        buffer: sharedBuffer,
        callback: (size, buffer) => {
          const bytes = (buffer as Buffer).subarray(0, size);
          if (opening === undefined) onData(bytes);
          else open(bytes);
          return true;
        },
      },
    });
    const timer = setTimeout(() => reject(new Error('no answer to the handshake')), CONNECT_WAIT);
    socket.on('error', reject);
    socket.write(
      `GET ${target.socketPath} HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
        `${target.socketHeaders(who)}\r\n`,
    );
  });

const sharedBuffer = Buffer.alloc(256 * 1024);

/** Cuts what comes into frames; gives the payload of each text frame and its length on the wire. */
export const frameCutter = (onText: (payload: Buffer, wireBytes: number) => void): ((bytes: Buffer) => void) => {
  let kept = Buffer.alloc(0);
  return (bytes) => {
    const all = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
    let at = 0;
    while (all.length - at >= 2) {
      const short = all[at + 1]! & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (all.length - at < header) break;
      const length =
        short < 126 ? short : short === 126 ? all.readUInt16BE(at + 2) : Number(all.readBigUInt64BE(at + 2));
      if (all.length - at < header + length) break;
      if ((all[at]! & 0x0f) === 1) onText(all.subarray(at + header, at + header + length), header + length);
      at += header + length;
    }
    kept = Buffer.from(all.subarray(at));
  };
};

/**
 * Looks for a word of plain ASCII in what comes. The function it returns gives how many of the bytes there are up to the
 * end of the word, 0 while it has not come.
 */
export const wordFinder = (word: string): ((bytes: Buffer) => number) => {
  let kept = '';
  const rest = word.length - 1;
  return (bytes) => {
    const seam = (kept + bytes.toString('latin1', 0, rest)).indexOf(word);
    const at = seam < 0 ? bytes.indexOf(word) : seam - kept.length;
    kept = (kept + bytes.toString('latin1', Math.max(0, bytes.length - rest))).slice(-rest);
    return seam < 0 && at < 0 ? 0 : at + word.length;
  };
};
