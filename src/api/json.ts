// Reads JSON that a client sent, within bounds: to parse a deep or crowded text takes seconds, during which the process
// answers nobody.

/** Levels of nesting at most. It also lets recursive functions walk the value. */
const DEPTH = 500;
/** Values at most, of a whole text; about as many as the largest body can have by honest means. */
const VALUES = 10_000;

const [QUOTE, COMMA, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d,
];

/** The place after the string that begins before `from`. */
const afterString = (text: string, from: number): number => {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end + 1;
  }
  return text.length;
};

/** The text may be JSON, but it is more than this server reads. */
export class BeyondBounds extends SyntaxError {}

/** @throws BeyondBounds */
const checkBounds = (text: string, values: number): void => {
  let depth = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = afterString(text, at + 1) - 1;
    else if (char === COMMA) count++;
    else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth--;
    else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      count++;
      if (++depth > DEPTH) throw new BeyondBounds('The values are nested too deeply');
    }
    if (count > values) throw new BeyondBounds('There are too many values');
  }
};

interface Options {
  /** How many values there may be, lists and objects included. */
  readonly values?: number;
  /** As `JSON.parse` takes it. */
  readonly reviver?: (key: string, value: unknown, context: { readonly source?: string }) => unknown;
}

/** @throws SyntaxError, BeyondBounds */
export const parseJson = (text: string, { values = VALUES, reviver }: Options = {}): unknown => {
  checkBounds(text, values);
  return JSON.parse(text, reviver as never) as unknown;
};

/** A name's value, if that is a text or a whole number. */
const SCALAR = /^\s*:\s*("(?:[^"\\]|\\.)*"|-?\d{1,15}(?![\d.eE]))/;

const parsedScalar = (json: string): string | number | undefined => {
  try {
    return JSON.parse(json) as string | number;
  } catch {
    return undefined;
  }
};

/**
 * The text or the number under `name` in the outermost object of a text that `parseJson` may have refused. Undefined:
 * none can be read.
 */
export const memberIn = (text: string, name: string): string | number | undefined => {
  let depth = 0;
  let member: string | number | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth--;
    else if (char === OPEN_LIST || char === OPEN_OBJECT) depth++;
    if (char !== QUOTE) continue;
    const end = afterString(text, at + 1);
    if (depth === 1 && text.slice(at, end) === `"${name}"`) {
      const [, json] = SCALAR.exec(text.slice(end)) ?? [];
      if (json !== undefined) member = parsedScalar(json);
    }
    at = end - 1;
  }
  return member;
};
