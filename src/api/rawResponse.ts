// Answers on a raw connection, where Node offers no response object, and closes it.

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FailureCode, PROBLEM, problemOf, statusOf } from './failureCodes.ts';

export interface RawResponse {
  readonly status: number;
  /** Default: the status text. */
  readonly body?: string;
  readonly mediaType?: string;
  /** Beside those of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

export const respondRaw = (
  socket: Duplex,
  { status, body, mediaType = 'text/plain; charset=utf-8', headers: given }: RawResponse,
): void => {
  const text = body ?? STATUS_CODES[status] ?? '';
  const headers = {
    Connection: 'close',
    'Content-Type': mediaType,
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="verbatim"' } : {}),
    ...(status === 429 || status === 503 ? { 'Retry-After': '1' } : {}),
    ...given,
  };
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map((pair) => pair.join(': ')),
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
};

/** Problem details, as the native API sends them. */
export const rawProblem = (code: FailureCode): RawResponse => ({
  status: statusOf[code],
  body: JSON.stringify(problemOf(code)),
  mediaType: PROBLEM,
});
