// The text in the bytes of a log.

import { gunzipSync } from 'node:zlib';
import { UsageError } from '../verb.ts';

/** Bytes of a log, unpacked: a text of more may be longer than Node's longest. */
const LARGEST = 500_000_000;

const starts = (bytes: Uint8Array, ...first: number[]): boolean => first.every((byte, i) => bytes[i] === byte);

/** @throws UsageError there is no such encoding */
const decoderOf = (encoding: string, fatal = false) => {
  try {
    return new TextDecoder(encoding, { fatal });
  } catch (error) {
    if (error instanceof RangeError)
      throw new UsageError(`there is no encoding '${encoding}'. Name one such as utf-8, windows-1252 or koi8-r`);
    throw error;
  }
};

/** By the first bytes, those that this program does not unpack. */
const PACKED: readonly (readonly [name: string, ...bytes: number[]])[] = [
  ['bzip2', 0x42, 0x5a, 0x68],
  ['zip', 0x50, 0x4b, 0x03, 0x04],
  ['xz', 0xfd, 0x37, 0x7a, 0x58, 0x5a],
  ['zstd', 0x28, 0xb5, 0x2f, 0xfd],
  ['7z', 0x37, 0x7a, 0xbc, 0xaf],
];

const LINE_FEED = 0x0a;

/** Logs of many years have lines of both: what is no UTF-8 was written before. */
const mixed = (bytes: Uint8Array): string => {
  const [utf8, old] = [decoderOf('utf-8', true), decoderOf('windows-1252')];
  const lines: string[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    const line = bytes.subarray(from, end === -1 ? bytes.length : end);
    try {
      lines.push(utf8.decode(line));
    } catch {
      lines.push(old.decode(line));
    }
    from = end === -1 ? bytes.length + 1 : end + 1;
  }
  return lines.join('\n');
};

/**
 * `encoding`: of files that do not say it themselves by their first bytes, as UTF-16 does. Without it: UTF-8, and
 * Windows-1252 for lines that are none. Files of gzip are unpacked. @throws UsageError
 */
export const textOf = (bytes: Uint8Array, encoding?: string): string => {
  if (bytes.length > LARGEST) throw new UsageError(`it has more than ${LARGEST / 1e6} MB: split it into several files`);
  if (starts(bytes, 0x1f, 0x8b)) {
    try {
      return textOf(gunzipSync(bytes, { maxOutputLength: LARGEST }), encoding);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`it cannot be unpacked: ${error instanceof Error ? error.message : error}`);
    }
  }
  const packed = PACKED.find(([, ...first]) => starts(bytes, ...first));
  if (packed) throw new UsageError(`it is packed with ${packed[0]}: unpack it first`);
  if (starts(bytes, 0xef, 0xbb, 0xbf)) return mixed(bytes);
  if (starts(bytes, 0xff, 0xfe)) return decoderOf('utf-16le').decode(bytes);
  if (starts(bytes, 0xfe, 0xff)) return decoderOf('utf-16be').decode(bytes);
  // Without its mark: the first two characters of a line are ASCII.
  if (bytes[0] !== 0 && bytes[1] === 0 && bytes[2] !== 0 && bytes[3] === 0) return decoderOf('utf-16le').decode(bytes);
  if (bytes[0] === 0 && bytes[1] !== 0 && bytes[2] === 0 && bytes[3] !== 0) return decoderOf('utf-16be').decode(bytes);
  return encoding === undefined ? mixed(bytes) : decoderOf(encoding).decode(bytes);
};
