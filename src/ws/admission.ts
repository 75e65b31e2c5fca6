// Decides a handshake: which mount its path belongs to, whether its page may open it, and what the mount answers.

import { WebSocketServer } from 'ws';
import type { RawResponse } from '../api/rawResponse.ts';
import type { Config } from '../config.ts';
import type { SocketHandler } from './connection.ts';
import { createOriginRule } from './origin.ts';
import type { Handshake, SocketMount } from './socketMount.ts';

/** Milliseconds that a peer may take to answer a close. */
export const CLOSING = 3000;

interface SocketPath extends Pick<Handshake, 'query'> {
  /** The decoded parts between slashes; a slash at the end adds none. */
  readonly segments: readonly string[];
}

/** Undefined: no path, or not decodable. */
export const parsePath = (url: string): SocketPath | undefined => {
  if (!url.startsWith('/')) return undefined;
  const [path = '', query = ''] = url.split(/\?(.*)/s, 2);
  try {
    const segments = path.slice(1).replace(/\/$/, '').split('/').map(decodeURIComponent);
    return { segments, query: new URLSearchParams(query) };
  } catch {
    return undefined;
  }
};

/** For a pattern such as `/ws/chat/:slug`: finds its named parts in a path. Undefined: the path does not match. */
const matcherOf = (pattern: string) => {
  const parts = pattern.replace(/^\/|\/$/g, '').split('/');
  return (segments: readonly string[]): Handshake['params'] | undefined => {
    const matches = (part: string, i: number) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]);
    if (segments.length !== parts.length || !parts.every(matches)) return undefined;
    const named = parts.map((part, i) => [part.slice(1), segments[i]!]).filter((_, i) => parts[i]!.startsWith(':'));
    return Object.fromEntries(named) as Handshake['params'];
  };
};

const webSocketServer = ({ maxPayload, subprotocol, anySubprotocol }: SocketMount): WebSocketServer =>
  new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression costs memory on every socket, and reveals secrets by the length of frames.
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

/** A socket's handler, and the server that upgrades the socket. */
export type Admitted = { readonly handler: SocketHandler; readonly server: WebSocketServer };

/** The mount that a path belongs to. */
export interface Found {
  /** The pattern of the path. */
  readonly route: string;
  /** Decides a handshake. @throws what `admit` of the mount throws */
  admit(asking: Pick<Handshake, 'headers' | 'address'>): Promise<RawResponse | Admitted>;
}

/** @returns a function that finds the mount of a path, if there is one */
export const createAdmission = (
  config: Pick<Config, 'PUBLIC_URL' | 'CORS_ORIGINS'>,
  mounts: readonly SocketMount[],
) => {
  const isAllowed = createOriginRule(config);
  const table = mounts.map((mount) => ({ mount, match: matcherOf(mount.path), server: webSocketServer(mount) }));

  return ({ segments, query }: SocketPath): Found | undefined => {
    for (const { mount, match, server } of table) {
      const params = match(segments);
      if (params === undefined) continue;
      const admit: Found['admit'] = async ({ headers, address }) => {
        if (!mount.anyOrigin && !isAllowed(headers.origin, headers.host)) return { status: 403 };
        const handler = await mount.admit({ params, query, headers, address });
        return 'status' in handler ? handler : { handler, server };
      };
      return { route: mount.path, admit };
    }
    return undefined;
  };
};
