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

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The beginning of `text`: at most `max` code points, cut between what people see as characters. */
export const beginning = (text: string, max: number): string => {
  if (text.length <= max) return text;
  let [end, count] = [0, 0];
  // Three units for each code point that may stay: the end of this part is never the end of the result.
  for (const { segment, index } of graphemes.segment(text.slice(0, 3 * max))) {
    count += [...segment].length;
    if (count > max) break;
    end = index + segment.length;
  }
  // A single character with more marks than `max` is no character that anybody wrote.
  return end > 0 ? text.slice(0, end) : [...text.slice(0, 2 * max)].slice(0, max).join('');
};
