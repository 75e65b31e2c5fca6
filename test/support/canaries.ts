// Canaries: texts that occur nowhere else. Finds them in bytes, in whatever way a program may have written them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Base64 has three forms of a text, by where it begins; the characters at both ends depend on their neighbours. */
const inBase64 = (text: Buffer, encoding: 'base64' | 'base64url'): readonly string[] =>
  [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), text])
      .toString(encoding)
      .replace(/=+$/, '')
      .slice(offset === 0 ? 0 : 4, -2),
  );

const escaped = (text: string): string =>
  Array.from(text, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

const spellings = (canary: string): readonly Buffer[] => {
  const [utf8, utf16] = [Buffer.from(canary), Buffer.from(canary, 'utf16le')];
  const texts = [
    ...inBase64(utf8, 'base64'),
    ...inBase64(utf8, 'base64url'),
    utf8.toString('hex'),
    utf8.toString('hex').toUpperCase(),
    escaped(canary),
    encodeURIComponent(canary),
    utf8.toString('hex').replace(/../g, '%$&').toUpperCase(),
  ];
  return [utf8, utf16, Buffer.from(utf16).swap16(), ...new Set(texts)].map((one) => Buffer.from(one));
};

export interface Canaries {
  /** Those that are in the bytes. */
  in(bytes: Buffer): readonly string[];
  /** Those that are in a file below the folder, each with its file. */
  below(folder: string): readonly string[];
}

/** Small and capital letters do not matter. */
export const canaries = (...texts: readonly string[]): Canaries => {
  const all = texts.map((text) => [text, [...new Set([text, text.toLowerCase()])].flatMap(spellings)] as const);
  const found = (bytes: Buffer): readonly string[] =>
    all.filter(([, needles]) => needles.some((needle) => bytes.includes(needle))).map(([text]) => text);
  return {
    in: found,
    below: (folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .flatMap((file) => [...found(Buffer.from(file)), ...found(readFileSync(file))].map((one) => `${file}: ${one}`)),
  };
};
