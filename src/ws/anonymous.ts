// The sockets that no account has, by the network of their address: so that one network cannot take the places of others.

import { networkOf } from '../limits/network.ts';
import type { Connection } from './connection.ts';
import { CLOSE } from './protocol.ts';

export type Anonymous = ReturnType<typeof createAnonymous>;

/** `most`: sockets of one network. */
export const createAnonymous = (most: number) => {
  const ofNetwork = new Map<string, Set<Connection>>();

  const remove = (connection: Connection): void => {
    const network = networkOf(connection.address);
    const sockets = ofNetwork.get(network);
    if (sockets?.delete(connection) && sockets.size === 0) ofNetwork.delete(network);
  };

  return {
    /** Adds a socket; false: its network has too many. */
    add: (connection: Connection): boolean => {
      const network = networkOf(connection.address);
      const sockets = ofNetwork.get(network) ?? new Set();
      if (sockets.size >= most) return false;
      ofNetwork.set(network, sockets.add(connection));
      return true;
    },
    /** The socket is gone, or an account has it now. */
    delete: remove,
    /** Closes the oldest socket of the network with the most, if that has more than the newcomer's. False: it has not. */
    makeRoomFor: (address: string): boolean => {
      const own = ofNetwork.get(networkOf(address))?.size ?? 0;
      const [largest] = [...ofNetwork.values()].toSorted((one, other) => other.size - one.size);
      if (largest === undefined || largest.size <= own) return false;
      // A socket that has signed in just now is still among them.
      const oldest = largest.values().find(({ account }) => account === null);
      if (oldest === undefined) return false;
      // It makes room once, however long its client takes to answer the close.
      remove(oldest);
      oldest.end(CLOSE.tryLater);
      return true;
    },
  };
};
