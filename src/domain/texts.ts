// What people see of a text.

/** Characters that nobody sees: zero-width ones, fillers, variation selectors, the empty Braille pattern. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

export const withoutInvisible = (text: string): string => text.replace(INVISIBLE, '');

const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Is there nothing to see: white space, and characters that are invisible? */
export const isBlank = (text: string): boolean => !VISIBLE.test(text);

/** Is it one line, without control characters? */
export const isOneLine = (text: string): boolean => !/[\p{Cc}\u2028\u2029]/u.test(text);

/** The text as one line, without control characters. */
export const asOneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
