// Ends calls that the driver would never end. When a connection breaks, its socket is dead at once and says so a moment
// later. A call made in that moment writes to the dead socket, which takes nothing, and waits for room that never comes: no
// limit of the driver counts there. One such call holds its caller, its place in the pool, and everybody who waits for it.

import type { EventEmitter } from 'node:events';
import type { MongoClient } from 'mongodb';

/** Milliseconds between two looks. */
const LOOK_MS = 250;

interface Connection {
  readonly closed: boolean;
  readonly socket: EventEmitter;
}

/** What is read of the driver's own state: it does not offer its connections. */
interface Inside {
  readonly topology?: {
    /** Absent in a driver that names it otherwise. */
    readonly s?: {
      readonly servers: ReadonlyMap<
        string,
        {
          readonly pool: { readonly checkedOut: ReadonlySet<Connection> };
          readonly monitor?: { readonly connection?: Connection | null } | null;
        }
      >;
    };
  };
}

/** Looks until the function that it returns is called. */
export const endBrokenCalls = (client: MongoClient): (() => void) => {
  const look = (): void => {
    const { topology } = client as unknown as Inside;
    // Whoever waits for room looks next whether the connection is still there.
    for (const { pool, monitor } of topology?.s?.servers.values() ?? [])
      for (const connection of [...pool.checkedOut, monitor?.connection])
        if (connection?.closed) connection.socket.emit('drain');
  };
  const looking = setInterval(look, LOOK_MS).unref();
  return () => clearInterval(looking);
};
