// Texts and types as Python sees them, where the wire shows it.

const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);
const isSpace = new RegExp(`^${SPACE}$`);

/** As `str.strip()`: a byte order mark stays, the separators of ASCII go. Linear in the length of the text. */
export const strip = (text: string): string => {
  if (!isSpace.test(text.at(-1) ?? '')) return text.replace(LEADING, '');
  let end = text.length;
  while (end > 0 && isSpace.test(text[end - 1]!)) end--;
  return text.slice(0, end).replace(LEADING, '');
};

/** In code points: an emoji is one character. */
export const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length++;
  return length;
};

/** Name of the Python type that a JSON value becomes. */
export const typeName = (value: unknown): string => {
  if (value === null || value === undefined) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    default:
      return 'dict';
  }
};

/** As `str(value)` of what JSON can hold. */
export const str = (value: unknown): string => {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
};

/** As `int(text)`: spaces around, a sign, digits of any script, single underscores between them. */
export const int = (text: string): number | undefined => {
  const stripped = strip(text);
  if (!/^[+-]?\p{Nd}+(_\p{Nd}+)*$/u.test(stripped)) return undefined;
  // The mathematical digits, five rows in one, become ASCII by normalisation.
  const ascii = stripped
    .normalize('NFKC')
    .replace(/_/g, '')
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)));
  return Number(ascii);
};

/** Digits of each script stand in a row of ten, from zero on. */
const digitValue = (digit: string): number => {
  let code = digit.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - 1))) {
    code--;
    value++;
  }
  return value;
};
