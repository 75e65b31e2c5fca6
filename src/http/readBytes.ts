// Reads the bytes of a body up to a limit, and drains a body that is refused.

import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { HttpFailure } from '../api/failures.ts';
import { TooLarge } from '../store/ports.ts';

/** Do the headers announce a body? */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/** @throws TooLarge if the announced length exceeds `limit`. */
export const checkLength = ({ headers }: IncomingMessage, limit: number): void => {
  const length = headers['content-length'];
  if (length !== undefined && Number(length) > limit) throw new TooLarge(limit);
};

/**
 * @throws HttpFailure `request-aborted` if the client has gone already: a later reader would wait for ever;
 *   `content-encoding-unsupported` for a compressed body: its real size is unknown until it is unpacked.
 */
export const checkReadable = (req: IncomingMessage): void => {
  if (req.destroyed && !req.readableEnded) throw new HttpFailure('request-aborted');
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new HttpFailure('content-encoding-unsupported', { headers: { 'Accept-Encoding': 'identity' } });
};

/**
 * The body as a separate stream. It fails if the client breaks off or sends more than `limit` bytes. The request
 * outlives the stream: the connection must stay open after a refused body, or no answer could leave.
 */
export const takeBody = (req: IncomingMessage, limit: number): Transform => {
  let bytes = 0;
  const body = new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      done(bytes > limit ? new TooLarge(limit) : null, chunk);
    },
  });
  const broken = (): void => {
    // Also when all of it came: what was not read yet is lost.
    if (!req.readableEnded) body.destroy(new HttpFailure('request-aborted'));
  };
  req.on('close', broken);
  // Now, not when `body` has closed: that would pause a request that is being drained.
  body.on('error', () => req.unpipe(body)).on('close', () => req.off('close', broken));
  req.pipe(body);
  return body;
};

const DRAIN = { bytes: 64 * 1024 * 1024, milliseconds: 5000 } as const;

/**
 * Reads and discards the rest of a refused body, since a client that still sends does not read the answer. Bounded in
 * time: true if the whole body arrived.
 */
export const drain = (req: IncomingMessage): Promise<boolean> => {
  if (req.complete || req.readableEnded || req.destroyed) return Promise.resolve(req.complete);
  return new Promise((resolve) => {
    let bytes = 0;
    const end = (): void => {
      clearTimeout(timer);
      req.off('data', count).off('end', end).off('close', end).off('error', end);
      resolve(req.complete);
    };
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > DRAIN.bytes) end();
    };
    const timer = setTimeout(end, DRAIN.milliseconds);
    req.on('data', count).on('end', end).on('close', end).on('error', end);
    req.resume();
  });
};
