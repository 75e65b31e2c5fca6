// What people see of a text.

/**
 * For a class of a regular expression: characters that nobody sees. Unicode calls most of them default-ignorable: zero-width
 * ones, fillers, variation selectors. The others are the empty Braille pattern, marks of annotations, the joiners of
 * hieroglyphs, a filler of Khitan, a note without a head, and what Unicode calls no characters.
 */
export const INVISIBLE =
  '\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}\\u2800\\ufff9-\\ufffb\\u{13430}-\\u{1343f}\\u{16fe4}\\u{1d159}';

const EVERY_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'gu');

export const withoutInvisible = (text: string): string => text.replace(EVERY_INVISIBLE, '');

const VISIBLE = new RegExp(`[^\\s\\p{Cc}${INVISIBLE}]`, 'u');

/** Is there nothing to see: white space, and characters that are invisible? */
export const isBlank = (text: string): boolean => !VISIBLE.test(text);

/** They turn the letters that follow: a name could read as another one. */
const DIRECTION_OVERRIDES = /[\u202a-\u202e\u2066-\u2069]/gu;
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/** The text as one line, without control characters; empty if there is nothing to see. */
export const asOneLine = (text: string): string => {
  const line = text.replace(DIRECTION_OVERRIDES, '').replace(CONTROLS, ' ').trim();
  return isBlank(line) ? '' : line;
};

/** Is it one line, without control characters and direction overrides? */
export const isOneLine = (text: string): boolean =>
  text.search(CONTROLS) === -1 && text.search(DIRECTION_OVERRIDES) === -1;

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
