// The sockets of one API: where they are, who may open one, and what is answered to who may not.

import type { IncomingHttpHeaders } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SocketHandler } from './connection.ts';
import type { Params } from './target.ts';

/** A request to open a socket. */
export interface Handshake {
  /** The named parts of the mount's path. */
  readonly params: Params;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /**
   * A cookie, where a page of an allowed origin sent it: a browser sends cookies along whichever page asks. Undefined
   * otherwise.
   */
  cookie(name: string): string | undefined;
}

/** Refused before the socket is opened. */
export interface Refusal {
  readonly status: number;
  /** Default: the status in words, as text. */
  readonly body?: string;
  readonly mediaType?: string;
}

/** Sockets of one API at one path. */
export interface SocketMount {
  /** As `/connection/:room/:name/:email`; a slash at the end may be there or not. */
  readonly path: string;
  /** Bytes of one frame at most; beyond, the socket is closed with 1009. */
  readonly maxPayload: number;
  /** Lets pages of any origin in; their cookies are not seen. */
  readonly anyOrigin?: boolean;
  /** Chosen where the client offers it; no other ever is. */
  readonly subprotocol?: string;
  /** Chooses the first one offered, whatever it is: browsers give up where none is, and clients offer what they like. */
  readonly anySubprotocol?: boolean;
  /** Looks at who asks. What it throws refuses, as over HTTP. */
  admit(handshake: Handshake): Promise<Refusal | SocketHandler>;
}

/** Answers in place of an upgrade, and ends. */
export const refuse = (socket: Duplex, { status, body, mediaType = 'text/plain; charset=utf-8' }: Refusal): void => {
  const text = body ?? STATUS_CODES[status] ?? '';
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    `Content-Type: ${mediaType}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    ...(status === 401 ? ['WWW-Authenticate: Bearer realm="verbatim"'] : []),
    ...(status === 429 || status === 503 ? ['Retry-After: 1'] : []),
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${headers.join('\r\n')}\r\n\r\n${text}`);
};

export const cookieIn = (header: string, name: string): string | undefined => {
  for (const part of header.split(';')) {
    const [key, ...value] = part.split('=');
    if (key?.trim() === name) return value.join('=').trim();
  }
  return undefined;
};
