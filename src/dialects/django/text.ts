// Texts, numbers and types as Python sees them, where clients notice it.

import { parseJson } from '../../api/json.ts';

/** TypeScript does not know it yet. Its value is written as it is. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };

/** A number of JSON whose digits a JavaScript number does not keep, such as `1.0` or one of twenty digits. */
export class SentNumber {
  readonly value: number;
  readonly digits: string;
  constructor(value: number, digits: string) {
    this.value = value;
    this.digits = digits;
  }
  toJSON(): unknown {
    return rawJson(this.digits);
  }
}

/** Most texts have no such number, and are parsed without a look at each value. */
const HAS_OTHER_DIGITS = /\d{16}|\d[.eE]|-0/;

const keepDigits = (_: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? new SentNumber(value, source) : value;

/** JSON, with a `SentNumber` for each number whose digits would be lost. `values`: at most. @throws SyntaxError */
export const parseAsSent = (text: string, bounds: { readonly values?: number } = {}): unknown =>
  parseJson(text, HAS_OTHER_DIGITS.test(text) ? { ...bounds, reviver: keepDigits } : bounds);

/** The text that a text field makes of a text or a number, with the digits that were sent. Undefined: of anything else. */
export const textIn = (given: unknown): string | undefined => {
  if (given instanceof SentNumber) return given.digits;
  return typeof given === 'string' || typeof given === 'number' ? String(given) : undefined;
};

/** A number, or the text of a whole number, as a number. */
export const numberIn = (given: unknown): number | undefined => {
  if (given instanceof SentNumber) return given.value;
  return typeof given === 'string' ? int(given) : typeof given === 'number' ? given : undefined;
};

/** Counts code points: an emoji is one character. */
export const lengthOf = (text: string): number => [...text].length;

/** Name of the Python type that a JSON value other than null becomes. */
export const typeName = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  if (value instanceof SentNumber) return /[.eE]/.test(value.digits) ? 'float' : 'int';
  const names: Partial<Record<string, string>> = { string: 'str', boolean: 'bool', object: 'dict' };
  return names[typeof value] ?? (Number.isInteger(value) ? 'int' : 'float');
};

/** Reads a whole number: spaces around, a sign, ASCII, Arabic or Persian digits, single underscores between them. */
export const int = (text: string): number | undefined => {
  const ascii = text.trim().replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 15));
  return /^[+-]?\d+(_\d+)*$/.test(ascii) ? Number(ascii.replaceAll('_', '')) : undefined;
};
