// The lines in the bytes of a log, a chunk at a time.

import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../verb.ts';

/** Characters of a line: what has a longer one is no log. */
const LONGEST = 10_000_000;
/** The first bytes tell what the others are. */
const TELLING = 8;

type Chunks = AsyncIterable<Uint8Array>;
/** `isLast`: nothing follows, so the rest is text too. */
type Decode = (bytes: Uint8Array, isLast: boolean) => string;

const starts = (bytes: Uint8Array, ...first: number[]): boolean => first.every((byte, i) => bytes[i] === byte);

/** @throws UsageError there is no such encoding */
const decoderOf = (encoding: string, fatal = false) => {
  try {
    // A byte order mark may stand within a log that was joined from several: whoever reads the lines takes it off.
    return new TextDecoder(encoding, { fatal, ignoreBOM: true });
  } catch (error) {
    if (error instanceof RangeError)
      throw new UsageError(`there is no encoding '${encoding}'. Name one such as utf-8, windows-1252 or koi8-r`);
    throw error;
  }
};

const inOne = (encoding: string): Decode => {
  const decoder = decoderOf(encoding);
  return (bytes, isLast) => decoder.decode(bytes, { stream: !isLast });
};

/** The place behind the last line that is whole. */
const endOfLines = (all: Buffer | string): number => Math.max(all.lastIndexOf('\n'), all.lastIndexOf('\r')) + 1;

/** Logs of many years have lines of both: what is no UTF-8 was written before. */
const mixed = (): Decode => {
  const [utf8, old] = [decoderOf('utf-8', true), decoderOf('windows-1252')];
  const textOf = (bytes: Buffer): string | undefined => {
    try {
      return utf8.decode(bytes);
    } catch {
      return undefined;
    }
  };
  const lineByLine = (bytes: Buffer): string => {
    // Every byte is a character of this encoding, so the places of line ends are those of their bytes.
    const lines = bytes.toString('latin1').split(/(?<=[\r\n])/);
    let at = 0;
    return lines
      .map(({ length }) => {
        const line = bytes.subarray(at, at + length);
        at += length;
        return textOf(line) ?? old.decode(line);
      })
      .join('');
  };
  let rest = Buffer.alloc(0);
  return (bytes, isLast) => {
    const all = Buffer.concat([rest, bytes]);
    const end = isLast ? all.length : endOfLines(all);
    rest = all.subarray(end);
    if (rest.length > 4 * LONGEST) throw tooLong();
    const whole = all.subarray(0, end);
    return textOf(whole) ?? lineByLine(whole);
  };
};

const tooLong = (): UsageError =>
  new UsageError(`it has a line of more than ${LONGEST / 1e6} million characters: it is no log`);

/** By the first bytes, those that this program does not unpack. */
const PACKED: readonly (readonly [name: string, ...bytes: number[]])[] = [
  ['bzip2', 0x42, 0x5a, 0x68],
  ['zip', 0x50, 0x4b, 0x03, 0x04],
  ['xz', 0xfd, 0x37, 0x7a, 0x58, 0x5a],
  ['zstd', 0x28, 0xb5, 0x2f, 0xfd],
  ['7z', 0x37, 0x7a, 0xbc, 0xaf],
];

/** @throws UsageError */
const decodeOf = (first: Uint8Array, encoding: string | undefined): Decode => {
  const packed = PACKED.find(([, ...bytes]) => starts(first, ...bytes));
  if (packed) throw new UsageError(`it is packed with ${packed[0]}: unpack it first`);
  if (starts(first, 0xef, 0xbb, 0xbf)) return mixed();
  if (starts(first, 0xff, 0xfe)) return inOne('utf-16le');
  if (starts(first, 0xfe, 0xff)) return inOne('utf-16be');
  // Without its mark: the first two characters of a line are ASCII.
  if (first[0] !== 0 && first[1] === 0 && first[2] !== 0 && first[3] === 0) return inOne('utf-16le');
  if (first[0] === 0 && first[1] !== 0 && first[2] === 0 && first[3] !== 0) return inOne('utf-16be');
  return encoding === undefined ? mixed() : inOne(encoding);
};

/** The first bytes, and all of them. */
const peeked = async (chunks: Chunks) => {
  const iterator = chunks[Symbol.asyncIterator]();
  let first: Uint8Array = Buffer.alloc(0);
  for (let isOver = false; first.length < TELLING && !isOver; ) {
    const { value, done } = await iterator.next();
    isOver = done === true;
    if (!isOver) first = Buffer.concat([first, value]);
  }
  const all = async function* () {
    if (first.length > 0) yield first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  return { first, all: all() };
};

async function* unpacked(chunks: Chunks): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  pipeline(Readable.from(chunks), gunzip, () => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    throw new UsageError(`it cannot be unpacked: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * Programs of old computers end lines with carriage returns alone. A log that was joined from several has lines of both kinds.
 */
export const LINE_ENDS = /(?<!\r)\r*\n|\r/;

/** The lines that are whole; what follows them stays for the next text. A carriage return at the end may begin a longer line end. */
const splitting = () => {
  let rest = '';
  return (text: string, isLast: boolean): readonly string[] => {
    rest += text;
    if (isLast) return rest === '' ? [] : rest.split(LINE_ENDS);
    let certain = rest.length;
    while (rest[certain - 1] === '\r') certain -= 1;
    const end = endOfLines(rest.slice(0, certain));
    const lines = rest.slice(0, end).split(LINE_ENDS);
    rest = rest.slice(end);
    if (rest.length > LONGEST) throw tooLong();
    return lines.slice(0, -1);
  };
};

/**
 * `encoding`: of logs that do not say it themselves by their first bytes, as UTF-16 does. Without it: UTF-8, and
 * Windows-1252 for lines that are none. What gzip packed is unpacked. @throws UsageError
 */
export async function* linesOf(chunks: Chunks, encoding?: string): AsyncGenerator<readonly string[]> {
  const { first, all } = await peeked(chunks);
  try {
    if (starts(first, 0x1f, 0x8b)) {
      yield* linesOf(unpacked(all), encoding);
      return;
    }
    const [decode, split] = [decodeOf(first, encoding), splitting()];
    for await (const bytes of all) yield split(decode(bytes, false), false);
    yield split(decode(Buffer.alloc(0), true), true);
  } finally {
    await all.return();
  }
}
