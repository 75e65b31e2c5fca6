// Bytes to text as Python decodes UTF-8, so that what is none is refused in its words.

/** The message is Python's own text, e.g. `'utf-8' codec can't decode byte 0xff in position 0: invalid start byte`. */
export class PythonDecodeError extends Error {
  override readonly name = 'PythonDecodeError';
}

/** A byte order mark stays; a character cut off at the very end is left away. @throws PythonDecodeError */
export const decodeUtf8 = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    throw new PythonDecodeError(explain(bytes));
  }
};

/** How many bytes follow a first byte, and within which bounds the first of them must lie (Unicode, table 3-7). */
const sequence = (lead: number): readonly [following: number, from: number, to: number] | undefined => {
  if (lead >= 0xc2 && lead <= 0xdf) return [1, 0x80, 0xbf];
  if (lead >= 0xe0 && lead <= 0xef) return [2, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf];
  if (lead >= 0xf0 && lead <= 0xf4) return [3, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf];
  return undefined;
};

const explain = (bytes: Uint8Array): string => {
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const rule = sequence(lead);
    if (rule === undefined) return text(bytes, at, 1, 'invalid start byte');
    const [following, from, to] = rule;
    for (let i = 1; i <= following; i++) {
      const byte = bytes[at + i];
      if (byte === undefined) return text(bytes, at, i, 'unexpected end of data');
      if (byte < (i === 1 ? from : 0x80) || byte > (i === 1 ? to : 0xbf))
        return text(bytes, at, i, 'invalid continuation byte');
    }
    at += following + 1;
  }
  return text(bytes, 0, 1, 'invalid start byte');
};

const text = (bytes: Uint8Array, at: number, length: number, reason: string): string =>
  length === 1
    ? `'utf-8' codec can't decode byte 0x${bytes[at]!.toString(16).padStart(2, '0')} in position ${at}: ${reason}`
    : `'utf-8' codec can't decode bytes in position ${at}-${at + length - 1}: ${reason}`;
