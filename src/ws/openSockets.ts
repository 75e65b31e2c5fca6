// The sockets that are open or opening, and how the WebSocket library's events reach their connections.

import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Anonymous } from './anonymous.ts';
import type { Connection } from './connection.ts';

export const createOpenSockets = (anonymous: Anonymous) => {
  const connections = new Set<Connection>();
  /** By WebSocket, and by the socket under it. */
  const connectionOf = new Map<object, Connection>();

  // All sockets share these listeners: closures of its own would be most of the memory that a socket costs.
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    connectionOf.get(this)?.receiver.receive(data as Buffer, isBinary);
  }
  function onBytes(this: Duplex, chunk: Buffer): void {
    connectionOf.get(this)?.receiver.receiveBytes(chunk);
  }
  function onPing(this: WebSocket): void {
    connectionOf.get(this)?.receiver.receivePing();
  }
  function onClose(this: WebSocket): void {
    const connection = connectionOf.get(this);
    connectionOf.delete(this);
    if (connection) forget(connection);
  }

  const forget = (connection: Connection): void => {
    connections.delete(connection);
    connectionOf.delete(connection.socket);
    anonymous.delete(connection);
    connection.closed();
  };

  return {
    all: connections as ReadonlySet<Connection>,
    /** Its handshake was answered: it is a WebSocket now. */
    isOpen: (socket: Duplex): boolean => connectionOf.has(socket),
    opening: (connection: Connection): void => void connections.add(connection),
    opened: (connection: Connection, ws: WebSocket): void => {
      connectionOf.set(ws, connection);
      connectionOf.set(connection.socket, connection);
      // Called before the library, which may find a whole message in the bytes.
      connection.socket.prependListener('data', onBytes);
      // After a broken frame the library closes the socket with the right code.
      ws.on('error', ignore).on('message', onMessage).on('ping', onPing).on('pong', onPing).on('close', onClose);
      connection.opened(ws);
    },
    /** It is gone. */
    forget,
  };
};

const ignore = (): void => undefined;
