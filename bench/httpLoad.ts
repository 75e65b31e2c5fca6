// Sends messages over HTTP connections that stay open, with as little work as it can: what is measured is the server.

import { connect, type Socket } from 'node:net';
import type { Target } from './target.ts';

/** `#` and nine digits, which say which of the messages of a load a text is. */
export const markOf = (number: number): string => `#${String(number).padStart(9, '0')}`;
export const MARK = /#(\d{9})/;
/** What people say in a bench. */
export const FILLER = 'The quick brown fox jumps over the lazy dog, and the dog does not mind at all.';

export interface Closed {
  /** Sends answered with 201. */
  readonly acknowledged: number;
  readonly seconds: number;
  /** Milliseconds until each answer, from its send, or from the moment at which it was due. */
  readonly latencies: readonly number[];
}

export interface HttpLoad {
  /** Every connection sends its next message as soon as the last one is answered. */
  closed(seconds: number): Promise<Closed>;
  /** The same, until `count` messages are sent. */
  count(count: number): Promise<Closed>;
  /** Sends at a fixed rate, without waiting for answers. Calls `onDue` with the time each was due, by `performance.now()`. */
  open(perSecond: number, seconds: number, onDue: (number: number, due: number) => void): Promise<Closed>;
  close(): void;
}

const WAIT = 30_000;

interface Connection {
  socket: Socket;
  readonly who: number;
  received: string;
  answered: (() => void) | undefined;
}

/** Where the response at the beginning of `text` ends; undefined: not all of it came. @throws Error it is no 200 or 201 */
const endOfAnswer = (text: string): number | undefined => {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = text.slice(0, headEnd);
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (!/^HTTP\/1.1 20[01] /.test(head) || length === undefined)
    throw new Error(`not as wanted: ${text.slice(0, 2000)}`);
  const end = headEnd + 4 + Number(length);
  return text.length < end ? undefined : end;
};

/** `connections`: one for each person from `first` on. */
export const openHttpLoad = async (target: Target, connections: number, first = 0): Promise<HttpLoad> => {
  let sent = 0;
  let failure: Error | undefined;
  let onFailure: (error: Error) => void = () => undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    onFailure(failure);
  };

  const openSocket = (connection: Pick<Connection, 'received' | 'answered'>): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: target.host, port: target.port, noDelay: true });
      socket.setEncoding('latin1');
      socket.once('connect', () => resolve(socket));
      socket.on('error', (error) => {
        reject(error);
        fail(error);
      });
      socket.on('close', () => {
        if (connection.answered) fail(new Error('a connection was closed before its answer'));
      });
      socket.on('data', (chunk: string) => {
        connection.received = connection.received === '' ? chunk : connection.received + chunk;
        try {
          const end = endOfAnswer(connection.received);
          if (end === undefined) return;
          connection.received = connection.received.slice(end);
        } catch (error) {
          return fail(error as Error);
        }
        const { answered } = connection;
        connection.answered = undefined;
        answered?.();
      });
    });

  const open = async (who: number): Promise<Connection> => {
    const begun: Omit<Connection, 'socket'> = { who, received: '', answered: undefined };
    return Object.assign(begun, { socket: await openSocket(begun) });
  };

  const pool = await Promise.all(Array.from({ length: connections }, (_, i) => open(first + i)));

  const send = (connection: Connection, number: number, answered: () => void): void => {
    const write = (): void => {
      connection.answered = answered;
      connection.socket.write(target.request(connection.who, `${markOf(number)} ${FILLER}`), 'latin1');
    };
    if (connection.socket.writable) write();
    // On a crowded machine a connection is idle for longer than the server keeps it.
    else
      openSocket(connection).then((socket) => {
        connection.socket = socket;
        write();
      }, fail);
  };

  /** Ends with `work`, or with the first failure, or when it takes too long. */
  const bounded = async (milliseconds: number, work: (end: () => void) => void): Promise<void> => {
    const done = Promise.withResolvers<void>();
    onFailure = done.reject;
    if (failure) throw failure;
    const timer = setTimeout(() => done.reject(new Error('the server stopped answering')), milliseconds + WAIT);
    try {
      work(done.resolve);
      await done.promise;
    } finally {
      clearTimeout(timer);
    }
  };

  /** Every connection goes on while `more` says so. */
  const loop = async (milliseconds: number, more: () => boolean): Promise<Closed> => {
    let acknowledged = 0;
    let running = pool.length;
    const latencies: number[] = [];
    const started = performance.now();
    await bounded(milliseconds, (end) => {
      for (const connection of pool) {
        const next = (): void => {
          if (more()) {
            const began = performance.now();
            send(connection, sent++, () => {
              acknowledged++;
              latencies.push(performance.now() - began);
              next();
            });
          } else if (--running === 0) end();
        };
        next();
      }
    });
    return { acknowledged, seconds: (performance.now() - started) / 1000, latencies };
  };

  return {
    closed: (seconds) => {
      const end = performance.now() + seconds * 1000;
      return loop(seconds * 1000, () => performance.now() < end);
    },
    count: (count) => {
      const end = sent + count;
      return loop(0, () => sent < end);
    },
    open: async (perSecond, seconds, onDue) => {
      const total = Math.max(1, Math.round(perSecond * seconds));
      const idle = [...pool];
      const waiting: [number: number, dueAt: number][] = [];
      let due = 0;
      let acknowledged = 0;
      const latencies: number[] = [];
      const started = performance.now();
      await bounded(seconds * 1000, (end) => {
        const give = (connection: Connection, number: number, dueAt: number): void =>
          send(connection, number, () => {
            acknowledged++;
            latencies.push(performance.now() - dueAt);
            const next = waiting.shift();
            if (next !== undefined) give(connection, ...next);
            else idle.push(connection);
            if (acknowledged === total) end();
          });
        const tick = (): void => {
          const now = performance.now();
          for (; due < total && started + (due * 1000) / perSecond <= now; due++) {
            const number = sent++;
            const dueAt = started + (due * 1000) / perSecond;
            onDue(number, dueAt);
            // In turn, so that the server closes none of them as idle.
            const connection = idle.shift();
            if (connection) give(connection, number, dueAt);
            else waiting.push([number, dueAt]);
          }
          // Not a timer: those of a millisecond come a millisecond late, which is what is to be measured.
          if (due < total && !failure) setImmediate(tick);
        };
        tick();
      });
      return { acknowledged, seconds: (performance.now() - started) / 1000, latencies };
    },
    close: () => {
      for (const { socket } of pool) socket.destroy();
    },
  };
};
