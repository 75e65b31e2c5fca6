// JSON as Django REST framework reads it: what is no JSON is refused in the words of Python's json module, place included.
//
// `JSON.parse` reads what is well-formed. Only where it fails does a second walk, in the order in which Python's scanner
// goes, find the text of the error. Places are counted in code points, as Python does.

/** The message is Python's own text, e.g. `Expecting value: line 1 column 1 (char 0)`. */
export class PythonJsonError extends Error {
  override readonly name = 'PythonJsonError';
}

/** Python gives up somewhere below a thousand levels; nothing that is meant seriously comes near. */
const MAX_DEPTH = 500;

/** Parses JSON text. @throws PythonJsonError */
export const parsePythonJson = (text: string): unknown => {
  refuseDepth(text);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw explain(text);
  }
};

const refuseDepth = (text: string): void => {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === ']' || char === '}') depth--;
    else if ((char === '[' || char === '{') && ++depth > MAX_DEPTH) {
      const what = char === '[' ? 'array' : 'object';
      throw new PythonJsonError(`maximum recursion depth exceeded while decoding a JSON ${what} from a unicode string`);
    }
  }
};

const endOfString = (text: string, start: number): number => {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
};

const explain = (text: string): PythonJsonError => {
  const chars = [...text];
  try {
    walk(chars);
  } catch (error) {
    if (error instanceof PythonJsonError) return error;
    throw error;
  }
  return place(chars, 'Expecting value', 0);
};

const place = (chars: readonly string[], what: string, at: number): PythonJsonError => {
  const lineStart = at === 0 ? 0 : chars.lastIndexOf('\n', at - 1) + 1;
  const line = chars.slice(0, at).reduce((count, char) => (char === '\n' ? count + 1 : count), 1);
  return new PythonJsonError(`${what}: line ${line} column ${at - lineStart + 1} (char ${at})`);
};

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';
const isSpace = (char: string | undefined): boolean => char === ' ' || char === '\t' || char === '\n' || char === '\r';
const isHex = (char: string | undefined): boolean => char !== undefined && /^[0-9a-fA-F]$/.test(char);

/** Words that Python's scanner knows; the framework refuses the numbers among them. */
const REFUSED: readonly string[] = ['NaN', 'Infinity', '-Infinity'];
const WORDS: readonly string[] = ['null', 'true', 'false', ...REFUSED];

/** Walks the text as Python's scanner does. @throws PythonJsonError where that one fails. */
const walk = (chars: readonly string[]): void => {
  const fail = (what: string, at: number): never => {
    throw place(chars, what, at);
  };
  const skip = (at: number): number => {
    while (isSpace(chars[at])) at++;
    return at;
  };

  const escaped = (at: number): number => {
    if (chars[at] !== 'u') return '"\\/bfnrt'.includes(chars[at]!) ? at + 1 : fail('Invalid \\escape', at - 1);
    const end = at + 5;
    // Python wants one more character after the four digits: the string has to end somewhere.
    if (end >= chars.length) return fail('Invalid \\uXXXX escape', at);
    return chars.slice(at + 1, end).every(isHex) ? end : fail('Invalid \\uXXXX escape', at);
  };

  /** `start` is the opening quote. */
  const string = (start: number): number => {
    for (let at = start + 1; ; ) {
      const char = chars[at];
      if (char === undefined) return fail('Unterminated string starting at', start);
      if (char === '"') return at + 1;
      if (char === '\\') {
        if (at + 1 === chars.length) return fail('Unterminated string starting at', start);
        at = escaped(at + 1);
      } else if (char <= '\u001f') return fail('Invalid control character at', at);
      else at++;
    }
  };

  const number = (start: number): number => {
    let at = chars[start] === '-' ? start + 1 : start;
    if (chars[at] === '0') at++;
    else if (isDigit(chars[at])) while (isDigit(chars[at])) at++;
    else return fail('Expecting value', start);
    if (chars[at] === '.' && isDigit(chars[at + 1])) for (at++; isDigit(chars[at]); ) at++;
    if (chars[at] === 'e' || chars[at] === 'E') {
      const digits = chars[at + 1] === '-' || chars[at + 1] === '+' ? at + 2 : at + 1;
      if (isDigit(chars[digits])) for (at = digits; isDigit(chars[at]); ) at++;
    }
    return at;
  };

  const array = (start: number): number => {
    let at = skip(start + 1);
    if (chars[at] === ']') return at + 1;
    for (;;) {
      at = skip(value(at));
      if (chars[at] === ']') return at + 1;
      if (chars[at] !== ',') return fail("Expecting ',' delimiter", at);
      at = skip(at + 1);
    }
  };

  const object = (start: number): number => {
    let at = skip(start + 1);
    if (chars[at] === '}') return at + 1;
    for (;;) {
      if (chars[at] !== '"') return fail('Expecting property name enclosed in double quotes', at);
      at = skip(string(at));
      if (chars[at] !== ':') return fail("Expecting ':' delimiter", at);
      at = skip(value(skip(at + 1)));
      if (chars[at] === '}') return at + 1;
      if (chars[at] !== ',') return fail("Expecting ',' delimiter", at);
      at = skip(at + 1);
    }
  };

  const value = (at: number): number => {
    if (chars[at] === '"') return string(at);
    if (chars[at] === '{') return object(at);
    if (chars[at] === '[') return array(at);
    const word = WORDS.find((known) => chars[at] === known[0] && chars.slice(at, at + known.length).join('') === known);
    if (word === undefined) return number(at);
    if (REFUSED.includes(word))
      throw new PythonJsonError(`Out of range float values are not JSON compliant: '${word}'`);
    return at + word.length;
  };

  if (chars[0] === '\ufeff') fail('Unexpected UTF-8 BOM (decode using utf-8-sig)', 0);
  const end = skip(value(skip(0)));
  if (end !== chars.length) fail('Extra data', end);
};
