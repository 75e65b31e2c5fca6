// The bytes of a body, up to a limit; and the rest of a body that nobody wants.

import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { HttpFailure } from '../api/failures.ts';
import { TooLarge } from '../store/ports.ts';

/** Is a body announced at all? */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

/** @throws TooLarge as soon as the announced length says so. */
export const checkLength = ({ headers }: IncomingMessage, limit: number): void => {
  const length = headers['content-length'];
  if (length !== undefined && Number(length) > limit) throw new TooLarge(limit);
};

/** What is inside a compression is not known before it is undone, so none is taken. */
export const checkEncoding = ({ headers }: IncomingMessage): void => {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new HttpFailure('content-encoding-unsupported', { headers: { 'Accept-Encoding': 'identity' } });
};

/** @throws HttpFailure `request-aborted` where the client has gone already: no reader would hear of it any more. */
export const checkPresent = (req: IncomingMessage): void => {
  if (req.destroyed && !req.complete) throw new HttpFailure('request-aborted');
};

/**
 * The body as a stream of its own, which fails where the client breaks off, or sends more than `limit` bytes. The
 * request outlives it: the connection must not end with the body that is refused, or no answer could leave.
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
    if (!req.complete) body.destroy(new HttpFailure('request-aborted'));
  };
  req.on('close', broken);
  // At once, not when `body` has closed: that would pause a request which is being drained meanwhile.
  body.on('error', () => req.unpipe(body)).on('close', () => req.off('close', broken));
  req.pipe(body);
  return body;
};

const DRAIN = { bytes: 64 * 1024 * 1024, milliseconds: 5000 } as const;

/**
 * Takes in, and forgets, what is left of a body that is refused: a client that is still sending reads no answer. Not
 * for ever: true when all of it came.
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
