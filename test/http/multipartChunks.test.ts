// Multipart bodies arrive in chunks of any size.

import type { IncomingMessage } from 'node:http';
import { Readable, Writable } from 'node:stream';
import { Dicer } from '@fastify/busboy';
import { expect, test, vi } from 'vitest';
import { readMultipart } from '../../src/http/multipart.ts';

const LIMITS = { bytes: 10_000_000, fieldBytes: 10_000, fields: 10, files: 10 };
const HEAD = '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n';

/** A request whose body arrives in these chunks. */
const requestOf = (chunks: readonly Buffer[]): IncomingMessage =>
  Object.assign(Readable.from(chunks), {
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    complete: true,
  }) as unknown as IncomingMessage;

test.each([1, 1000, 65_536, 1_000_000])('a file ends with a body that arrives in chunks of %d bytes', async (size) => {
  const content = Buffer.alloc(size === 1 ? 1000 : 600_000, 'x');
  const body = Buffer.concat([Buffer.from(HEAD), content, Buffer.from('\r\n--b--\r\n')]);
  const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
    body.subarray(i * size, (i + 1) * size),
  );
  const { files } = await readMultipart(requestOf(chunks), LIMITS, async ({ content: bytes }) => {
    let length = 0;
    for await (const chunk of bytes) length += chunk.length;
    return length;
  });
  expect(files).toEqual([{ field: 'f', kept: content.length }]);
});

test('what follows the last boundary is read, and kept nowhere', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const body = Buffer.concat([Buffer.from(HEAD), Buffer.alloc(600_000, 'x'), Buffer.from('\r\n--b--\r\n')]);
  const epilogue = Array.from({ length: 100 }, () => Buffer.alloc(65_536, 'y'));
  const writes = vi.spyOn(Writable.prototype, 'write');
  const { files } = await readMultipart(requestOf([body, ...epilogue]), LIMITS, async ({ content }) => {
    let length = 0;
    for await (const chunk of content) length += chunk.length;
    return length;
  });
  const split = writes.mock.contexts.filter((stream) => stream instanceof Dicer);
  writes.mockRestore();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', note);
  expect(files).toEqual([{ field: 'f', kept: 600_000 }]);
  expect([split.length, warnings]).toEqual([1, []]);
});
