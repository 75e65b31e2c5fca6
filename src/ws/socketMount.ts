// The sockets of one API: where they are, who may open one, and how a handshake is refused.

import type { IncomingHttpHeaders } from 'node:http';
import type { RawResponse } from '../api/rawResponse.ts';
import type { SocketHandler } from './connection.ts';
import type { Params } from './socketPath.ts';

/** A request to open a socket. */
export interface Handshake {
  /** The named parts of the mount's path. */
  readonly params: Params;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** A cookie, if a page of an allowed origin sent it: a browser sends cookies along whichever page asks. */
  cookie(name: string): string | undefined;
}

/** Sockets of one API at one path. */
export interface SocketMount {
  /** As `/connection/:room/:name/:email`; a slash at the end may be there or not. */
  readonly path: string;
  /** Bytes of one frame at most; beyond, the socket is closed with 1009. */
  readonly maxPayload: number;
  /** Lets pages of any origin in; their cookies are not seen. */
  readonly anyOrigin?: boolean;
  /** Chosen if the client offers it; no other ever is. */
  readonly subprotocol?: string;
  /** Chooses the first one offered, whatever it is: browsers give up without one, and clients offer what they like. */
  readonly anySubprotocol?: boolean;
  /** Looks at who asks. An error refuses the handshake as it would over HTTP. */
  admit(handshake: Handshake): Promise<RawResponse | SocketHandler>;
}

export const cookieIn = (header: string, name: string): string | undefined => {
  for (const part of header.split(';')) {
    const [key, ...value] = part.split('=');
    if (key?.trim() === name) return value.join('=').trim();
  }
  return undefined;
};
