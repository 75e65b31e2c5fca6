// Why Python does not read bytes as JSON, in the words of its json module, which the framework's errors repeat.

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

/** How many bytes follow a first byte in UTF-8, and the range of the first of them. */
const followers = (first: number): readonly [count: number, least: number, most: number] | undefined => {
  if (first < 0xc2 || first > 0xf4) return undefined;
  if (first < 0xe0) return [1, 0x80, 0xbf];
  if (first < 0xf0) return [2, first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf];
  return [3, first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf];
};

/** Where bytes end to be UTF-8; undefined: nowhere. */
const decodingFault = (bytes: Uint8Array): string | undefined => {
  for (let at = 0; at < bytes.length; at++) {
    const first = bytes[at]!;
    if (first < 0x80) continue;
    const wanted = followers(first);
    const [count, least, most] = wanted ?? [0, 0, 0];
    let end = at + 1;
    for (let [low, high] = [least, most]; end <= at + count && bytes[end]! >= low && bytes[end]! <= high; end++)
      [low, high] = [0x80, 0xbf];
    if (wanted && end === at + count + 1) {
      at = end - 1;
      continue;
    }
    const place =
      end === at + 1 ? `byte 0x${first.toString(16)} in position ${at}` : `bytes in position ${at}-${end - 1}`;
    const reason = !wanted ? 'start byte' : end < bytes.length ? 'continuation byte' : undefined;
    return `'utf-8' codec can't decode ${place}: ${reason === undefined ? 'unexpected end of data' : `invalid ${reason}`}`;
  }
  return undefined;
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
