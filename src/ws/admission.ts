// Decides a handshake: which mount its path belongs to, whether its page may open it, and what that mount says.

import type { IncomingHttpHeaders } from 'node:http';
import { WebSocketServer } from 'ws';
import type { RawResponse } from '../api/rawResponse.ts';
import type { Config } from '../config.ts';
import type { SocketHandler } from './connection.ts';
import { createOriginRule } from './origin.ts';
import { cookieIn, type SocketMount } from './socketMount.ts';
import { matcherOf, type SocketPath } from './socketPath.ts';

/** How long a peer may take to answer a close, in milliseconds. */
export const CLOSING = 3000;

export interface Admitted {
  readonly handler: SocketHandler;
  readonly server: WebSocketServer;
}

/** @throws what a mount's `admit` throws */
export type Admission = (path: SocketPath, headers: IncomingHttpHeaders) => Promise<RawResponse | Admitted>;

export const createAdmission = (
  config: Pick<Config, 'PUBLIC_URL' | 'CORS_ORIGINS'>,
  mounts: readonly SocketMount[],
): Admission => {
  const isAllowed = createOriginRule(config);
  const table = mounts.map((mount) => ({ mount, match: matcherOf(mount.path), server: webSocketServer(mount) }));

  return async ({ segments, query }, headers) => {
    const { host, origin } = headers;
    for (const { mount, match, server } of table) {
      const params = match(segments);
      if (params === undefined) continue;
      if (!mount.anyOrigin && !isAllowed(origin, host)) return { status: 403 };
      const cookie = (name: string): string | undefined =>
        origin !== undefined && isAllowed(origin, host) ? cookieIn(headers.cookie ?? '', name) : undefined;
      const handler = await mount.admit({ params, query, headers, cookie });
      return 'status' in handler ? handler : { handler, server };
    }
    return { status: 404 };
  };
};

const webSocketServer = ({ maxPayload, subprotocol, anySubprotocol }: SocketMount): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs memory on every socket, and tells secrets apart by their length.
    perMessageDeflate: false,
    maxPayload,
    maxFragments: 1024,
    maxBufferedChunks: Math.max(4096, Math.ceil(maxPayload / 256)),
    closeTimeout: CLOSING,
    // The library would choose the first one offered.
    handleProtocols: (offered) => {
      if (anySubprotocol) return [...offered][0] ?? false;
      return subprotocol !== undefined && offered.has(subprotocol) ? subprotocol : false;
    },
  } as ConstructorParameters<typeof WebSocketServer>[0]);
