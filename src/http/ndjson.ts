// An answer of JSON lines that may take hours: it is read as fast as the client takes it.

import { Readable } from 'node:stream';
import type { Reply } from './reply.ts';

/** Reads the first line before the answer begins: if that fails, the client gets an error instead of an empty answer. */
const begun = async (lines: AsyncGenerator<string>) => {
  const first = await lines.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* lines;
  })();
};

/** `lines`: one or more in each text. The answer breaks off if they do: one that ends well is whole. */
export const ndjson = async (lines: AsyncGenerator<string>): Promise<Reply> => {
  // The server reads a page when the client has read the one before, so no page waits after it was checked.
  const content = Readable.from(await begun(lines), { objectMode: true, highWaterMark: 0 });
  return { headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8' }, content };
};
