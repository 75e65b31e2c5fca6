// Why Python does not read bytes as JSON, in the words of its json module, which the framework's errors repeat.

import { isUtf8 } from 'node:buffer';

class Fault extends Error {}

const CONSTANT = /NaN|-?Infinity/y;
const LITERAL = /null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const PLAIN = /[^"\\\p{Cc}]+|[\x7f-\x9f]+/uy;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]+/y;

/** Goes through a text once. Texts with deeper values than a reader takes do not get here. @throws Fault where Python stops */
const scan = (text: string): void => {
  let at = 0;

  const fail = (reason: string, place = at): never => {
    const lines = text.slice(0, place).split('\n');
    const [char, column] = [text.slice(0, place), lines.at(-1)!].map((part) => [...part].length) as [number, number];
    throw new Fault(`${reason}: line ${lines.length} column ${column + 1} (char ${char})`);
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const takeString = (): void => {
    const begin = at++;
    while (text[at] !== '"') {
      if (take(PLAIN) ?? take(ESCAPE)) continue;
      if (at >= text.length || text.slice(at) === '\\') fail('Unterminated string starting at', begin);
      if (text[at] !== '\\') fail('Invalid control character at');
      if (text[at + 1] === 'u') fail('Invalid \\uXXXX escape', at + 1);
      fail('Invalid \\escape');
    }
    at++;
  };
  const takeKey = (): void => {
    if (text[at] !== '"') fail('Expecting property name enclosed in double quotes');
    takeString();
    take(SPACE);
    if (text[at] !== ':') fail("Expecting ':' delimiter");
    at++;
  };
  /** A list or an object. */
  const takeAll = (end: ']' | '}'): void => {
    at++;
    take(SPACE);
    for (let isMore = text[at] !== end; isMore; ) {
      if (end === '}') takeKey();
      takeValue();
      isMore = text[at] === ',';
      if (isMore) at++;
      else if (text[at] !== end) fail("Expecting ',' delimiter");
      take(SPACE);
    }
    at++;
  };
  /** A value, with the space around it. */
  const takeValue = (): void => {
    take(SPACE);
    const constant = take(CONSTANT);
    if (constant !== undefined) throw new Fault(`Out of range float values are not JSON compliant: '${constant}'`);
    if (text[at] === '[') takeAll(']');
    else if (text[at] === '{') takeAll('}');
    else if (text[at] === '"') takeString();
    else if (take(LITERAL) === undefined) fail('Expecting value');
    take(SPACE);
  };
  takeValue();
  if (at < text.length) fail('Extra data');
};

/** Where bytes end to be UTF-8; undefined: nowhere. */
const decodingFault = (bytes: Buffer): string | undefined => {
  if (isUtf8(bytes)) return undefined;
  const decoded = Buffer.from(bytes.toString());
  const at = bytes.findIndex((byte, i) => byte !== decoded[i]);
  const first = bytes[at]!;
  const reason = first < 0xc2 || first > 0xf4 ? 'start' : 'continuation';
  return `'utf-8' codec can't decode byte 0x${first.toString(16)} in position ${at}: invalid ${reason} byte`;
};

/** Undefined: Python reads the bytes. */
export const whyNotJson = (bytes: Buffer): string | undefined => {
  const undecodable = decodingFault(bytes);
  if (undecodable !== undefined) return undecodable;
  const text = bytes.toString();
  if (text.startsWith('\ufeff')) return 'Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)';
  try {
    scan(text);
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
};
