// Texts, numbers and types as Python sees them, where clients notice it.

/** Counts code points: an emoji is one character. */
export const lengthOf = (text: string): number => [...text].length;

/** Name of the Python type that a JSON value other than null becomes. */
export const typeName = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  const names: Partial<Record<string, string>> = { string: 'str', boolean: 'bool', object: 'dict' };
  return names[typeof value] ?? (Number.isInteger(value) ? 'int' : 'float');
};

/** Reads a whole number: spaces around, a sign, ASCII, Arabic or Persian digits, single underscores between them. */
export const int = (text: string): number | undefined => {
  const ascii = text.trim().replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 15));
  return /^[+-]?\d+(_\d+)*$/.test(ascii) ? Number(ascii.replaceAll('_', '')) : undefined;
};
