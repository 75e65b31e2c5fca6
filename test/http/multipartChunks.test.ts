// Multipart bodies arrive in chunks of any size.

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
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
