// Answers on a raw connection, where Node offers no response object, and closes it.

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type EdgeCode, statusOf, titleOf } from './failureCodes.ts';
import { PROBLEM } from './problem.ts';

export interface Refusal {
  readonly status: number;
  /** Default: the status text. */
  readonly body?: string;
  readonly mediaType?: string;
}

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

/** Problem details, as the native API sends them. */
export const problemRefusal = (code: EdgeCode): Refusal => {
  const status = statusOf[code];
  const body = JSON.stringify({ type: `/docs#${code}`, title: titleOf[code], status, code });
  return { status, body, mediaType: PROBLEM };
};
