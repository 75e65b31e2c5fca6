// JSON bodies. The texts of their errors are those of Python's json module, with its places.

import { type ApiError, parseError } from './apiErrors.ts';
import { lengthOf } from './text.ts';

/** Levels of nesting at most. */
const MAX_DEPTH = 500;

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold them
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;
const SCALAR = /null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const NOT_A_NUMBER = /NaN|-?Infinity/y;

/** Parses a body. A character cut off at the very end is left out. @throws ApiError 400 */
export const parseJson = (bytes: Buffer): unknown => {
  const text = decode(bytes);
  if (isTooDeep(text)) throw jsonError('maximum recursion depth exceeded');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw jsonError(explain(text));
  }
};

const jsonError = (text: string): ApiError => parseError(`JSON parse error - ${text}`);

const decode = (bytes: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    const at = Buffer.byteLength(bytes.toString().split('\ufffd', 1)[0]!);
    const byte = bytes[at]!.toString(16).padStart(2, '0');
    throw jsonError(`'utf-8' codec can't decode byte 0x${byte} in position ${at}: invalid start byte`);
  }
};

const isTooDeep = (text: string): boolean => {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[{\]}]/gs))
    if (token === ']' || token === '}') depth--;
    else if ((token === '[' || token === '{') && ++depth > MAX_DEPTH) return true;
  return false;
};

/** Where `pattern` ends in `text`, if it matches at `at`; otherwise `at`. */
const endOf = (pattern: RegExp, text: string, at: number): number => {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
};

/** Finds the first error in a text that `JSON.parse` refuses. */
const explain = (text: string): string => {
  const closers: string[] = [];
  let expected: 'value' | 'key' | ':' | ',' = 'value';
  let mayClose = false;
  let at = 0;
  const fail = (what: string, where = at): string => {
    const before = text.slice(0, where);
    const column = lengthOf(before.slice(before.lastIndexOf('\n') + 1)) + 1;
    return `${what}: line ${before.split('\n').length} column ${column} (char ${lengthOf(before)})`;
  };
  if (text.startsWith('\ufeff')) return fail('Unexpected UTF-8 BOM (decode using utf-8-sig)', 0);
  for (;;) {
    at = endOf(SPACE, text, at);
    const char = text[at];
    if (mayClose && char !== undefined && char === closers.at(-1)) {
      closers.pop();
      expected = ',';
      at++;
    } else if (expected === ',' || expected === ':') {
      if (closers.length === 0) return fail('Extra data');
      if (char !== expected) return fail(`Expecting '${expected}' delimiter`);
      expected = expected === ',' && closers.at(-1) === '}' ? 'key' : 'value';
      mayClose = false;
      at++;
    } else if (char === '"') {
      const end = endOf(STRING, text, at);
      const [bad, next] = text.slice(end, end + 2);
      if (bad === undefined || (bad === '\\' && next === undefined)) return fail('Unterminated string starting at');
      if (bad === '\\') return next === 'u' ? fail('Invalid \\uXXXX escape', end + 1) : fail('Invalid \\escape', end);
      if (bad !== '"') return fail('Invalid control character at', end);
      mayClose = expected === 'value';
      expected = expected === 'key' ? ':' : ',';
      at = end + 1;
    } else if (expected === 'key') return fail('Expecting property name enclosed in double quotes');
    else if (char === '[' || char === '{') {
      closers.push(char === '[' ? ']' : '}');
      expected = char === '[' ? 'value' : 'key';
      mayClose = true;
      at++;
    } else {
      const word = text.slice(at, endOf(NOT_A_NUMBER, text, at));
      if (word !== '') return `Out of range float values are not JSON compliant: '${word}'`;
      const end = endOf(SCALAR, text, at);
      if (end === at) return fail('Expecting value');
      expected = ',';
      mayClose = true;
      at = end;
    }
  }
};
