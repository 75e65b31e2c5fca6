// Multipart bodies: collects small fields, streams files to the blob store.

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { HttpFailure } from '../api/failures.ts';
import { boundaryOf, partHeadersOf } from './multipartHeaders.ts';
import { type Multipart, type MultipartLimits, partReader, type Taken, type Upload } from './multipartParts.ts';
import { takeBody } from './readBytes.ts';

/** The body ended before its first part: nowhere in it stands the boundary. */
export class NoParts extends HttpFailure {
  constructor(cause: unknown) {
    super('malformed-body', { cause });
  }
}

const HEADER_LIMITS = { maxHeaderPairs: 50, maxHeaderSize: 16 * 1024 };

/** All values of each name, in their order. */
export const valuesByName = (pairs: readonly (readonly [name: string, value: string])[]) =>
  new Map([...Map.groupBy(pairs, ([name]) => name)].map(([name, all]) => [name, all.map(([, value]) => value)]));

const empty = (): undefined => undefined;

/**
 * Reads a multipart body and passes each file to `keep` while it arrives. A file's content ends when the whole body has
 * ended, and fails when any part of the body fails, so that `keep` stores nothing. This function feeds the splitter and
 * awaits it, and all errors of its streams end in `fail`: no body can cause a throw elsewhere.
 * @throws NoParts; HttpFailure `malformed-body`, `too-large`, `request-aborted`; TooLarge; the errors of `keep`.
 */
export const readMultipart = async <Kept>(
  req: IncomingMessage,
  limits: MultipartLimits,
  keep: (upload: Upload) => Promise<Kept>,
): Promise<Multipart<Kept>> => {
  const splitter = new Dicer({ boundary: boundaryOf(req), ...HEADER_LIMITS });
  const body = takeBody(req, limits.bytes);
  const whole = Promise.withResolvers<void>();
  whole.promise.catch(empty);
  const stopping = new AbortController();
  const taking: Promise<Taken<Kept> | undefined>[] = [];
  const parts: Readable[] = [];
  const readPart = partReader(limits, keep, whole.promise);

  const fail = (error: Error): void => {
    if (stopping.signal.aborted) return;
    stopping.abort(error);
    whole.reject(error);
    body.destroy(error);
    for (const part of parts) part.destroy(error);
  };

  const take = async (part: Readable, header: Record<string, string[]>): Promise<Taken<Kept> | undefined> => {
    if (parts.length > limits.fields + limits.files) throw new HttpFailure('too-large');
    return readPart(part, partHeadersOf(header));
  };

  // The splitter finishes after the last part, perhaps before the body ends.
  const finished = once(splitter, 'finish', { signal: stopping.signal });
  let hasFinished = false;
  finished.then(() => {
    hasFinished = true;
  }, empty);
  splitter.on('error', (cause) =>
    fail(parts.length === 0 ? new NoParts(cause) : new HttpFailure('malformed-body', { cause })),
  );
  splitter.on('part', (part) => {
    part.on('error', empty); // the splitter reports it too
    parts.push(part);
    part.on('header', (header) => {
      const taken = take(part, header as never);
      taken.catch(fail);
      taking.push(taken);
    });
  });

  try {
    for await (const chunk of body) {
      // What follows the last boundary is ignored: a splitter that has finished may keep it, and take nothing from it.
      if (hasFinished) continue;
      // A part that ends in the last chunk leaves the splitter without a `drain`: then `finish` is all that follows.
      if (!splitter.write(chunk)) await Promise.race([once(splitter, 'drain', { signal: stopping.signal }), finished]);
      stopping.signal.throwIfAborted();
    }
    splitter.end();
    await finished;
    // The splitter ignores a part that ends within its headers.
    if (taking.length < parts.length) throw new HttpFailure('malformed-body');
    whole.resolve();
    const taken = await Promise.all(taking);
    const pairs = taken.map((part) => part?.pair).filter((pair) => pair !== undefined);
    return { fields: valuesByName(pairs), files: taken.map((part) => part?.file).filter((file) => file !== undefined) };
  } catch (error) {
    fail(error as Error);
    await Promise.allSettled(taking);
    throw stopping.signal.reason;
  }
};
