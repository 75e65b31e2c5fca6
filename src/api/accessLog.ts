// The line of the log that each request has, however it ends. It says what was asked, and neither who asked nor about whom.

import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';

export interface Ended {
  readonly requestId: string;
  /** Null: the request could not be read. */
  readonly method: string | null;
  /** The pattern, such as `/v1/users/:userId`, or `none`. */
  readonly route: string;
  readonly status: number;
  /** When the request arrived, by `performance.now()`. */
  readonly began: number;
  /** False: the client has no answer, or not the whole of it. */
  readonly isAnswered: boolean;
}

/** `more`: further fields. */
export const writeEnded = (log: Logger, { began, isAnswered, ...line }: Ended, more: object = {}): void => {
  const milliseconds = Math.round((performance.now() - began) * 100) / 100;
  log.info({ ...line, milliseconds, ...more }, isAnswered ? 'answered' : 'broken off');
};

const isRequestId = (id: unknown): id is string => typeof id === 'string' && /^[\w.:-]{1,100}$/.test(id);

export type RequestIdOf = (req?: IncomingMessage) => string;

/** Makes what names a request: by the id that the client sent, or by a new one. `start`: no other process has it. */
export const createRequestIds = (start: string): RequestIdOf => {
  let requests = 0;
  return (req) => {
    const sent = req?.headers['x-request-id'];
    return isRequestId(sent) ? sent : `${start}-${++requests}`;
  };
};
