// What an API declares of its sockets.

import type { IncomingHttpHeaders } from 'node:http';
import type { RawResponse } from '../api/rawResponse.ts';
import type { SocketHandler } from './connection.ts';

/** A request to open a socket. */
export interface Handshake {
  /** The named parts of the mount's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Of the client. */
  readonly address: string;
}

/** Sockets of one API at one path. */
export interface SocketMount {
  /** Such as `/connection/:room/:name/:email`. A slash at the end is optional. */
  readonly path: string;
  /** Most bytes of one frame; a longer one closes the socket with 1009. */
  readonly maxPayload: number;
  /** Pages of any origin may open a socket, so a cookie must not count as a sign-in. */
  readonly anyOrigin?: boolean;
  /** Chosen if the client offers it; no other is. */
  readonly subprotocol?: string;
  /** Chooses the first one offered: clients offer any, and browsers give up if none is chosen. */
  readonly anySubprotocol?: boolean;
  /** Checks the client's credential. An error refuses the handshake as it would refuse an HTTP request. */
  admit(handshake: Handshake): Promise<RawResponse | SocketHandler>;
}
